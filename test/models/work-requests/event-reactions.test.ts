import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import type { Outlets } from '../../../src/models/notifications.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { collectionItems } from '../../../src/schema/collection-items.ts';
import { notificationChannels } from '../../../src/schema/notification-channels.ts';
import { test } from '../../support/database.ts';
import { aCollection, anArtifact, at, aWorkRequest, unique } from '../../support/factories.ts';
import { aDependant, statusesOf } from './arrange.ts';

const now = at('2024-05-02 12:00');

const update = (collection: string, name: string) => ({
  action: 'update-collection-with-artifacts',
  collection,
  name_template: name,
  artifact_filters: {},
});

/** Outlets that write down, in order, what reaches them. */
function recorder() {
  const seen: string[] = [];
  const outlets: Outlets = {
    broadcast: ({ result }) => void seen.push(`broadcast ${result}`),
    mailer: { send: async ({ subject }) => void seen.push(`mail ${subject}`) },
    log: (severity, message) => void seen.push(`${severity}: ${message}`),
  };
  return { seen, outlets };
}

async function aChannel(db: Db): Promise<string> {
  const name = unique('c');
  const data = { from: 'a@example.org', to: ['b@example.org'], subject: '$work_request_result' };
  await db.insert(notificationChannels).values({ name, method: 'email', data });
  return name;
}

test('processing reactions sends the notice first, then updates collections', async ({ database }) => {
  const { db } = database;
  const channel = await aChannel(db);
  const request = await aWorkRequest(db, {
    status: 'completed',
    result: 'success',
    eventReactionsJson: {
      on_success: [update('missing@debian:suite', 'x'), { action: 'send-notification', channel }],
    },
  });
  const { seen, outlets } = recorder();
  // Outside of a transaction nothing has to wait for a commit.
  await workRequests.processEventReactions(db, request, outlets, now);
  expect(seen).toEqual([
    'broadcast success',
    'mail success',
    expect.stringContaining('missing@debian:suite'),
  ]);
});

describe('completing a request', () => {
  for (const [result, item, sent] of [
    ['success', 'good', ['broadcast success']],
    ['failure', 'bad', ['broadcast failure', 'mail failure']],
    ['error', 'bad', ['broadcast error', 'mail error']],
  ] as const) {
    test(`with ${result} does what is to be done then`, async ({ database }) => {
      const { db } = database;
      const channel = await aChannel(db);
      const collection = await aCollection(db, { category: 'debusine:workflow-internal' });
      const lookup = `${collection.name}@${collection.category}`;
      const request = await aWorkRequest(db, {
        status: 'running',
        eventReactionsJson: {
          on_success: [update(lookup, 'good')],
          on_failure: [update(lookup, 'bad'), { action: 'send-notification', channel }],
        },
      });
      await anArtifact(db, { createdByWorkRequestId: request.id });
      const { seen, outlets } = recorder();
      await workRequests.markCompleted(db, request.id, { result, outlets }, now);
      expect(seen).toEqual(sent);
      const items = await db.select().from(collectionItems);
      const added = items.filter(({ parentCollectionId }) => parentCollectionId === collection.id);
      expect(added).toMatchObject([{ name: item, createdAt: now, createdByUserId: request.createdById }]);
    });
  }

  test('unblocks what waits for it before it reacts', async ({ database }) => {
    const { db } = database;
    const request = await aWorkRequest(db, {
      status: 'running',
      eventReactionsJson: { on_success: [update('missing@debian:suite', 'x')] },
    });
    const dependant = await aDependant(db, [request]);
    const other = database.connect();
    const atReaction: Promise<readonly string[]>[] = [];
    const outlets: Outlets = { broadcast: () => void atReaction.push(statusesOf(other, request, dependant)) };
    await workRequests.markCompleted(db, request.id, { result: 'success', outlets }, now);
    expect(await Promise.all(atReaction)).toEqual([['completed', 'pending']]);
  });

  test('is not stopped by a reaction that fails', async ({ db }) => {
    const request = await aWorkRequest(db, {
      status: 'running',
      eventReactionsJson: { on_failure: [update('missing@debian:suite', 'x')] },
    });
    const { seen, outlets } = recorder();
    expect(await workRequests.markCompleted(db, request.id, { result: 'failure', outlets }, now)).toBe(true);
    expect(seen).toEqual([expect.stringContaining('missing@debian:suite')]);
    expect(await statusesOf(db, request)).toEqual(['completed']);
  });

  test('is not stopped by reactions that somebody stored in a wrong shape', async ({ db }) => {
    const request = await aWorkRequest(db, {
      status: 'running',
      eventReactionsJson: { on_failure: 'mail me' },
    });
    const { seen, outlets } = recorder();
    expect(await workRequests.markCompleted(db, request.id, { result: 'failure', outlets }, now)).toBe(true);
    expect(seen).toEqual([
      expect.stringMatching(/^error: work request \d+: its event reactions are refused: on_failure: /),
    ]);
  });

  test('that is refused reacts to nothing', async ({ db }) => {
    const reactions = { on_success: [update('missing@debian:suite', 'x')] };
    const request = await aWorkRequest(db, { status: 'aborted', eventReactionsJson: reactions });
    const { seen, outlets } = recorder();
    expect(await workRequests.markCompleted(db, request.id, { result: 'success', outlets }, now)).toBe(false);
    expect(seen).toEqual([]);
  });
});

test('aborting a request reacts to nothing', async ({ db }) => {
  const collection = await aCollection(db, { category: 'debusine:workflow-internal' });
  const request = await aWorkRequest(db, {
    eventReactionsJson: { on_failure: [update(`${collection.name}@${collection.category}`, 'x')] },
  });
  const { id } = await anArtifact(db, { createdByWorkRequestId: request.id });
  await workRequests.markAborted(db, request.id, now);
  const items = await db.select().from(collectionItems);
  expect(items.filter(({ artifactId }) => artifactId === id)).toEqual([]);
});
