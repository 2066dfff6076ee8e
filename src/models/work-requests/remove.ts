/** Deleting work requests. Source: models.md 2.4. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { workRequestDependencies, workRequests } from '../../schema/work-requests.ts';
import { idList } from '../lists.ts';
import { refuseWhenReferredTo } from '../references.ts';
import { workRequestsNotFound } from './find.ts';
import { childrenOf } from './list.ts';
import { holding } from './locks.ts';

/**
 * Deletes work requests with all that is below them and every dependency of and on them: all or nothing. Internal
 * collections stay.
 *
 * Source: models.md 2.4.
 * @returns ids of what has gone, ascending
 * @throws ProtectedError when one of them has made an artifact; nothing is changed then
 * @throws NotFoundError when one of them does not exist
 */
export function remove(db: Db, ids: readonly Id<'WorkRequest'>[]): Promise<readonly Id<'WorkRequest'>[]> {
  const doomed = sql`
    with recursive doomed (id) as (
      select r.id from db_workrequest r where r.id in ${idList(ids)}
      union
      select c.id from doomed cross join lateral ${childrenOf(sql`doomed.id`)} c
    )
    select id from doomed`;
  // An artifact or a child that one of them gets now waits for these locks at its commit, and is refused there.
  const options = { for: 'deletion' } as const;
  return holding(
    db,
    doomed,
    async (tx, going) => {
      const found = new Set(going);
      const missing = ids.filter((id) => !found.has(id));
      if (missing.length > 0) throw workRequestsNotFound(missing);
      const subject =
        going.length === 1 ? `work request ${going.join()}` : `one of ${going.length} work requests`;
      await refuseWhenReferredTo(tx, subject, [
        {
          named: ['artifact', 'artifacts'],
          rows: sql`select id from db_artifact where created_by_work_request_id in ${idList(going)}`,
        },
      ]);
      await tx.delete(workRequestDependencies).where(
        sql`${workRequestDependencies.fromWorkRequestId} in ${idList(going)}
          or ${workRequestDependencies.toWorkRequestId} in ${idList(going)}`,
      );
      await tx.delete(workRequests).where(sql`${workRequests.id} in ${idList(going)}`);
      return going;
    },
    options,
  );
}
