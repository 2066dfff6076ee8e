/** Connections and load of workers. Source: models.md 3.19, 3.20, 3.23. */
import { and, asc, eq, isNotNull, or, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { tokens } from '../../schema/tokens.ts';
import { type Worker, workers } from '../../schema/workers.ts';
import type { Timestamp } from '../../timestamp.ts';

/** Whether the worker is connected. Source: `Worker.connected`. */
export function isConnected(worker: Worker): boolean {
  return worker.connectedAt !== null;
}

/** Notes that the worker is connected; nothing else is written. Source: `Worker.mark_connected`. @throws NotFoundError */
export function markConnected(db: Db, id: Id<'Worker'>, at: Timestamp): Promise<Worker> {
  return setConnectedAt(db, id, at);
}

/** Notes that the worker has gone; nothing else is written. Source: `Worker.mark_disconnected`. @throws NotFoundError */
export function markDisconnected(db: Db, id: Id<'Worker'>): Promise<Worker> {
  return setConnectedAt(db, id, null);
}

async function setConnectedAt(db: Db, id: Id<'Worker'>, connectedAt: Timestamp | null): Promise<Worker> {
  const rows = await db.update(workers).set({ connectedAt }).where(eq(workers.id, id)).returning();
  return one(rows, `worker ${id} not found`);
}

const load = sql`(
  select count(*)
  from db_workrequest r
  where r.worker_id = ${workers.id} and r.status in ('pending', 'running')
)`;

/**
 * Whether the worker can take no more work: as many of its work requests are pending or running as its `concurrency`
 * allows. With a concurrency of 0 it is always busy.
 *
 * Source: `Worker.is_busy` in the mission document.
 * @throws NotFoundError when there is no such worker
 */
export async function isBusy(db: Db, id: Id<'Worker'>): Promise<boolean> {
  const rows = await db
    .select({ busy: sql<boolean>`${load} >= ${workers.concurrency}` })
    .from(workers)
    .where(eq(workers.id, id));
  return one(rows, `worker ${id} not found`).busy;
}

/**
 * Workers that are connected, may work (internal, or with an enabled token) and have room for another work request;
 * oldest connection first. The answer is stale at once: lock the row and ask `isBusy` again before assigning.
 *
 * Source: `WorkerManager.waiting_for_work_request` in the mission document.
 */
export async function waitingForWorkRequest(db: Db): Promise<readonly Worker[]> {
  const rows = await db
    .select({ worker: workers })
    .from(workers)
    .leftJoin(tokens, eq(tokens.id, workers.tokenId))
    .where(
      and(
        isNotNull(workers.connectedAt),
        or(workers.internal, eq(tokens.enabled, true)),
        sql`${load} < ${workers.concurrency}`,
      ),
    )
    .orderBy(asc(workers.connectedAt), asc(workers.id));
  return rows.map(({ worker }) => worker);
}
