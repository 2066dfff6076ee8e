import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { ArgumentError, ConstraintError } from '../../../src/errors.ts';
import * as orchestrators from '../../../src/models/orchestrators/index.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { at, aUser, aWorker, aWorkflowTemplate, aWorkRequest } from '../../support/factories.ts';
import { begin, session, untilBlocked } from '../sessions.ts';
import { aDependant, aWorkflow, statusesOf } from './arrange.ts';

const now = at('2024-05-02 12:00');
const success = { result: 'success' } as const;

/** Begins `first`, holds its transaction open until `second` waits for it, then commits. */
async function whileOpen<A, B>(
  database: TestDatabase,
  first: (db: Db) => Promise<A>,
  second: (db: Db) => Promise<B>,
): Promise<readonly [A, B]> {
  const other = await session(database);
  const open = await begin(database);
  const early = await first(open.tx);
  const late = second(other.db);
  await untilBlocked(database, other.pid);
  await open.commit();
  return [early, await late];
}

describe('two dependencies that end at the same moment', () => {
  test('unblock what waits for both, each waiting for the other', async ({ database }) => {
    const { db } = database;
    const first = await aWorkRequest(db, { status: 'running' });
    const second = await aWorkRequest(db, { status: 'running' });
    const dependant = await aDependant(db, [first, second]);

    await whileOpen(
      database,
      (one) => workRequests.markCompleted(one, first.id, success, now),
      (other) => workRequests.markCompleted(other, second.id, success, now),
    );
    expect(await statusesOf(db, dependant)).toEqual(['pending']);
  });

  test('unblock what waits for both, however often it is tried', async ({ database }) => {
    const { db } = database;
    const [one, other] = [database.connect(), database.connect()];
    const dependants = [];
    for (let round = 0; round < 25; round += 1) {
      const first = await aWorkRequest(db, { status: 'running' });
      const second = await aWorkRequest(db, { status: 'running' });
      dependants.push(await aDependant(db, [first, second]));
      await Promise.all([
        workRequests.markCompleted(one, first.id, success, now),
        workRequests.markCompleted(other, second.id, success, now),
      ]);
    }
    expect(new Set(await statusesOf(db, ...dependants))).toEqual(new Set(['pending']));
  });
});

describe('two callers at once', () => {
  test('cannot both complete a request', async ({ database }) => {
    const request = await aWorkRequest(database.db, { status: 'running' });
    const [first, second] = await whileOpen(
      database,
      (one) => workRequests.markCompleted(one, request.id, success, now),
      (other) => workRequests.markCompleted(other, request.id, { result: 'failure' }, now),
    );
    expect([first, second]).toEqual([true, false]);
    expect((await workRequests.get(database.db, request.id)).result).toBe('success');
  });

  test('cannot both unblock a request', async ({ database }) => {
    const request = await aWorkRequest(database.db, { status: 'blocked' });
    const outcome = await whileOpen(
      database,
      (one) => workRequests.markPending(one, request.id),
      (other) => workRequests.markPending(other, request.id),
    );
    expect(outcome).toEqual([true, false]);
  });

  test('cannot both complete a request and start it', async ({ database }) => {
    const request = await aWorkRequest(database.db, { taskType: 'Internal' });
    const outcome = await whileOpen(
      database,
      (one) => workRequests.markCompleted(one, request.id, success, now),
      (other) => workRequests.markRunning(other, request.id, now),
    );
    expect(outcome).toEqual([true, false]);
    expect(await statusesOf(database.db, request)).toEqual(['completed']);
  });

  test('who abort and complete two requests that others wait for in different orders do not deadlock', async ({
    database,
  }) => {
    const { db } = database;
    const sessions = [database.connect(), database.connect()] as const;
    for (let round = 0; round < 15; round += 1) {
      // Seen from one side the way is a, c, b; from the other b comes before c.
      const [left, right] = [await aWorkRequest(db), await aWorkRequest(db)];
      const b = await aDependant(db, [left]);
      const a = await aDependant(db, [left]);
      const c = await aDependant(db, [a, right]);
      await workRequests.addDependencies(db, b.id, [c.id]);
      await Promise.all([
        workRequests.markAborted(sessions[0], left.id, now),
        workRequests.markCompleted(sessions[1], right.id, { result: 'error' }, now),
      ]);
      expect(await statusesOf(db, a, b, c)).toEqual(['aborted', 'aborted', 'aborted']);
    }
  });
});

describe('a worker', () => {
  test('is never given more than its concurrency by many sessions at once', async ({ database }) => {
    const { db } = database;
    const sessions = Array.from({ length: 12 }, () => database.connect());
    for (let round = 0; round < 5; round += 1) {
      const { id: workerId } = await aWorker(db, { concurrency: 3 });
      const attempts = [];
      for (const one of sessions) attempts.push({ one, request: await aWorkRequest(db, { workerId }) });
      const started = await Promise.all(
        attempts.map(({ one, request }) => workRequests.markRunning(one, request.id, now)),
      );
      expect(started.filter((isStarted) => isStarted)).toHaveLength(3);
      const statuses = await statusesOf(db, ...attempts.map(({ request }) => request));
      expect(statuses.filter((status) => status === 'running')).toHaveLength(3);
    }
  });

  test('that gets the request while another one is about to begin is the one that counts', async ({
    database,
  }) => {
    const { db } = database;
    const full = await aWorker(db, { concurrency: 0 });
    const free = await aWorker(db, { concurrency: 1 });
    const request = await aWorkRequest(db, { workerId: full.id });
    const [, started] = await whileOpen(
      database,
      (one) => workRequests.assignWorker(one, request.id, free.id),
      (other) => workRequests.markRunning(other, request.id, now),
    );
    expect(started).toBe(true);
    expect((await workRequests.get(db, request.id)).workerId).toBe(free.id);
  });

  test('can be given a request while it begins with another one, without deadlock', async ({ database }) => {
    const { db } = database;
    const [one, other] = [database.connect(), database.connect()];
    for (let round = 0; round < 20; round += 1) {
      const { id: workerId } = await aWorker(db);
      const request = await aWorkRequest(db, { workerId });
      await Promise.all([
        workRequests.markRunning(one, request.id, now),
        workRequests.assignWorker(other, request.id, workerId),
      ]);
      expect((await workRequests.get(db, request.id)).status).toBe('running');
    }
  });
});

describe('adding a dependency', () => {
  test('while it is being completed does not block the request for good', async ({ database }) => {
    const { db } = database;
    const dependency = await aWorkRequest(db, { status: 'running' });
    const request = await aWorkRequest(db);
    await whileOpen(
      database,
      (one) => workRequests.markCompleted(one, dependency.id, success, now),
      (other) => workRequests.addDependencies(other, request.id, [dependency.id]),
    );
    expect(await statusesOf(db, request)).toEqual(['pending']);
  });

  test('is noticed by a completion that began before it was committed', async ({ database }) => {
    const { db } = database;
    const dependency = await aWorkRequest(db, { status: 'running' });
    const request = await aWorkRequest(db);
    await whileOpen(
      database,
      (one) => workRequests.addDependencies(one, request.id, [dependency.id]),
      (other) => workRequests.markCompleted(other, dependency.id, success, now),
    );
    expect(await statusesOf(db, request)).toEqual(['pending']);
  });

  test('from two sides at once cannot make a circle, even if they have no request in common', async ({
    database,
  }) => {
    const { db } = database;
    const [a, d] = [await aWorkRequest(db), await aWorkRequest(db)];
    const c = await aWorkRequest(db);
    const b = await aDependant(db, [c]);
    await workRequests.addDependencies(db, d.id, [a.id]);

    const late = await session(database);
    const open = await begin(database);
    await workRequests.addDependencies(open.tx, a.id, [b.id]);
    const refused = expect(workRequests.addDependencies(late.db, c.id, [d.id])).rejects.toThrow(
      ArgumentError,
    );
    await untilBlocked(database, late.pid);
    await open.commit();
    await refused;
    expect(await workRequests.dependencies(db, c.id)).toEqual([]);
  });
});

describe('workflows', () => {
  test('that are asked for only if none is unfinished are created once', async ({ database }) => {
    const { db } = database;
    const template = await aWorkflowTemplate(db);
    const { id: createdById } = await aUser(db);
    const sessions = Array.from({ length: 6 }, () => database.connect());
    const created = await Promise.all(
      sessions.map((session) =>
        workRequests.createUnlessRunning(session, { template, data: {}, createdById }, now),
      ),
    );
    expect(created.filter(({ wasCreated }) => wasCreated)).toHaveLength(1);
    expect(new Set(created.map(({ workflow }) => workflow.id)).size).toBe(1);
  });

  test('are populated once by two sessions at once', async ({ database }) => {
    const { db } = database;
    const workflow = await aWorkflow(db, {
      taskName: 'update_environments',
      taskData: {
        vendor: 'debian',
        targets: [
          {
            codenames: ['bookworm', 'trixie'],
            architectures: ['amd64'],
            mmdebstrap_template: { bootstrap_repositories: [{ mirror: 'http://deb.example.org/debian' }] },
          },
        ],
      },
    });
    const [first, second] = await whileOpen(
      database,
      (one) => orchestrators.populate(one, workflow.id, now),
      (other) => orchestrators.populate(other, workflow.id, now),
    );
    expect([first.length, second.length]).toEqual([2, 0]);
    expect(await workRequests.children(db, workflow.id)).toEqual(first);
  });
});

test('a child that is added while its workflow is deleted is not left behind', async ({ database }) => {
  const { db } = database;
  const workflow = await aWorkflow(db);
  const late = await session(database);
  const open = await begin(database);
  await workRequests.remove(open.tx, [workflow.id]);
  const added = workRequests.createChild(late.db, workflow.id, { taskName: 'noop' }, now);
  const refused = expect(added).rejects.toThrow(ConstraintError);
  await untilBlocked(database, late.pid);
  await open.commit();
  await refused;
  expect(await workRequests.children(db, workflow.id)).toEqual([]);
});
