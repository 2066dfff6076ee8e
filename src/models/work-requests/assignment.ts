/** Who executes a work request. Source: models.md 3.17.2. */
import { eq } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { afterCommit, transaction } from '../../db/transaction.ts';
import { tokens } from '../../schema/tokens.ts';
import { workers } from '../../schema/workers.ts';
import { type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import type { Notifier } from '../notifier.ts';
import { workRequestsNotFound } from './find.ts';

/**
 * Gives the request to a worker, or to nobody, whatever its state; whether the worker has room is not looked at. Once
 * that is committed the worker is told, if it has a token.
 *
 * Source: `WorkRequest.assign_worker`.
 * @throws NotFoundError when there is no such work request or worker
 */
export function assignWorker(
  db: Db,
  id: Id<'WorkRequest'>,
  workerId: Id<'Worker'> | null,
  notifier?: Notifier,
): Promise<WorkRequest> {
  return transaction(db, async (tx) => {
    const hash = workerId === null ? null : await lockWorker(tx, workerId);
    const [request] = await tx
      .update(workRequests)
      .set({ workerId })
      .where(eq(workRequests.id, id))
      .returning();
    if (request === undefined) throw workRequestsNotFound([id]);
    if (hash !== null && notifier !== undefined) {
      await afterCommit(tx, () => notifier.send(hash, { type: 'work_request.assigned' }));
    }
    return request;
  });
}

/**
 * Keeps the worker from being deleted, nothing else. It would be locked like this at the commit anyhow, but then
 * after the row of the request, against the order of locks.ts.
 * @returns hash of its token, null without token
 */
async function lockWorker(tx: Db, id: Id<'Worker'>): Promise<string | null> {
  const rows = await tx
    .select({ hash: tokens.hash })
    .from(workers)
    .leftJoin(tokens, eq(tokens.id, workers.tokenId))
    .where(eq(workers.id, id))
    .for('key share', { of: workers });
  return one(rows, `worker ${id} not found`, 'see debusine-admin list-workers').hash;
}
