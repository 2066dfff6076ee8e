/** One work request, some, or all. Source: models.md 3.17. */
import { asc, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { NotFoundError } from '../../errors.ts';
import { type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import { idList } from '../lists.ts';

/** Says that there are no such work requests. */
export function workRequestsNotFound(ids: readonly number[]): NotFoundError {
  const subject = ids.length === 1 ? 'work request' : 'work requests';
  return new NotFoundError(`${subject} ${ids.join(', ')} not found`, {
    hint: 'see debusine-admin list-work-requests',
    details: { kind: 'work request', ids },
  });
}

/** The work request with that id, or undefined. */
export async function find(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequest | undefined> {
  const [request] = await db.select().from(workRequests).where(eq(workRequests.id, id));
  return request;
}

/** @throws NotFoundError when there is no such work request */
export async function get(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequest> {
  const request = await find(db, id);
  if (request === undefined) throw workRequestsNotFound([id]);
  return request;
}

/** The work requests with these ids, by id. @throws NotFoundError naming all that do not exist */
export async function getAll(db: Db, ids: readonly Id<'WorkRequest'>[]): Promise<readonly WorkRequest[]> {
  const rows = await db
    .select()
    .from(workRequests)
    .where(sql`${workRequests.id} in ${idList(ids)}`)
    .orderBy(asc(workRequests.id));
  const found = new Set(rows.map(({ id }) => id));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0) throw workRequestsNotFound(missing);
  return rows;
}

/** @throws NotFoundError naming all of the ids that no work request has */
export async function requireExisting(db: Db, ids: readonly Id<'WorkRequest'>[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await db
    .select({ id: workRequests.id })
    .from(workRequests)
    .where(sql`${workRequests.id} in ${idList(ids)}`);
  const found = new Set(rows.map(({ id }) => id));
  const missing = [...new Set(ids)].filter((id) => !found.has(id));
  if (missing.length > 0) throw workRequestsNotFound(missing);
}

/**
 * The request at the top of the workflow; null unless the request is a workflow or inside one. A root workflow
 * gives itself.
 *
 * Source: `WorkRequest.get_workflow_root`.
 * @throws NotFoundError when there is no such work request
 */
export async function getWorkflowRoot(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequest | null> {
  const request = await get(db, id);
  if (request.parentId === null) return request.taskType === 'Workflow' ? request : null;
  const [root] = await db
    .select()
    .from(workRequests)
    .where(
      sql`${workRequests.id} in (
        with recursive up as (
          select id, parent_id from db_workrequest where id = ${id}::bigint
          union
          select r.id, r.parent_id from up join db_workrequest r on r.id = up.parent_id
        )
        select id from up where parent_id is null
      )`,
    );
  return root ?? null;
}
