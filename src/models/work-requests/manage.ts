/** Changes that an administrator makes by hand. Source: cli.md 8.10 (manage-work-request). */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { ArgumentError, InvalidTransitionError } from '../../errors.ts';
import { type Status, type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';
import { abortedWith } from './affected.ts';
import { getAll } from './find.ts';
import { grouped } from './grouped.ts';
import { abort as giveUp } from './lifecycle.ts';
import { holding } from './locks.ts';

/** What became of a request. */
export interface ManagedWorkRequest {
  readonly id: Id<'WorkRequest'>;
  readonly status: Status;
  /** False when it was so before. */
  readonly changed: boolean;
}

export interface AbortedWorkRequest extends ManagedWorkRequest {
  /** What went with it: its dependants, and with `recursive` what is inside of it. Each is named once. */
  readonly also_changed: readonly Id<'WorkRequest'>[];
}

/**
 * Gives requests up, and what waits for them: all or none. Programs that run on workers are not stopped.
 * @param options `recursive` also what is inside of them, at any depth, and what waits for that
 * @returns the requests by id
 * @param at becomes `completed_at` of those that change
 * @throws InvalidTransitionError when one of them is completed; nothing is changed then
 * @throws NotFoundError when one of them does not exist
 */
export function abort(
  db: Db,
  ids: readonly Id<'WorkRequest'>[],
  { recursive = false }: { readonly recursive?: boolean },
  at: Timestamp,
): Promise<readonly AbortedWorkRequest[]> {
  const first = sql`select r.id from db_workrequest r where r.id in ${idList(ids)}`;
  return holding(db, abortedWith(first, { withChildren: recursive }), async (tx, affected) => {
    const asked = await getAll(tx, [...new Set(ids)]);
    refuseCompleted(asked);
    const unchanged = new Set(asked.filter(({ status }) => status === 'aborted').map(({ id }) => id));
    const gone = affected.filter((id) => !unchanged.has(id));
    await giveUp(tx, gone, at);
    const causes = await causesOf(tx, asked, gone, recursive);
    return asked.map(({ id }) => ({
      id,
      status: 'aborted' as const,
      changed: !unchanged.has(id),
      also_changed: causes.get(id) ?? [],
    }));
  });
}

/** @throws InvalidTransitionError for the first of them that is completed, which cannot be aborted */
export function refuseCompleted(requests: readonly Pick<WorkRequest, 'id' | 'status'>[]): void {
  for (const { id, status } of requests) {
    if (status === 'completed') throw refused(id, 'is completed and cannot be aborted', status);
  }
}

/** For each of the requests that were asked for what it took with it; what several of them take, the first one has. */
async function causesOf(
  tx: Db,
  asked: readonly WorkRequest[],
  gone: readonly Id<'WorkRequest'>[],
  recursive: boolean,
): Promise<ReadonlyMap<number, readonly Id<'WorkRequest'>[]>> {
  const askedIds = new Set<number>(asked.map(({ id }) => id));
  const taken = gone.filter((id) => !askedIds.has(id));
  if (taken.length === 0) return new Map();
  const links = await tx.execute<{ cause: string; id: string }>(sql`
    select l.to_workrequest_id as cause, l.from_workrequest_id as id
    from db_workrequest_dependencies l
    where l.from_workrequest_id in ${idList(taken)}
    ${recursive ? sql`union select r.parent_id, r.id from db_workrequest r where r.id in ${idList(taken)}` : sql``}`);
  const effects = grouped(links, ({ cause }) => Number(cause));
  const left = new Set<number>(taken);
  return new Map(
    asked.map(({ id }) => {
      const found: Id<'WorkRequest'>[] = [];
      const pending: number[] = [id];
      for (let cause = pending.pop(); cause !== undefined; cause = pending.pop()) {
        for (const effect of effects.get(cause) ?? []) {
          const next = Number(effect.id) as Id<'WorkRequest'>;
          if (!left.delete(next)) continue;
          found.push(next);
          pending.push(next);
        }
      }
      return [id, found.sort((a, b) => a - b)];
    }),
  );
}

/**
 * Lets blocked requests go: all or none. What is pending already stays so.
 * @param options `force` also when dependencies are not completed
 * @returns the requests by id
 * @throws InvalidTransitionError when one of them is neither blocked nor pending, waits for dependencies that are not
 *   completed although it is not to be unblocked by hand, or is in a workflow that does not run
 * @throws NotFoundError when one of them does not exist
 */
export function unblock(
  db: Db,
  ids: readonly Id<'WorkRequest'>[],
  { force = false }: { readonly force?: boolean } = {},
): Promise<readonly ManagedWorkRequest[]> {
  return managing(db, ids, async (tx, requests) => {
    const blocked = requests.filter(({ id, status }) => {
      if (status === 'blocked' || status === 'pending') return status === 'blocked';
      throw refused(id, `is ${status}, not blocked`, status);
    });
    await refuseObstacles(tx, blocked, force);
    await tx
      .update(workRequests)
      .set({ status: 'pending' })
      .where(sql`${workRequests.id} in ${idList(blocked.map(({ id }) => id))}`);
    return requests.map(({ id, status }) => ({ id, status: 'pending', changed: status === 'blocked' }));
  });
}

async function refuseObstacles(tx: Db, blocked: readonly WorkRequest[], force: boolean): Promise<void> {
  const obstacles = await tx.execute<{ id: string; parent: string | null; open: string | null }>(sql`
    select r.id, p.id as parent, open.ids as open
    from db_workrequest r
    left join db_workrequest p on p.id = r.parent_id and p.status <> 'running'
    left join lateral (
      select string_agg(o.id::text, ', ' order by o.id) as ids
      from db_workrequest_dependencies l
      join db_workrequest o on o.id = l.to_workrequest_id
      where l.from_workrequest_id = r.id and o.status <> 'completed' and r.unblock_strategy <> 'manual'
        and not ${force}::boolean
    ) open on true
    where r.id in ${idList(blocked.map(({ id }) => id))} and (p.id is not null or open.ids is not null)
    order by r.id
    limit 1`);
  for (const { id, parent, open } of obstacles) {
    if (open !== null)
      throw refused(Number(id), `waits for ${open}`, 'blocked', '--force unblocks it all the same');
    throw refused(Number(id), `is in workflow ${parent}, which is not running`, 'blocked');
  }
}

/** How far a priority can be adjusted, in either direction. */
export const priorityLimit = 1_000_000;

/** The new adjustment, or what is added to the present one. */
export type PriorityChange = { readonly set: number } | { readonly add: number };

/**
 * Adjusts the priority of requests: all or none.
 * @returns the requests by id
 * @throws InvalidTransitionError when one of them is completed or aborted
 * @throws ArgumentError when an adjustment would be beyond ±1000000
 * @throws NotFoundError when one of them does not exist
 */
export function changePriority(
  db: Db,
  ids: readonly Id<'WorkRequest'>[],
  change: PriorityChange,
): Promise<readonly (ManagedWorkRequest & { readonly priority_adjustment: number })[]> {
  return managing(db, ids, async (tx, requests) => {
    const changed = requests.map(({ id, status, priorityAdjustment: before }) => {
      if (status === 'completed' || status === 'aborted') throw refused(id, `is ${status}`, status);
      const after = 'set' in change ? change.set : before + change.add;
      if (!Number.isInteger(after) || Math.abs(after) > priorityLimit) {
        throw new ArgumentError(
          `the priority of work request ${id} would be adjusted by ${after}, beyond ${priorityLimit}`,
        );
      }
      return { id, status, changed: after !== before, priority_adjustment: after };
    });
    await tx.execute(sql`
      update db_workrequest r
      set priority_adjustment = c.priority_adjustment
      from jsonb_to_recordset(${JSON.stringify(changed)}::text::jsonb) c (id bigint, priority_adjustment integer)
      where r.id = c.id`);
    return changed;
  });
}

/**
 * Takes requests back from their workers: pending again, never started. All or none. The workers are not told.
 * @returns the requests by id
 * @throws InvalidTransitionError when one of them is neither pending nor running, or runs without a worker
 * @throws NotFoundError when one of them does not exist
 */
export function unassign(db: Db, ids: readonly Id<'WorkRequest'>[]): Promise<readonly ManagedWorkRequest[]> {
  return managing(db, ids, async (tx, requests) => {
    const changed = requests.map(({ id, status, workerId, startedAt }) => {
      if (status !== 'pending' && status !== 'running') throw refused(id, `is ${status}`, status);
      // A workflow, for one: it runs by itself, and nobody would start it again.
      if (status === 'running' && workerId === null) throw refused(id, 'runs without a worker', status);
      return { id, status: 'pending' as const, changed: workerId !== null || startedAt !== null };
    });
    await tx
      .update(workRequests)
      .set({ workerId: null, status: 'pending', startedAt: null })
      .where(sql`${workRequests.id} in ${idList(changed.filter((one) => one.changed).map(({ id }) => id))}`);
    return changed;
  });
}

/** Does `work` with the requests as they are, locked: nobody changes them between the look and the change. */
function managing<T>(
  db: Db,
  ids: readonly Id<'WorkRequest'>[],
  work: (tx: Db, requests: readonly WorkRequest[]) => Promise<T>,
): Promise<T> {
  const wanted = sql`select r.id from db_workrequest r where r.id in ${idList(ids)}`;
  return holding(db, wanted, async (tx) => work(tx, await getAll(tx, [...new Set(ids)])));
}

function refused(id: number, reason: string, status: Status, hint?: string): InvalidTransitionError {
  return new InvalidTransitionError(`work request ${id} ${reason}`, {
    hint,
    details: { work_request: id, status },
  });
}
