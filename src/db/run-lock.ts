/** Commands of which one run at a time works: a courtesy, on which the correctness of none of them depends. */
import { sql } from 'drizzle-orm';
import { LockTimeoutError } from '../errors.ts';
import { type Db, driver, limits } from './database.ts';
import { transaction } from './transaction.ts';

/** An advisory lock of PostgreSQL and the command that takes it. The migrations of the schema have 4041001. */
export interface RunLock {
  readonly number: number;
  readonly command: string;
}

export const runLocks = {
  expiry: { number: 4_041_002, command: 'expire-artifacts' },
  vacuum: { number: 4_041_003, command: 'vacuum-storage' },
} as const satisfies Record<string, RunLock>;

/** How long to wait when nothing is said of it; milliseconds. Source: `--lock-timeout` in cli.md 7.2. */
const defaultWaitMs = 5000;

/**
 * Takes the lock for the session, after waiting as long as the limits of the handle say.
 * @param db not a transaction
 * @throws LockTimeoutError naming the run that has it
 */
export async function takeRunLock(db: Db, lock: RunLock): Promise<void> {
  if (await isPooled(db)) return;
  const [row] = await db.execute<{ taken: boolean }>(
    sql`select pg_try_advisory_lock(${lock.number}::bigint) as taken`,
  );
  if (row?.taken === true) return;
  const waitMs = limits(db).lockTimeoutMs ?? defaultWaitMs;
  if (waitMs > 0 && (await isGivenWithin(db, lock, waitMs))) return;
  throw new LockTimeoutError(`another ${lock.command} run is active${await holder(db, lock)}`, {
    hint: 'try again later',
  });
}

/**
 * Whether somebody stands between us and the server, such as PgBouncer: the process that greeted us is not the one that
 * works for us. In transaction mode a lock of the session would stay with a connection of the pool, and keep all later
 * runs away; so there is none then. It is a courtesy only.
 */
async function isPooled(db: Db): Promise<boolean> {
  const rows = await driver(db).unsafe<{ pid: number }[]>('select pg_backend_pid() as pid');
  // The driver's types do not have it all: its state is what the server said when the connection was made.
  const { pid } = rows.state as unknown as { readonly pid: number | null };
  return pid !== null && rows[0] !== undefined && rows[0].pid !== pid;
}

/** The server waits for us; a polling loop would only guess. */
async function isGivenWithin(db: Db, { number }: RunLock, waitMs: number): Promise<boolean> {
  try {
    await transaction(db, async (tx) => {
      await tx.execute(sql`select set_config('lock_timeout', ${String(Math.ceil(waitMs))}::text, true)`);
      await tx.execute(sql`select pg_advisory_lock(${number}::bigint)`);
    });
    return true;
  } catch (error) {
    if (error instanceof LockTimeoutError) return false;
    throw error;
  }
}

/** Who has the lock, for the message; nothing when it has just been given back. */
async function holder(db: Db, { number }: RunLock): Promise<string> {
  const [other] = await db.execute<{ pid: number; since: string }>(sql`
    select l.pid, to_char(a.backend_start at time zone 'UTC',
      case when a.backend_start > now() - interval '1 day' then '' else 'YYYY-MM-DD ' end || 'HH24:MI:SS"Z"') as since
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and (l.classid::bigint << 32 | l.objid::bigint) = ${number}::bigint
      and l.database = (select oid from pg_database where datname = current_database())
    limit 1`);
  return other === undefined ? '' : ` (pid ${other.pid} since ${other.since})`;
}

/** Gives the lock back, where the connection still is; without it the server has done so. */
export async function releaseRunLock(db: Db, { number }: RunLock): Promise<void> {
  await db.execute(sql`select pg_advisory_unlock(${number}::bigint)`).catch(() => undefined);
}

/** Does `work` while the lock is ours. @throws LockTimeoutError when another run has it */
export async function withRunLock<T>(db: Db, lock: RunLock, work: () => Promise<T>): Promise<T> {
  await takeRunLock(db, lock);
  try {
    return await work();
  } finally {
    await releaseRunLock(db, lock);
  }
}
