import { and, asc, eq, isNull } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Action } from '../../../src/data/event-reactions.ts';
import type { JsonObject } from '../../../src/data/json.ts';
import type { Db } from '../../../src/db/database.ts';
import { AssertionError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import type { Artifact } from '../../../src/schema/artifacts.ts';
import { type CollectionItem, collectionItems } from '../../../src/schema/collection-items.ts';
import type { Collection } from '../../../src/schema/collections.ts';
import type { WorkRequest } from '../../../src/schema/work-requests.ts';
import { test } from '../../support/database.ts';
import { aCollection, anArtifact, at, aWorkRequest, aWorkspace } from '../../support/factories.ts';
import { begin, session, untilBlocked } from '../sessions.ts';
import { aWorkflow } from './arrange.ts';

const now = at('2024-05-02 12:00');

/** A collection that takes any artifact under the name that is asked for. */
function anInternal(db: Db, given: Partial<Collection> = {}): Promise<Collection> {
  return aCollection(db, { category: 'debusine:workflow-internal', ...given });
}

const update = (
  { name, category }: Pick<Collection, 'name' | 'category'>,
  given: Partial<Extract<Action, { collection: unknown }>> = {},
): Action => ({
  action: 'update-collection-with-artifacts',
  collection: `${name}@${category}`,
  name_template: '{c}',
  variables: { $c: 'codename' },
  artifact_filters: {},
  ...given,
});

/** @returns what was logged */
async function process(db: Db, request: WorkRequest, actions: readonly Action[]): Promise<readonly string[]> {
  const log: string[] = [];
  const write = (severity: string, message: string) => void log.push(`${severity}: ${message}`);
  await workRequests.processUpdateCollectionWithArtifacts(db, request, { actions, log: write }, now);
  return log;
}

function activeItems(db: Db, collection: Collection): Promise<CollectionItem[]> {
  return db
    .select()
    .from(collectionItems)
    .where(and(eq(collectionItems.parentCollectionId, collection.id), isNull(collectionItems.removedAt)))
    .orderBy(asc(collectionItems.id));
}

async function names(db: Db, collection: Collection): Promise<readonly string[]> {
  return (await activeItems(db, collection)).map(({ name }) => name);
}

async function aRequestWith(db: Db, ...data: readonly JsonObject[]) {
  const request = await aWorkRequest(db, { status: 'completed', result: 'success' });
  const artifacts: Artifact[] = [];
  for (const one of data) {
    artifacts.push(await anArtifact(db, { data: one, createdByWorkRequestId: request.id }));
  }
  return { request, artifacts };
}

describe('updating a collection', () => {
  test('adds what the request made, by id, under the expanded name and with the expanded variables', async ({
    db,
  }) => {
    const { request, artifacts } = await aRequestWith(db, { codename: 'b' }, { codename: 'a' });
    await anArtifact(db, { data: { codename: 'c' } });
    const collection = await anInternal(db);
    const action = update(collection, {
      name_template: '{name}_{fixed}',
      variables: { $name: 'codename', fixed: 1 },
    });

    expect(await process(db, request, [action])).toEqual([]);
    const common = { createdByUserId: request.createdById, createdAt: now, childType: 'a' };
    expect(await activeItems(db, collection)).toMatchObject([
      { ...common, artifactId: artifacts[0]?.id, name: 'b_1', data: { name: 'b', fixed: 1 } },
      { ...common, artifactId: artifacts[1]?.id, name: 'a_1', data: { name: 'a', fixed: 1 } },
    ]);
  });

  test('replaces an active item of the same name', async ({ db }) => {
    const collection = await anInternal(db);
    const first = await aRequestWith(db, { codename: 'a' });
    const second = await aRequestWith(db, { codename: 'a' });
    await process(db, first.request, [update(collection)]);
    expect(await process(db, second.request, [update(collection)])).toEqual([]);
    expect(await activeItems(db, collection)).toMatchObject([{ artifactId: second.artifacts[0]?.id }]);
    expect(await db.$count(collectionItems)).toBe(2);
  });

  test('leaves the name to the collection without a template', async ({ db }) => {
    const request = await aWorkRequest(db);
    await anArtifact(db, {
      category: 'debian:system-tarball',
      data: { codename: 'trixie', architecture: 'amd64' },
      createdByWorkRequestId: request.id,
    });
    const collection = await aCollection(db, { category: 'debian:environments' });
    const action = update(collection, { name_template: null, variables: null });
    expect(await process(db, request, [action])).toEqual([]);
    expect(await names(db, collection)).toEqual(['tarball:trixie:amd64']);
  });

  test('finds the internal collection of the root, however deep the request is', async ({ db }) => {
    const collection = await anInternal(db);
    const root = await aWorkflow(db, { internalCollectionId: collection.id });
    const middle = await aWorkflow(db, { parentId: root.id });
    const request = await aWorkRequest(db, { parentId: middle.id });
    await anArtifact(db, { data: { codename: 'a' }, createdByWorkRequestId: request.id });
    expect(await process(db, request, [update(collection, { collection: 'internal@collections' })])).toEqual(
      [],
    );
    expect(await names(db, collection)).toEqual(['a']);
  });

  test('takes only what the filters let through, which may be nothing', async ({ db }) => {
    const { request } = await aRequestWith(db, { codename: 'a' }, { codename: 'b' });
    const collection = await anInternal(db);
    const actions = [
      update(collection, { artifact_filters: { data__codename: 'b' } }),
      update(collection, { artifact_filters: { category: 'none' } }),
    ];
    expect(await process(db, request, actions)).toEqual([]);
    expect(await names(db, collection)).toEqual(['b']);
  });

  test('reports an action that cannot be done and goes on with the next', async ({ db }) => {
    const { request } = await aRequestWith(db, { codename: 'a' });
    const collection = await anInternal(db);
    const actions = [
      update(collection, { collection: 'missing@debian:suite' }),
      update(collection, { collection: 'no category' }),
      update(collection, { collection: 'internal@collections' }),
      update(collection, { artifact_filters: { colour: 'red' } }),
      update(collection, { artifact_filters: { created_at: 'never' } }),
      update(collection),
    ];
    const log = await process(db, request, actions);
    expect(log).toHaveLength(5);
    for (const line of log) {
      expect(line).toMatch(new RegExp(`^error: work request ${request.id}: updating collection `));
    }
    expect(log[0]).toContain('there is no collection "missing@debian:suite"');
    expect(log[3]).toContain('artifacts have no field "colour"');
    expect(await names(db, collection)).toEqual(['a']);
  });

  test('is not done in another workspace, not even a public one', async ({ db }) => {
    const { request } = await aRequestWith(db, { codename: 'a' });
    for (const isPublic of [false, true]) {
      const { id: workspaceId } = await aWorkspace(db, { public: isPublic });
      const collection = await anInternal(db, { workspaceId });
      expect(await process(db, request, [update(collection)])).toHaveLength(1);
      expect(await process(db, request, [update(collection, { collection: collection.id })])).toHaveLength(1);
      expect(await activeItems(db, collection)).toEqual([]);
    }
  });

  test('reports an artifact that cannot be named, and goes on with the next', async ({ db }) => {
    const { request } = await aRequestWith(
      db,
      { other: 1 },
      { codename: 'x'.repeat(256) },
      { codename: 'good' },
    );
    const collection = await anInternal(db);
    const log = await process(db, request, [update(collection)]);
    expect(log).toHaveLength(2);
    expect(log[0]).toContain('matches nothing');
    expect(await names(db, collection)).toEqual(['good']);
  });

  test('reports an artifact that the collection refuses, and goes on with the next', async ({ db }) => {
    const request = await aWorkRequest(db);
    const given = { data: { codename: 'trixie', architecture: 'amd64' }, createdByWorkRequestId: request.id };
    await anArtifact(db, { category: 'debian:package-build-log', ...given });
    await anArtifact(db, { category: 'debian:system-tarball', ...given });
    const collection = await aCollection(db, { category: 'debian:environments' });
    const log = await process(db, request, [update(collection)]);
    expect(log).toEqual([expect.stringContaining('debian:package-build-log')]);
    expect(await names(db, collection)).toEqual(['tarball:trixie:amd64']);
  });

  test('is a mistake of the caller with another kind of action, and then nothing is done', async ({ db }) => {
    const { request } = await aRequestWith(db, { codename: 'a' });
    const collection = await anInternal(db);
    const notify: Action = { action: 'send-notification', channel: 'x', data: null };
    await expect(process(db, request, [update(collection), notify])).rejects.toThrow(AssertionError);
    expect(await activeItems(db, collection)).toEqual([]);
  });
});

test('two requests that update the same collection go one after the other', async ({ database }) => {
  const { db } = database;
  const collection = await anInternal(db);
  // Each in its own order: without order of their own they could wait for each other.
  const first = await aRequestWith(db, { codename: 'a' }, { codename: 'b' });
  const second = await aRequestWith(db, { codename: 'b' }, { codename: 'a' });
  const late = await session(database);
  const open = await begin(database);
  await process(open.tx, first.request, [update(collection)]);
  const log = process(late.db, second.request, [update(collection)]);
  await untilBlocked(database, late.pid);
  await open.commit();
  expect(await log).toEqual([]);
  const artifactIds = (await activeItems(db, collection)).map(({ artifactId }) => artifactId);
  expect(artifactIds).toEqual(second.artifacts.map(({ id }) => id));
});
