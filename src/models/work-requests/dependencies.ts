/** Which work request waits for which. Source: models.md 3.17, 6. */
import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { transaction } from '../../db/transaction.ts';
import { ArgumentError, InvalidTransitionError } from '../../errors.ts';
import { type WorkRequest, workRequestDependencies, workRequests } from '../../schema/work-requests.ts';
import { idList } from '../lists.ts';
import { workRequestsNotFound } from './find.ts';
import { holding } from './locks.ts';

/**
 * Makes a request wait for others: all or none. One that it waits for already is fine. As long as one of them is not
 * completed, a pending request becomes blocked.
 *
 * Source: `WorkRequest.dependencies.add`; models.md 6 for the status.
 * @returns the request as it is now
 * @throws ArgumentError when one of them waits for the request in turn, directly or through others, or is the request
 * @throws InvalidTransitionError when the request is neither blocked nor pending
 * @throws NotFoundError when one of the requests does not exist
 */
export function addDependencies(
  db: Db,
  id: Id<'WorkRequest'>,
  dependencyIds: readonly Id<'WorkRequest'>[],
): Promise<WorkRequest> {
  return transaction(db, async (tx) => {
    // Two sessions could each add one half of a circle without touching a row in common, so that no lock of rows
    // would help. They go one after the other.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('work request dependencies', 0))`);
    const involved = [id, ...dependencyIds];
    // Held, a dependency cannot be completed between the look at its status and the link: its completion would not
    // know of the request that now waits for it.
    return holding(
      tx,
      sql`select r.id from db_workrequest r where r.id in ${idList(involved)}`,
      async (held, found) => {
        const missing = involved.filter((one) => !found.includes(one));
        if (missing.length > 0) throw workRequestsNotFound(missing);
        await refuseCircle(held, id, dependencyIds);
        return link(held, id, dependencyIds);
      },
    );
  });
}

async function refuseCircle(
  tx: Db,
  id: Id<'WorkRequest'>,
  dependencyIds: readonly Id<'WorkRequest'>[],
): Promise<void> {
  // Upwards from the new dependencies; `offset 0` as in affected.ts.
  const [circular] = await tx.execute<{ id: string }>(sql`
    with recursive needed (id) as (
      select value::bigint from jsonb_array_elements_text(${JSON.stringify(dependencyIds)}::text::jsonb)
      union
      select next.id
      from needed
      cross join lateral (
        select l.to_workrequest_id as id
        from db_workrequest_dependencies l
        where l.from_workrequest_id = needed.id
        offset 0
      ) next
    )
    select id from needed where id = ${id}::bigint`);
  if (circular === undefined) return;
  throw new ArgumentError(
    `work request ${id} would wait for itself if it waited for ${dependencyIds.join(', ')}`,
    'value-error',
    { details: { work_request: id, dependencies: dependencyIds } },
  );
}

async function link(
  tx: Db,
  id: Id<'WorkRequest'>,
  dependencyIds: readonly Id<'WorkRequest'>[],
): Promise<WorkRequest> {
  await tx.execute(sql`
    insert into db_workrequest_dependencies (from_workrequest_id, to_workrequest_id)
    select ${id}::bigint, r.id from db_workrequest r where r.id in ${idList(dependencyIds)} order by r.id
    on conflict (from_workrequest_id, to_workrequest_id) do nothing`);
  await tx.execute(sql`
    update db_workrequest r
    set status = 'blocked'
    where r.id = ${id}::bigint
      and r.status = 'pending'
      and exists (
        select from db_workrequest_dependencies l
        join db_workrequest o on o.id = l.to_workrequest_id
        where l.from_workrequest_id = r.id and o.status <> 'completed'
      )`);
  const [request] = await tx.select().from(workRequests).where(eq(workRequests.id, id));
  if (request === undefined) throw workRequestsNotFound([id]);
  if (request.status === 'blocked' || request.status === 'pending') return request;
  throw new InvalidTransitionError(`work request ${id} is ${request.status} and waits for nothing any more`, {
    details: { work_request: id, status: request.status },
  });
}

/**
 * Takes dependencies away; one that is not there is passed over. The status of the request stays as it is.
 *
 * Source: `WorkRequest.dependencies.remove`.
 */
export async function removeDependencies(
  db: Db,
  id: Id<'WorkRequest'>,
  dependencyIds: readonly Id<'WorkRequest'>[],
): Promise<void> {
  await db
    .delete(workRequestDependencies)
    .where(
      and(
        eq(workRequestDependencies.fromWorkRequestId, id),
        sql`${workRequestDependencies.toWorkRequestId} in ${idList(dependencyIds)}`,
      ),
    );
}

/** `from` needs `to`. */
export interface DependencyLink {
  readonly from: Id<'WorkRequest'>;
  readonly to: Id<'WorkRequest'>;
}

/** All dependencies between requests of the list, completed or not; by `from`, then `to`. */
export async function linksAmong(
  db: Db,
  ids: readonly Id<'WorkRequest'>[],
): Promise<readonly DependencyLink[]> {
  const { fromWorkRequestId: from, toWorkRequestId: to } = workRequestDependencies;
  return db
    .select({ from, to })
    .from(workRequestDependencies)
    .where(and(sql`${from} in ${idList(ids)}`, sql`${to} in ${idList(ids)}`))
    .orderBy(from, to);
}
