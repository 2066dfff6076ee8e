import { describe, expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { ArgumentError, InvalidTransitionError, NotFoundError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import type { Status } from '../../../src/schema/work-requests.ts';
import { test } from '../../support/database.ts';
import { at, aWorker, aWorkRequest } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aChain, aDependant, aWorkflow, statusesOf } from './arrange.ts';

const now = at('2024-05-02 12:00');
const absent = 999_999 as Id<'WorkRequest'>;

describe('abort', () => {
  test('aborts the requests and what waits for them, and names each of these once', async ({ db }) => {
    const [first, second] = [await aWorkRequest(db, { status: 'running' }), await aWorkRequest(db)];
    const ofFirst = await aDependant(db, [first]);
    const ofBoth = await aDependant(db, [ofFirst, second]);
    const ofSecond = await aDependant(db, [second]);

    expect(await workRequests.abort(db, [second.id, first.id], {}, now)).toEqual([
      { id: first.id, status: 'aborted', changed: true, also_changed: [ofFirst.id, ofBoth.id] },
      { id: second.id, status: 'aborted', changed: true, also_changed: [ofSecond.id] },
    ]);
    expect(new Set(await statusesOf(db, first, second, ofFirst, ofBoth, ofSecond))).toEqual(
      new Set(['aborted']),
    );
    expect((await workRequests.get(db, ofBoth.id)).completedAt).toBe(now);
  });

  test('leaves one that is aborted already as it is', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'aborted', completedAt: at('2024-05-01') });
    const [outcome] = await workRequests.abort(db, [request.id], {}, now);
    expect(outcome).toEqual({ id: request.id, status: 'aborted', changed: false, also_changed: [] });
    expect(await workRequests.get(db, request.id)).toEqual(request);
  });

  test('takes along what is inside only when that is asked for, at any depth, unless it is finished', async ({
    db,
  }) => {
    const root = await aWorkflow(db);
    const middle = await aWorkflow(db, { parentId: root.id, status: 'blocked' });
    const leaf = await aWorkRequest(db, { parentId: middle.id });
    const done = await aWorkRequest(db, { parentId: root.id, status: 'completed', result: 'success' });
    const waiting = await aDependant(db, [leaf]);

    const [plain] = await workRequests.abort(db, [root.id], {}, now);
    expect(plain?.also_changed).toEqual([]);
    expect(await statusesOf(db, middle, leaf, waiting)).toEqual(['blocked', 'pending', 'blocked']);

    const [recursive] = await workRequests.abort(db, [root.id], { recursive: true }, now);
    expect(recursive).toEqual({
      id: root.id,
      status: 'aborted',
      changed: false,
      also_changed: [middle.id, leaf.id, waiting.id],
    });
    expect(await workRequests.get(db, done.id)).toEqual(done);
  });

  test('is refused when one of them is completed or does not exist; nothing changes then', async ({ db }) => {
    const request = await aWorkRequest(db);
    const done = await aWorkRequest(db, { status: 'completed', result: 'success' });
    const refused = workRequests.abort(db, [request.id, done.id], {}, now);
    await expect(refused).rejects.toThrow(InvalidTransitionError);
    await expect(refused).rejects.toThrow(`work request ${done.id} is completed and cannot be aborted`);
    await expect(workRequests.abort(db, [request.id, absent], {}, now)).rejects.toThrow(NotFoundError);
    expect(await workRequests.get(db, request.id)).toEqual(request);
  });

  test('takes as many statements for 200 dependants as for 2', async ({ database }) => {
    const count = async (length: number) => {
      const [first = absent] = await aChain(database.db, length);
      return countStatements(database, (db) => workRequests.abort(db, [first], { recursive: true }, now));
    };
    expect(await count(201)).toBe(await count(3));
  });
});

describe('unblock', () => {
  test('lets go what waits for nothing, or is to be unblocked by hand', async ({ db }) => {
    const open = await aWorkRequest(db);
    const done = await aWorkRequest(db, { status: 'completed', result: 'error' });
    const free = await aDependant(db, [done]);
    const manual = await aDependant(db, [open], { unblockStrategy: 'manual' });
    const pending = await aWorkRequest(db);
    expect(await workRequests.unblock(db, [pending.id, free.id, manual.id])).toEqual([
      { id: free.id, status: 'pending', changed: true },
      { id: manual.id, status: 'pending', changed: true },
      { id: pending.id, status: 'pending', changed: false },
    ]);
    expect(await statusesOf(db, free, manual)).toEqual(['pending', 'pending']);
  });

  test('needs force when dependencies are not completed', async ({ db }) => {
    const open = await aWorkRequest(db);
    const request = await aDependant(db, [open]);
    await expect(workRequests.unblock(db, [request.id])).rejects.toThrow(
      `work request ${request.id} waits for ${open.id}`,
    );
    expect(await statusesOf(db, request)).toEqual(['blocked']);
    await workRequests.unblock(db, [request.id], { force: true });
    expect(await statusesOf(db, request)).toEqual(['pending']);
  });

  test('is refused, even with force, in a workflow that does not run', async ({ db }) => {
    const { id: parentId } = await aWorkflow(db, { status: 'pending' });
    const request = await aWorkRequest(db, { status: 'blocked', parentId, unblockStrategy: 'manual' });
    await expect(workRequests.unblock(db, [request.id], { force: true })).rejects.toThrow(
      `is in workflow ${parentId}, which is not running`,
    );
    const running = await aWorkflow(db);
    const child = await aWorkRequest(db, { status: 'blocked', parentId: running.id });
    await workRequests.unblock(db, [child.id]);
    expect(await statusesOf(db, request, child)).toEqual(['blocked', 'pending']);
  });

  for (const status of ['running', 'completed', 'aborted'] satisfies Status[]) {
    test(`is refused for a request that is ${status}, and then for all of them`, async ({ db }) => {
      const blocked = await aWorkRequest(db, { status: 'blocked' });
      const request = await aWorkRequest(db, { status });
      await expect(workRequests.unblock(db, [blocked.id, request.id])).rejects.toThrow(
        InvalidTransitionError,
      );
      expect(await statusesOf(db, blocked, request)).toEqual(['blocked', status]);
    });
  }
});

describe('changePriority', () => {
  test('sets the adjustment or adds to it', async ({ db }) => {
    const first = await aWorkRequest(db, { priorityBase: 50, priorityAdjustment: 3 });
    const second = await aWorkRequest(db, { status: 'running' });
    expect(await workRequests.changePriority(db, [first.id, second.id], { add: -4 })).toEqual([
      { id: first.id, status: 'pending', changed: true, priority_adjustment: -1 },
      { id: second.id, status: 'running', changed: true, priority_adjustment: -4 },
    ]);
    expect(await workRequests.changePriority(db, [first.id, second.id], { set: -1 })).toMatchObject([
      { changed: false, priority_adjustment: -1 },
      { changed: true, priority_adjustment: -1 },
    ]);
    expect(await workRequests.get(db, first.id)).toEqual({ ...first, priorityAdjustment: -1 });
  });

  test('goes as far as a million in either direction', async ({ db }) => {
    const request = await aWorkRequest(db, { priorityAdjustment: 1 });
    await workRequests.changePriority(db, [request.id], { set: -1_000_000 });
    await workRequests.changePriority(db, [request.id], { set: 1_000_000 });
    await expect(workRequests.changePriority(db, [request.id], { add: 1 })).rejects.toThrow(ArgumentError);
    expect((await workRequests.get(db, request.id)).priorityAdjustment).toBe(1_000_000);
  });

  test('is refused for what is completed or aborted, and then for all of them', async ({ db }) => {
    const request = await aWorkRequest(db);
    for (const status of ['completed', 'aborted'] as const) {
      const { id } = await aWorkRequest(db, { status });
      await expect(workRequests.changePriority(db, [request.id, id], { set: 1 })).rejects.toThrow(
        InvalidTransitionError,
      );
    }
    expect(await workRequests.get(db, request.id)).toEqual(request);
  });
});

describe('unassign', () => {
  test('takes requests back: pending, without worker, never started', async ({ db }) => {
    const { id: workerId } = await aWorker(db);
    const running = await aWorkRequest(db, { status: 'running', workerId, startedAt: at('2024-05-01') });
    const assigned = await aWorkRequest(db, { workerId });
    const free = await aWorkRequest(db);
    expect(await workRequests.unassign(db, [running.id, assigned.id, free.id])).toEqual([
      { id: running.id, status: 'pending', changed: true },
      { id: assigned.id, status: 'pending', changed: true },
      { id: free.id, status: 'pending', changed: false },
    ]);
    expect(await workRequests.get(db, running.id)).toEqual({
      ...running,
      status: 'pending',
      workerId: null,
      startedAt: null,
    });
  });

  test('is refused for what is neither pending nor running, and for what runs without a worker', async ({
    db,
  }) => {
    const { id: workerId } = await aWorker(db);
    const workflow = await aWorkflow(db);
    const assigned = await aWorkRequest(db, { workerId });
    for (const status of ['blocked', 'completed', 'aborted'] as const) {
      const { id } = await aWorkRequest(db, { status, workerId });
      await expect(workRequests.unassign(db, [assigned.id, id])).rejects.toThrow(InvalidTransitionError);
    }
    await expect(workRequests.unassign(db, [assigned.id, workflow.id])).rejects.toThrow(
      InvalidTransitionError,
    );
    await expect(workRequests.unassign(db, [assigned.id, absent])).rejects.toThrow(NotFoundError);
    expect(await workRequests.get(db, assigned.id)).toEqual(assigned);
  });

  test('takes as many statements for 50 requests as for 2', async ({ database }) => {
    const { id: workerId } = await aWorker(database.db);
    const { createdById } = await aWorkflow(database.db);
    const count = async (size: number) => {
      const ids: Id<'WorkRequest'>[] = [];
      for (let made = 0; made < size; made += 1) {
        ids.push((await aWorkRequest(database.db, { workerId, createdById })).id);
      }
      return [
        await countStatements(database, (db) => workRequests.changePriority(db, ids, { add: 1 })),
        await countStatements(database, (db) => workRequests.unassign(db, ids)),
        await countStatements(database, (db) => workRequests.unblock(db, ids)),
      ];
    };
    expect(await count(50)).toEqual(await count(2));
  });
});
