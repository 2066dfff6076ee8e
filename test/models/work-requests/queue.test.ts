import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { describe, expect } from 'vitest';
import { type Db, openDatabase } from '../../../src/db/database.ts';
import type { Id } from '../../../src/db/ids.ts';
import { all } from '../../../src/db/listing.ts';
import { ArgumentError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { at, aUser, aWorker, aWorkRequest } from '../../support/factories.ts';

describe('pending', () => {
  test('comes by descending effective priority, then by age, then by id', async ({ db }) => {
    const older = { createdAt: at('2024-05-01 09:00') };
    const low = await aWorkRequest(db, { priorityAdjustment: -1, ...older });
    const first = await aWorkRequest(db);
    const second = await aWorkRequest(db);
    const old = await aWorkRequest(db, older);
    const adjusted = await aWorkRequest(db, { priorityBase: -10, priorityAdjustment: 11 });
    const high = await aWorkRequest(db, { priorityBase: 2 });
    for (const status of ['blocked', 'running', 'completed', 'aborted'] as const) {
      await aWorkRequest(db, { status, priorityBase: 9 });
    }
    expect(await all(workRequests.pending(db))).toEqual([high, adjusted, old, first, second, low]);
  });

  test('can leave out what has a worker, or give what one worker has', async ({ db }) => {
    const { id: workerId } = await aWorker(db);
    const free = await aWorkRequest(db);
    const assigned = await aWorkRequest(db, { workerId });
    await aWorkRequest(db, { workerId: (await aWorker(db)).id });
    expect(await all(workRequests.pending(db, { excludeAssigned: true }))).toEqual([free]);
    expect(await all(workRequests.pending(db, { workerId }))).toEqual([assigned]);
    expect(await workRequests.pending(db).count()).toBe(3);
  });

  test('cannot do both', async ({ db }) => {
    const { id: workerId } = await aWorker(db);
    expect(() => workRequests.pending(db, { excludeAssigned: true, workerId })).toThrow(ArgumentError);
  });

  test('can be asked for the first few', async ({ db }) => {
    const rows = [await aWorkRequest(db), await aWorkRequest(db), await aWorkRequest(db)];
    expect(await all(workRequests.pending(db, {}, { limit: 2 }))).toEqual(rows.slice(0, 2));
  });
});

test('running gives what is being run, of all workers or of one', async ({ db }) => {
  const { id: workerId } = await aWorker(db);
  const first = await aWorkRequest(db, { status: 'running' });
  const second = await aWorkRequest(db, { status: 'running', workerId });
  await aWorkRequest(db, { workerId });
  expect(await all(workRequests.running(db))).toEqual([first, second]);
  expect(await all(workRequests.running(db, { workerId }))).toEqual([second]);
});

test('completed and aborted give what is so', async ({ db }) => {
  const completed = await aWorkRequest(db, { status: 'completed', result: 'error' });
  const aborted = await aWorkRequest(db, { status: 'aborted' });
  await aWorkRequest(db);
  expect(await all(workRequests.completed(db))).toEqual([completed]);
  expect(await all(workRequests.aborted(db))).toEqual([aborted]);
});

// Stands last: what it commits stays.
describe('among 100000 work requests', () => {
  /** Every fiftieth is pending, every hundredth of one worker. */
  async function fill(db: Db): Promise<Id<'Worker'>> {
    const [{ id: userId }, { id: workerId }] = [await aUser(db), await aWorker(db)];
    await db.execute(sql`
      insert into db_workrequest (
        created_at, status, result, task_type, task_name, task_data, workflow_data, event_reactions,
        unblock_strategy, priority_base, priority_adjustment, created_by_id, workspace_id, worker_id
      )
      select timestamptz '2024-05-01 10:00Z' + n * interval '1 second',
        case when n % 50 = 0 then 'pending' else 'completed' end, '', 'Worker', 'noop', '{}', '{}', '{}',
        'deps', n % 7, 0, ${userId}::bigint, 1, case when n % 100 < 50 then ${workerId}::bigint end
      from generate_series(1, 100000) n`);
    await db.execute(sql`analyze db_workrequest`);
    return workerId;
  }

  test('the queue and the work of a worker are read by their indexes, in batches', async ({ database }) => {
    const workerId = await fill(database.db);
    const plans = await plansOf(database, async (db) => {
      await all(workRequests.pending(db, {}, { limit: 10 }));
      await all(workRequests.running(db, { workerId }));
      await all(workRequests.list(db, { statuses: ['pending', 'running'], workerIds: [workerId] }));
      await all(workRequests.list(db, { statuses: ['pending'] }));
    });
    const [queue, running, work, pending] = plans;
    expect(queue).toContain('db_workrequest_pending_idx');
    expect(running).toContain('db_workrequest_worker_idx');
    expect(work).toContain('db_workrequest_worker_idx');
    // Either index holds nothing but what is pending or running.
    expect(pending).toMatch(/db_workrequest_(?:pending|worker)_idx/);

    const first = await all(workRequests.pending(database.db, {}, { limit: 3 }));
    expect(first.map(({ priorityBase }) => priorityBase)).toEqual([6, 6, 6]);
    let records = 0;
    for await (const batch of workRequests.pending(database.db)) {
      expect(batch.length).toBeLessThanOrEqual(1000);
      records += batch.length;
    }
    expect(records).toBe(2000);
  });
});

/** How the server carries out the statements that `work` sends. */
async function plansOf(
  database: TestDatabase,
  work: (db: Db) => Promise<unknown>,
): Promise<readonly string[]> {
  const sent: (readonly [string, readonly unknown[]])[] = [];
  const client = postgres({
    ...database.server,
    database: database.name,
    max: 1,
    fetch_types: false,
    prepare: false,
    connection: { TimeZone: 'UTC' },
    debug: (_connection, query, parameters) => void sent.push([query, parameters]),
  });
  try {
    await work(openDatabase(client));
    const plans = [];
    for (const [query, parameters] of [...sent]) {
      const lines = await client.unsafe<{ 'QUERY PLAN': string }[]>(`explain ${query}`, [
        ...parameters,
      ] as never[]);
      plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
    }
    return plans;
  } finally {
    await client.end();
  }
}
