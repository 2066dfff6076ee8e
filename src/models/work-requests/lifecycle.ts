/**
 * The states of a work request and the ways between them. Source: models.md 3.17.1.
 *
 * | before    | markPending | markRunning             | markCompleted | markAborted   |
 * |-----------|-------------|-------------------------|---------------|---------------|
 * | blocked   | → pending   | no                      | no            | → aborted     |
 * | pending   | no          | → running if it may     | → completed   | → aborted     |
 * | running   | no          | yes, nothing changes    | → completed   | → aborted     |
 * | completed | no          | no                      | no            | → aborted     |
 * | aborted   | no          | no                      | no            | stays aborted |
 *
 * "No" is the value false, no error, and nothing has changed then. Of two callers at once exactly one gets true.
 */
import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { transaction } from '../../db/transaction.ts';
import { AssertionError } from '../../errors.ts';
import { workers } from '../../schema/workers.ts';
import { type Result, type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';
import type { Outlets } from '../notifications.ts';
import { abortedWith, affectedByEndOf, unblockedBy } from './affected.ts';
import { processEventReactions } from './event-reactions.ts';
import { get, workRequestsNotFound } from './find.ts';
import { holding } from './locks.ts';

/**
 * Lets a blocked request go. Dependencies and strategy are the caller's business: this is also the unblocking by
 * hand.
 *
 * Source: `WorkRequest.mark_pending`.
 * @returns false when it is not blocked
 * @throws NotFoundError when there is no such work request
 */
export async function markPending(db: Db, id: Id<'WorkRequest'>): Promise<boolean> {
  const moved = await db
    .update(workRequests)
    .set({ status: 'pending' })
    .where(and(eq(workRequests.id, id), eq(workRequests.status, 'blocked')))
    .returning({ id: workRequests.id });
  if (moved.length === 0) await get(db, id);
  return moved.length > 0;
}

/** The request was given to another worker before the lock of its row was got. */
class OtherWorker extends Error {}

/**
 * Says that a worker, or the server, has begun with the request.
 *
 * Source: `WorkRequest.mark_running`.
 * @returns true also when it was running before; false when it is neither that nor pending, when it needs a worker
 *   and has none, and when its worker runs as many as its concurrency allows
 * @param at becomes `started_at`, unless it was running before
 * @throws NotFoundError when there is no such work request
 */
export async function markRunning(db: Db, id: Id<'WorkRequest'>, at: Timestamp): Promise<boolean> {
  for (;;) {
    const { workerId } = await get(db, id);
    try {
      return await transaction(db, (tx) => start(tx, { id, workerId }, at));
    } catch (error) {
      if (!(error instanceof OtherWorker)) throw error;
    }
  }
}

async function start(
  tx: Db,
  { id, workerId }: Pick<WorkRequest, 'id' | 'workerId'>,
  at: Timestamp,
): Promise<boolean> {
  // Two requests of one worker would both see room for one more. So they go one after the other, and the second
  // one counts, in a later statement, what the first one has committed.
  const [worker] =
    workerId === null
      ? []
      : await tx
          .select({ id: workers.id, concurrency: workers.concurrency })
          .from(workers)
          .where(eq(workers.id, workerId))
          .for('no key update');
  const [request] = await tx.select().from(workRequests).where(eq(workRequests.id, id)).for('no key update');
  if (request === undefined) throw workRequestsNotFound([id]);
  // Its worker's row could only be locked now out of order: the locks are given back instead.
  if (request.workerId !== workerId) throw new OtherWorker();
  const needsWorker = request.taskType === 'Worker' || request.taskType === 'Server';
  if (needsWorker && workerId === null) return false;
  if (request.status === 'running') return true;
  if (request.status !== 'pending') return false;
  if (worker !== undefined) {
    const running = await tx.$count(
      workRequests,
      // Written out, so that the index of what workers have to do can be used.
      and(eq(workRequests.workerId, worker.id), sql`${workRequests.status} = 'running'`),
    );
    if (running >= worker.concurrency) return false;
  }
  await tx.update(workRequests).set({ status: 'running', startedAt: at }).where(eq(workRequests.id, id));
  return true;
}

export interface Completion {
  readonly result: Result;
  /** Where notices go; the layer works without any. */
  readonly outlets?: Outlets;
}

/**
 * Says how the request has ended; then lets those go, or aborts those, that wait for it; then does what is to be done
 * on that event. All in one transaction; notices leave after the commit.
 *
 * Source: `WorkRequest.mark_completed`.
 * @returns false when it is neither pending nor running
 * @param at becomes `completed_at`, also that of the requests that are aborted
 * @throws AssertionError when the result is the empty text
 * @throws NotFoundError when there is no such work request
 */
export function markCompleted(
  db: Db,
  id: Id<'WorkRequest'>,
  { result, outlets = {} }: Completion,
  at: Timestamp,
): Promise<boolean> {
  return holding(db, affectedByEndOf(id, result), async (tx) => {
    const { status } = await get(tx, id);
    if (status !== 'pending' && status !== 'running') return false;
    if (result === '') throw new AssertionError(`work request ${id} cannot be completed without a result`);
    const [completed] = await tx
      .update(workRequests)
      .set({ status: 'completed', result, completedAt: at })
      .where(eq(workRequests.id, id))
      .returning();
    if (completed === undefined) throw workRequestsNotFound([id]);
    await actOnDependants(tx, id, at);
    await processEventReactions(tx, completed, outlets, at);
    return true;
  });
}

/**
 * Gives a request up, whatever its state, and with it what waits for it. Its result stays as it is. Nobody is told,
 * neither a worker that is at it; its children are not touched.
 *
 * Source: `WorkRequest.mark_aborted`, decisions D2 and D3.
 * @returns true
 * @param at becomes `completed_at` of all of them, also when it was aborted before
 * @throws NotFoundError when there is no such work request
 */
export function markAborted(db: Db, id: Id<'WorkRequest'>, at: Timestamp): Promise<boolean> {
  const self = sql`select ${id}::bigint as id`;
  return holding(db, abortedWith(self), async (tx, ids) => {
    if (ids.length === 0) throw workRequestsNotFound([id]);
    await abort(tx, ids, at);
    return true;
  });
}

/** Gives up requests that the caller holds. */
export async function abort(tx: Db, ids: readonly Id<'WorkRequest'>[], at: Timestamp): Promise<void> {
  await tx
    .update(workRequests)
    .set({ status: 'aborted', completedAt: at })
    .where(sql`${workRequests.id} in ${idList(ids)}`);
}

/** What the end of a request did to those that wait for it; ids, ascending. */
export interface Consequences {
  readonly pending: readonly Id<'WorkRequest'>[];
  readonly aborted: readonly Id<'WorkRequest'>[];
}

/**
 * Lets those go that wait for a request that has ended well, or aborts them, and what waits for them in turn. To be
 * called only when the request is completed or aborted.
 *
 * Source: `WorkRequest.unblock_reverse_dependencies`, decision D1.
 * @param at becomes `completed_at` of those that are aborted
 */
export function unblockReverseDependencies(
  db: Db,
  id: Id<'WorkRequest'>,
  at: Timestamp,
): Promise<Consequences> {
  // Two dependencies of one request that end at the same moment would each find the other one unfinished, and nobody
  // would unblock it. The lock makes the second one wait for the first one's commit, and look only then.
  return holding(db, affectedByEndOf(id), async (tx, ids) => {
    if (!ids.includes(id)) throw workRequestsNotFound([id]);
    return actOnDependants(tx, id, at);
  });
}

/** The caller holds the request and everything that its end affects. */
async function actOnDependants(tx: Db, id: Id<'WorkRequest'>, at: Timestamp): Promise<Consequences> {
  const pending = await tx
    .update(workRequests)
    .set({ status: 'pending' })
    .where(sql`${workRequests.id} in (${unblockedBy(id)})`)
    .returning({ id: workRequests.id });
  const aborted = await tx
    .update(workRequests)
    .set({ status: 'aborted', completedAt: at })
    .where(
      sql`${workRequests.id} in (${abortedWith(sql`select ${id}::bigint as id`)})
        and ${workRequests.id} <> ${id}::bigint`,
    )
    .returning({ id: workRequests.id });
  const sorted = (rows: readonly { readonly id: Id<'WorkRequest'> }[]) =>
    rows.map((row) => row.id).sort((a, b) => a - b);
  return { pending: sorted(pending), aborted: sorted(aborted) };
}
