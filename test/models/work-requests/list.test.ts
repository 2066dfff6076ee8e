import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { type Db, driver } from '../../../src/db/database.ts';
import { all } from '../../../src/db/listing.ts';
import { transaction } from '../../../src/db/transaction.ts';
import { UsageError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import type { WorkRequestFilter } from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import { aCollection, at, aUser, aWorker, aWorkRequest, aWorkspace } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aWorkflow } from './arrange.ts';

async function ids(db: Db, filter: WorkRequestFilter) {
  return (await all(workRequests.list(db, filter, { order: ['id'] }))).map(({ id }) => id);
}

test('a record has what people want to know, with names instead of ids', async ({ db }) => {
  const [worker, user, workspace] = [await aWorker(db), await aUser(db), await aWorkspace(db)];
  const collection = await aCollection(db);
  const parent = await aWorkflow(db);
  const request = await aWorkRequest(db, {
    workerId: worker.id,
    createdById: user.id,
    workspaceId: workspace.id,
    parentId: parent.id,
    internalCollectionId: collection.id,
    createdAt: at('2024-05-01 10:00:00.000001'),
    startedAt: at('2024-05-01 11:00'),
    completedAt: at('2024-05-01 11:02:10.200000'),
    status: 'completed',
    result: 'success',
    priorityBase: 2,
    priorityAdjustment: -5,
    unblockStrategy: 'manual',
  });
  const [record] = await all(workRequests.list(db, { ids: [request.id] }));
  expect(record).toEqual({
    id: request.id,
    task_type: 'Worker',
    task_name: 'noop',
    workspace: workspace.name,
    worker: worker.name,
    created_by: user.username,
    created_at: '2024-05-01T10:00:00.000001Z',
    started_at: '2024-05-01T11:00:00.000000Z',
    completed_at: '2024-05-01T11:02:10.200000Z',
    duration_seconds: 130.2,
    status: 'completed',
    result: 'success',
    priority_base: 2,
    priority_adjustment: -5,
    priority_effective: -3,
    parent: parent.id,
    unblock_strategy: 'manual',
    internal_collection: collection.id,
  });
  expect(Object.keys(record ?? {}).slice(0, 3)).toEqual(['id', 'task_type', 'task_name']);
});

test('what is not there is null', async ({ db }) => {
  await aWorkRequest(db);
  const [record] = await all(workRequests.list(db));
  expect(record).toMatchObject({
    worker: null,
    started_at: null,
    completed_at: null,
    duration_seconds: null,
    result: '',
    parent: null,
    internal_collection: null,
  });
});

describe('order', () => {
  test('is the newest first unless another one is asked for', async ({ db }) => {
    const old = await aWorkRequest(db, { createdAt: at('2024-05-01'), priorityBase: 3 });
    const young = await aWorkRequest(db, { createdAt: at('2024-05-03'), priorityAdjustment: 4 });
    const middle = await aWorkRequest(db, { createdAt: at('2024-05-02') });
    const order = async (...keys: string[]) =>
      (await all(workRequests.list(db, {}, keys.length === 0 ? {} : { order: keys }))).map(({ id }) => id);
    expect(await order()).toEqual([young.id, middle.id, old.id]);
    expect(await order('created_at')).toEqual([old.id, middle.id, young.id]);
    expect(await order('-priority')).toEqual([young.id, old.id, middle.id]);
    expect(await order('status', '-id')).toEqual([middle.id, young.id, old.id]);
  });

  test('by duration has what never ran at the end', async ({ db }) => {
    const startedAt = at('2024-05-01');
    const none = await aWorkRequest(db);
    const long = await aWorkRequest(db, { startedAt, completedAt: at('2024-05-03') });
    const short = await aWorkRequest(db, { startedAt, completedAt: at('2024-05-02') });
    const rows = await all(workRequests.list(db, {}, { order: ['duration'] }));
    expect(rows.map(({ id }) => id)).toEqual([short.id, long.id, none.id]);
  });

  test('by anything else is refused', ({ db }) => {
    expect(() => workRequests.list(db, {}, { order: ['colour'] })).toThrow(UsageError);
  });
});

describe('filters', () => {
  test('by status, result and type let any of the given values through', async ({ db }) => {
    const pending = await aWorkRequest(db);
    const failed = await aWorkRequest(db, { status: 'completed', result: 'failure' });
    const workflow = await aWorkflow(db);
    expect(await ids(db, { statuses: ['pending', 'running'] })).toEqual([pending.id, workflow.id]);
    expect(await ids(db, { results: ['failure', 'error'] })).toEqual([failed.id]);
    expect(await ids(db, { results: [''] })).toEqual([pending.id, workflow.id]);
    expect(await ids(db, { taskTypes: ['Workflow', 'Internal'] })).toEqual([workflow.id]);
    expect(await ids(db, { statuses: [] })).toEqual([]);
    expect(await ids(db, { statuses: ['pending'], taskTypes: ['Workflow'] })).toEqual([]);
  });

  test('by task take patterns', async ({ db }) => {
    const sbuild = await aWorkRequest(db, { taskName: 'sbuild' });
    const lintian = await aWorkRequest(db, { taskName: 'lintian' });
    expect(await ids(db, { taskNameLike: ['s%', 'noop'] })).toEqual([sbuild.id]);
    expect(await ids(db, { taskNameLike: ['sbuild', 'l_ntian'] })).toEqual([sbuild.id, lintian.id]);
  });

  test('by workspace, creator, worker and number', async ({ db }) => {
    const [workspace, user, worker] = [await aWorkspace(db), await aUser(db), await aWorker(db)];
    const here = await aWorkRequest(db, { workspaceId: workspace.id });
    const mine = await aWorkRequest(db, { createdById: user.id });
    const busy = await aWorkRequest(db, { workerId: worker.id });
    expect(await ids(db, { workspaceIds: [workspace.id] })).toEqual([here.id]);
    expect(await ids(db, { createdByIds: [user.id] })).toEqual([mine.id]);
    expect(await ids(db, { workerIds: [worker.id] })).toEqual([busy.id]);
    expect(await ids(db, { workerIds: [null] })).toEqual([here.id, mine.id]);
    expect(await ids(db, { workerIds: [null, worker.id] })).toEqual([here.id, mine.id, busy.id]);
    expect(await ids(db, { ids: [busy.id, here.id] })).toEqual([here.id, busy.id]);
  });

  test('by parent mean the direct one, by workflow everything below and itself', async ({ db }) => {
    const root = await aWorkflow(db);
    const middle = await aWorkflow(db, { parentId: root.id });
    const leaf = await aWorkRequest(db, { parentId: middle.id });
    const other = await aWorkRequest(db);
    expect(await ids(db, { parentId: root.id })).toEqual([middle.id]);
    expect(await ids(db, { parentId: null })).toEqual([root.id, other.id]);
    expect(await ids(db, { workflowId: root.id })).toEqual([root.id, middle.id, leaf.id]);
    expect(await ids(db, { workflowId: middle.id })).toEqual([middle.id, leaf.id]);
  });

  test('by time take in the beginning and leave out the end', async ({ db }) => {
    const [from, to] = [at('2024-05-01'), at('2024-05-02')];
    const first = await aWorkRequest(db, { createdAt: from });
    const last = await aWorkRequest(db, { createdAt: at('2024-05-01 23:59:59.999999') });
    await aWorkRequest(db, { createdAt: to });
    await aWorkRequest(db, { createdAt: at('2024-04-30 23:59:59.999999') });
    expect(await ids(db, { createdAfter: from, createdBefore: to })).toEqual([first.id, last.id]);
  });

  test('by priority take the effective one', async ({ db }) => {
    const high = await aWorkRequest(db, { priorityBase: 3, priorityAdjustment: 2 });
    await aWorkRequest(db, { priorityBase: 6, priorityAdjustment: -2 });
    expect(await ids(db, { minPriority: 5 })).toEqual([high.id]);
  });
});

test('a list takes one statement for 100 records as for 2, and its count another', async ({ database }) => {
  const { id: createdById } = await aUser(database.db);
  const count = async (size: number) => {
    for (let made = 0; made < size; made += 1) await aWorkRequest(database.db, { createdById });
    return countStatements(database, async (db) => {
      const rows = workRequests.list(db, { createdByIds: [createdById] });
      await all(rows);
      await rows.count();
    });
  };
  expect([await count(2), await count(98)]).toEqual([2, 2]);
});

describe('a list longer than what is found first', () => {
  /** Instants that do not follow the ids, each of them three times. */
  async function manyRequests(db: Db): Promise<readonly number[]> {
    const { id: user } = await aUser(db);
    await db.execute(sql`
      insert into db_workrequest (created_at, status, result, task_type, task_name, task_data, workflow_data,
          event_reactions, unblock_strategy, priority_base, priority_adjustment, created_by_id, workspace_id)
        select '2024-05-01T00:00:00Z'::timestamptz + (n * 7919 % 1203 / 3) * interval '1 second', 'pending', '',
          'Worker', 'noop', '{}', '{}', '{}', 'deps', 0, 0, ${user}::bigint, w.id
        from generate_series(1, 1203) n, db_workspace w where w.name = 'System'`);
    // Others may have been there before.
    const rows = await db.execute<{ id: string }>(
      sql`select id from db_workrequest order by created_at desc, id`,
    );
    return rows.map(({ id }) => Number(id));
  }
  const snapshot = { isolation: 'repeatable read', readOnly: true } as const;

  test('is complete and in order, in parts or in one', async ({ database: { db } }) => {
    const expected = await manyRequests(db);
    for (const limit of [undefined, 0, 100, 500, 10_001]) {
      const read = (tx: Db) => all(workRequests.list(tx, {}, { limit }));
      const count = limit === undefined || limit === 0 ? expected.length : limit;
      for (const options of [snapshot, { ...snapshot, isolation: 'read committed' } as const]) {
        const found = await transaction(db, read, options);
        expect(found.map(({ id }) => id)).toEqual(expected.slice(0, count));
      }
    }
    const page = await transaction(
      db,
      (tx) => all(workRequests.list(tx, {}, { limit: 700, offset: 450 })),
      snapshot,
    );
    expect(page.map(({ id }) => id)).toEqual(expected.slice(450, 1150));
  });

  test('is read in parts only where all statements see the same rows', async ({ database: { db } }) => {
    await manyRequests(db);
    const statements = (isolation: 'repeatable read' | 'read committed') =>
      transaction(
        db,
        async (tx) => {
          let statementsSent = 0;
          const client = driver(tx);
          const { unsafe } = client;
          client.unsafe = ((...words: Parameters<typeof unsafe>) => {
            statementsSent += 1;
            return unsafe(...words);
          }) as typeof unsafe;
          try {
            await all(workRequests.list(tx));
          } finally {
            client.unsafe = unsafe;
          }
          return statementsSent;
        },
        { isolation, readOnly: true },
      );
    expect(await statements('repeatable read')).toBe(2);
    expect(await statements('read committed')).toBe(1);
  });
});
