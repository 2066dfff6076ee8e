/** Letting workers work, or stopping them. Source: cli.md 8.3 (manage-worker). */
import { asc, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { InvalidTransitionError } from '../../errors.ts';
import { workRequests } from '../../schema/work-requests.ts';
import { type Worker, workers } from '../../schema/workers.ts';
import { idList } from '../lists.ts';
import { setEnabled } from '../tokens.ts';

/** What switching did to a worker. */
export interface SwitchedWorker {
  readonly name: string;
  readonly enabled: boolean;
  /** False when its token was so before and no work request was returned. */
  readonly changed: boolean;
  /** Ids of the work requests that went back to the queue, ascending. */
  readonly returned_work_requests: readonly Id<'WorkRequest'>[];
}

/**
 * Lets workers take work: enables their tokens. All or none.
 * @returns the workers in the order given
 * @throws NotFoundError when one does not exist
 * @throws InvalidTransitionError when one has no token
 */
export function enable(db: Db, ids: readonly Id<'Worker'>[]): Promise<readonly SwitchedWorker[]> {
  return transaction(db, async (tx) => {
    const found = await lockWithTokens(tx, ids, 'it is always enabled');
    return switchTokens(tx, found, true, new Map());
  });
}

/**
 * Stops workers: disables their tokens and gives every pending or running work request they have back to the queue,
 * as if it had never been assigned. All or none. Nobody is told; what runs on a worker's machine goes on, but its
 * result will be refused.
 * @returns the workers in the order given
 * @throws NotFoundError when one does not exist
 * @throws InvalidTransitionError when one has no token
 */
export function disable(db: Db, ids: readonly Id<'Worker'>[]): Promise<readonly SwitchedWorker[]> {
  return transaction(db, async (tx) => {
    // Workers before work requests, as everybody does: see work-requests/locks.ts. Nobody can start a work request of
    // one of them now, nor give them more who locks the worker and looks at its token first, as a scheduler has to.
    const found = await lockWithTokens(tx, ids, 'it cannot be disabled');
    const returned = await returnToQueue(tx, await lockAssigned(tx, ids));
    return switchTokens(tx, found, false, returned);
  });
}

type Assignment = Readonly<{ id: Id<'WorkRequest'>; workerId: Id<'Worker'> | null }>;

function lockAssigned(tx: Db, ids: readonly Id<'Worker'>[]): Promise<readonly Assignment[]> {
  return tx
    .select({ id: workRequests.id, workerId: workRequests.workerId })
    .from(workRequests)
    .where(
      sql`${workRequests.workerId} in ${idList(ids)} and ${workRequests.status} in ('pending', 'running')`,
    )
    .orderBy(asc(workRequests.id))
    .for('no key update');
}

/** @returns ids of the work requests by the worker that had them */
async function returnToQueue(
  tx: Db,
  assigned: readonly Assignment[],
): Promise<ReadonlyMap<Id<'Worker'>, readonly Id<'WorkRequest'>[]>> {
  if (assigned.length > 0) {
    const requests = assigned.map(({ id }) => id);
    await tx
      .update(workRequests)
      .set({ status: 'pending', workerId: null, startedAt: null })
      .where(sql`${workRequests.id} in ${idList(requests)}`);
  }
  const returned = new Map<Id<'Worker'>, Id<'WorkRequest'>[]>();
  for (const { id, workerId } of assigned) {
    if (workerId === null) continue;
    const requests = returned.get(workerId);
    if (requests === undefined) returned.set(workerId, [id]);
    else requests.push(id);
  }
  return returned;
}

type WorkerWithToken = Worker & { readonly tokenId: Id<'Token'> };

/** The workers in the order given, each once. */
async function lockWithTokens(
  tx: Db,
  ids: readonly Id<'Worker'>[],
  hint: string,
): Promise<readonly WorkerWithToken[]> {
  const rows = await tx
    .select()
    .from(workers)
    .where(sql`${workers.id} in ${idList(ids)}`)
    .orderBy(asc(workers.id))
    .for('no key update');
  return [...new Set(ids)].map((id) => {
    const worker = one(
      rows.filter((row) => row.id === id),
      `worker ${id} not found`,
    );
    const { tokenId } = worker;
    if (tokenId === null) throw withoutToken(worker, hint);
    return { ...worker, tokenId };
  });
}

function withoutToken({ name }: Worker, hint: string): InvalidTransitionError {
  return new InvalidTransitionError(`worker ${quote(name)} is internal and has no token`, {
    hint,
    details: { kind: 'worker', name },
  });
}

/** @throws InvalidTransitionError for a worker that has no token to switch */
export function refuseWithoutToken(found: readonly Worker[], hint = 'it cannot be disabled'): void {
  const worker = found.find(({ tokenId }) => tokenId === null);
  if (worker !== undefined) throw withoutToken(worker, hint);
}

/** How many work requests these workers have that are pending or running. */
export function assignedCount(db: Db, ids: readonly Id<'Worker'>[]): Promise<number> {
  return db.$count(
    workRequests,
    sql`${workRequests.workerId} in ${idList(ids)} and ${workRequests.status} in ('pending', 'running')`,
  );
}

async function switchTokens(
  tx: Db,
  found: readonly WorkerWithToken[],
  enabled: boolean,
  returned: ReadonlyMap<Id<'Worker'>, readonly Id<'WorkRequest'>[]>,
): Promise<readonly SwitchedWorker[]> {
  const switched = await setEnabled(
    tx,
    found.map(({ tokenId }) => tokenId),
    enabled,
  );
  const changed = new Set(switched.filter((token) => token.changed).map(({ id }) => id));
  return found.map(({ id, name, tokenId }) => {
    const requests = returned.get(id) ?? [];
    return {
      name,
      enabled,
      changed: changed.has(tokenId) || requests.length > 0,
      returned_work_requests: requests,
    };
  });
}
