import { realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { DatabaseError } from '../../errors.ts';
import { applicationPrefix } from './connection.ts';
import { isKept } from './keep-running.ts';
import { isSameRun, readPostmaster, type Postmaster } from './postmaster.ts';
import { within } from './time-limit.ts';

/**
 * Each user of the server holds this advisory lock shared; whoever gets it alone may stop the server. The number
 * is "debusine" in ASCII. Advisory locks belong to a database, so everybody uses the same one.
 */
const lockKey = '7234298769640844901';

/** How long the server may take for one of the short statements here, in milliseconds. */
const statementLimitMs = 5000;

/** How long a server that was told to stop is watched, in milliseconds. */
const stoppingLimitMs = 2000;

/** A session that is known to hold the lock shared. */
export interface Session {
  /** Process id of its backend. */
  readonly backend: number;
  /** The server's clock when it registered. */
  readonly at: string;
}

/**
 * Registers the session as a user of the server.
 * @returns null when the server is being stopped: try again on a new connection.
 * @throws DatabaseError when another cluster answers.
 */
export async function register(
  sql: Sql,
  server: Postmaster,
  data: string,
  limitMs: number,
): Promise<Session | null> {
  const [row] = await within(
    limitMs,
    sql.unsafe<{ registered: boolean; directory: string; backend: number; at: string }[]>(
      `select pg_try_advisory_lock_shared(${lockKey}) as registered,
         current_setting('data_directory') as directory, pg_backend_pid() as backend, now()::text as at`,
    ),
  );
  if (row === undefined || !row.registered) return null;
  if (row.directory !== data && realpathSync(row.directory) !== realpathSync(data)) {
    throw new DatabaseError(
      'database_unreachable',
      `the server on ${server.socket} serves ${row.directory}, not ${data}`,
    );
  }
  // Whoever stops the server keeps its session until the file says so. Seeing "ready" while holding the lock
  // therefore means that nobody will stop it under us.
  const found = readPostmaster(data);
  return found?.status === 'ready' && isSameRun(found, server) ? { backend: row.backend, at: row.at } : null;
}

/**
 * Gives the registration back.
 * @returns whether the session now holds the lock alone: nobody else is registered.
 */
export async function unregister(sql: Sql, limitMs = statementLimitMs): Promise<boolean> {
  const [row] = await within(
    limitMs,
    sql.unsafe<{ last: boolean }[]>(
      `select pg_advisory_unlock_shared(${lockKey}), pg_try_advisory_lock(${lockKey}) as last`,
    ),
  );
  return row?.last ?? false;
}

/** Tries to get the lock alone, for a session that is not registered. */
export async function tryAlone(sql: Sql): Promise<boolean> {
  const [row] = await within(
    statementLimitMs,
    sql.unsafe<{ last: boolean }[]>(`select pg_try_advisory_lock(${lockKey}) as last`),
  );
  return row?.last ?? false;
}

/** Gives the lock back to those who want to register. */
export async function giveWay(sql: Sql): Promise<void> {
  await within(statementLimitMs, sql.unsafe(`select pg_advisory_unlock(${lockKey})`));
}

/**
 * Ends the backend of a session of ours that does not answer any more.
 * @returns whether it is still there; it takes a moment to end.
 */
export async function endBackend(sql: Sql, { backend, at }: Session): Promise<boolean> {
  // A backend that was started after we registered only has the same process id.
  const ended = await within(
    statementLimitMs,
    sql`select pg_terminate_backend(pid) from pg_stat_activity
        where pid = ${backend} and backend_start <= ${at}::timestamptz`,
  );
  return ended.length > 0;
}

/**
 * Whether programs that do not register are connected: somebody's psql. One that has just been closed needs a
 * moment to disappear, so they are looked at more than once.
 */
export async function hasOutsiders(sql: Sql): Promise<boolean> {
  for (const pauseMs of [0, 5, 10, 20]) {
    if (pauseMs > 0) await delay(pauseMs);
    const [row] = await within(
      statementLimitMs,
      sql.unsafe<{ present: boolean }[]>(
        `select exists (
           select from pg_stat_activity
           where backend_type = 'client backend' and pid <> pg_backend_pid()
             and application_name not like '${applicationPrefix}%'
         ) as present`,
      ),
    );
    if (row?.present !== true) return false;
  }
  return true;
}

/**
 * Stops the server, to be called by the session that holds the lock alone, unless the server is to be kept running
 * or outsiders use it.
 * @returns whether it was told to stop.
 */
export async function stopServer(sql: Sql, data: string): Promise<boolean> {
  const server = readPostmaster(data);
  if (server === null || server.pid === null || isKept(data, server)) return false;
  if (await hasOutsiders(sql)) return false;
  process.kill(server.pid, 'SIGINT');
  // The session must stay: with it goes the lock, and a newcomer who gets the lock while the file still says
  // "ready" would be ended by this very stop.
  const end = performance.now() + stoppingLimitMs;
  while (performance.now() < end) {
    const found = readPostmaster(data);
    if (found?.status !== 'ready' || !isSameRun(found, server)) break;
    await delay(2);
  }
  return true;
}
