/** Work requests in the constellations that many tests need. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../../src/db/database.ts';
import type { Id } from '../../../src/db/ids.ts';
import { get } from '../../../src/models/work-requests/find.ts';
import { type Status, type WorkRequest, workRequestDependencies } from '../../../src/schema/work-requests.ts';
import { aUser, aWorkRequest } from '../../support/factories.ts';

/** A root workflow, running unless told otherwise. */
export function aWorkflow(db: Db, given: Partial<WorkRequest> = {}): Promise<WorkRequest> {
  return aWorkRequest(db, { taskType: 'Workflow', taskName: 'noop', status: 'running', ...given });
}

/** Makes `from` wait for all of `to`; the status stays as it is. */
export async function waits(db: Db, from: WorkRequest, ...to: readonly WorkRequest[]): Promise<void> {
  await db
    .insert(workRequestDependencies)
    .values(to.map(({ id }) => ({ fromWorkRequestId: from.id, toWorkRequestId: id })));
}

/** A blocked request that waits for all of these. */
export async function aDependant(
  db: Db,
  dependencies: readonly WorkRequest[],
  given: Partial<WorkRequest> = {},
): Promise<WorkRequest> {
  const request = await aWorkRequest(db, { status: 'blocked', ...given });
  await waits(db, request, ...dependencies);
  return request;
}

/** The statuses of these requests as they are now. */
export async function statusesOf(db: Db, ...requests: readonly WorkRequest[]): Promise<readonly Status[]> {
  const statuses: Status[] = [];
  for (const { id } of requests) statuses.push((await get(db, id)).status);
  return statuses;
}

/**
 * A chain of so many requests, each of which waits for the one before; the first is running, the others blocked.
 * @returns ids, from the first to the last
 */
export async function aChain(db: Db, length: number): Promise<readonly Id<'WorkRequest'>[]> {
  const { id: userId } = await aUser(db);
  const rows = await db.execute<{ id: string }>(sql`
    insert into db_workrequest (
      created_at, status, result, task_type, task_name, task_data, workflow_data, event_reactions,
      unblock_strategy, priority_base, priority_adjustment, created_by_id, workspace_id
    )
    select timestamptz '2024-05-01 10:00Z', case when n = 1 then 'running' else 'blocked' end, '', 'Server',
      'internalnoop', '{}', '{}', '{}', 'deps', 0, 0, ${userId}::bigint, 1
    from generate_series(1, ${length}::integer) n
    order by n
    returning id`);
  const ids = rows.map(({ id }) => Number(id) as Id<'WorkRequest'>);
  await db.execute(sql`
    insert into db_workrequest_dependencies (from_workrequest_id, to_workrequest_id)
    select id + 1, id from db_workrequest
    where id >= ${ids[0] ?? 0}::bigint and id < ${ids.at(-1) ?? 0}::bigint`);
  return ids;
}
