/** One worker, or several by name. Source: models.md 3.20. */
import { asc, eq, isNotNull, sql } from 'drizzle-orm';
import { hashTokenKey } from '../../data/token-keys.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { type Token, tokens } from '../../schema/tokens.ts';
import { type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import { type Worker, workers } from '../../schema/workers.ts';
import { textList } from '../lists.ts';
import { nameNotFound } from '../names.ts';

/** The worker with that id. @throws NotFoundError */
export async function get(db: Db, id: Id<'Worker'>): Promise<Worker> {
  const rows = await db.select().from(workers).where(eq(workers.id, id));
  return one(rows, `worker ${id} not found`, 'see debusine-admin list-workers');
}

/** The worker of exactly that name. @throws NotFoundError */
export async function getByName(db: Db, name: string): Promise<Worker> {
  const worker = await getWorkerOrNone(db, name);
  if (worker === undefined) throw nameNotFound('worker', name);
  return worker;
}

/** The workers of exactly these names, in the order given. @throws NotFoundError for the first that is missing */
export async function getByNames(db: Db, names: readonly string[]): Promise<readonly Worker[]> {
  const rows = await db
    .select()
    .from(workers)
    .where(sql`${workers.name} in ${textList(names)}`);
  const byName = new Map(rows.map((worker) => [worker.name, worker]));
  return names.map((name) => {
    const worker = byName.get(name);
    if (worker === undefined) throw nameNotFound('worker', name);
    return worker;
  });
}

/** The worker of exactly that name, or undefined. Source: `WorkerManager.get_worker_or_none`. */
export async function getWorkerOrNone(db: Db, name: string): Promise<Worker | undefined> {
  const [worker] = await db.select().from(workers).where(eq(workers.name, name));
  return worker;
}

/**
 * The worker whose token has this key, or undefined. Whether the token is enabled does not matter.
 * Source: `WorkerManager.get_worker_by_token_key_or_none`.
 */
export async function getWorkerByTokenKeyOrNone(db: Db, key: string): Promise<Worker | undefined> {
  const [row] = await db
    .select({ worker: workers })
    .from(workers)
    .innerJoin(tokens, eq(tokens.id, workers.tokenId))
    .where(eq(tokens.hash, hashTokenKey(key)));
  return row?.worker;
}

/** Workers that are connected, oldest connection first. Source: `WorkerManager.connected`. */
export function connected(db: Db): Promise<Worker[]> {
  return db
    .select()
    .from(workers)
    .where(isNotNull(workers.connectedAt))
    .orderBy(asc(workers.connectedAt), asc(workers.id));
}

/** The token of the worker, or null. Source: `Worker.token`. */
export async function token(db: Db, worker: Worker): Promise<Token | null> {
  if (worker.tokenId === null) return null;
  const rows = await db.select().from(tokens).where(eq(tokens.id, worker.tokenId));
  return one(rows, `token ${worker.tokenId} not found`);
}

/** All work requests the worker has or had, whatever their status, by id. Source: `Worker.assigned_work_requests`. */
export function assignedWorkRequests(db: Db, id: Id<'Worker'>): Promise<WorkRequest[]> {
  return db.select().from(workRequests).where(eq(workRequests.workerId, id)).orderBy(asc(workRequests.id));
}
