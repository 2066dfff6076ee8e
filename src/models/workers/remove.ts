/** Deleting workers. Source: models.md 2.4, cli.md 8.3 (delete-worker). */
import { eq, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ProtectedError } from '../../errors.ts';
import { type WorkRequest, workRequestDependencies, workRequests } from '../../schema/work-requests.ts';
import { type Worker, workers } from '../../schema/workers.ts';
import { idList } from '../lists.ts';
import { refuseWhenReferredTo } from '../references.ts';
import { remove as removeTokens } from '../tokens.ts';

/**
 * Deletes a worker the way the model says: with every work request ever assigned to it, whatever its status, and
 * their children. Its token stays.
 *
 * Source: models.md 2.4; the database itself knows no such rule.
 * @param options `cascade` has to be said: without it a worker that has work requests is refused
 * @returns ids of the work requests that went with it, ascending
 * @throws NotFoundError when there is no such worker
 * @throws ProtectedError when a work request is in the way, or one that would go has made an artifact; nothing is
 *   changed then
 */
export function remove(
  db: Db,
  id: Id<'Worker'>,
  { cascade = false }: { readonly cascade?: boolean } = {},
): Promise<readonly Id<'WorkRequest'>[]> {
  return transaction(db, async (tx) => {
    const worker = await lock(tx, id);
    const found = await lockWorkRequests(tx, id);
    const doomed = found.map((request) => request.id);
    if (doomed.length > 0) {
      if (!cascade) throw hasWorkRequests(worker, found.filter(({ workerId }) => workerId === id).length);
      const going = idList(doomed);
      await refuseWhenReferredTo(tx, `the work of worker ${quote(worker.name)}`, [
        {
          named: ['artifact', 'artifacts'],
          rows: sql`select id from db_artifact where created_by_work_request_id in ${going}`,
        },
      ]);
      await tx
        .delete(workRequestDependencies)
        .where(sql`from_workrequest_id in ${going} or to_workrequest_id in ${going}`);
      await tx.delete(workRequests).where(sql`id in ${going}`);
    }
    await tx.delete(workers).where(eq(workers.id, id));
    return doomed;
  });
}

/**
 * Deletes a registration made by mistake: an external worker that no work request refers to, together with its
 * token.
 *
 * Source: cli.md 8.3, stricter than the model as a guard for people.
 * @returns id of the token that went with it
 * @throws NotFoundError when there is no such worker
 * @throws ProtectedError when it is internal or work requests refer to it; nothing is changed then
 */
export function removeRegistration(db: Db, id: Id<'Worker'>): Promise<Id<'Token'> | null> {
  return transaction(db, async (tx) => {
    const worker = await lock(tx, id);
    await refuseInUse(tx, worker);
    const { tokenId } = worker;
    await remove(tx, id);
    if (tokenId !== null) await removeTokens(tx, [tokenId]);
    return tokenId;
  });
}

/**
 * Looks whether a registration can be deleted; nothing is changed.
 * @throws ProtectedError when the worker is internal, or work requests refer to it
 */
export async function refuseInUse(db: Db, worker: Worker): Promise<void> {
  const { id, name, internal } = worker;
  if (internal) {
    throw new ProtectedError(`worker ${quote(name)} is internal`, { details: { kind: 'worker', name } });
  }
  const count = await db.$count(workRequests, eq(workRequests.workerId, id));
  if (count > 0) throw hasWorkRequests(worker, count);
}

async function lock(tx: Db, id: Id<'Worker'>): Promise<Worker> {
  // A work request that somebody assigns to the worker now waits for this lock at its commit, and is refused there.
  const rows = await tx.select().from(workers).where(eq(workers.id, id)).for('update');
  return one(rows, `worker ${id} not found`, 'see debusine-admin list-workers');
}

/** The work requests of the worker and all that is below them. */
function lockWorkRequests(
  tx: Db,
  id: Id<'Worker'>,
): Promise<readonly Pick<WorkRequest, 'id' | 'workerId'>[]> {
  return (
    tx
      .select({ id: workRequests.id, workerId: workRequests.workerId })
      .from(workRequests)
      .where(
        sql`${workRequests.id} in (
        with recursive doomed as (
          select id from db_workrequest where worker_id = ${id}::bigint
          union
          select r.id from db_workrequest r join doomed on r.parent_id = doomed.id
        )
        select id from doomed
      )`,
      )
      .orderBy(workRequests.id)
      // An artifact that one of them makes now waits for this lock at its commit, and is refused there.
      .for('update')
  );
}

function hasWorkRequests({ name }: Worker, count: number): ProtectedError {
  return new ProtectedError(
    `worker ${quote(name)} has run ${count} work ${count === 1 ? 'request' : 'requests'}`,
    {
      hint: `debusine-admin manage-worker disable ${name}`,
      details: { kind: 'worker', name, work_requests: count },
    },
  );
}
