import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { DatabaseError } from '../../errors.ts';
import {
  connect,
  disconnect,
  errorCode,
  isNobodyThere,
  isPassing,
  type ConnectionOptions,
} from './connection.ts';
import type { EmbeddedPaths } from './paths.ts';
import { isServing, readPostmaster, type Postmaster } from './postmaster.ts';
import { endBackend, register, stopServer, tryAlone, unregister, type Session } from './registration.ts';
import { ensureRunning } from './server.ts';
import { within } from './time-limit.ts';

/** The right to use the embedded database: while it is held, nobody stops the server. */
export interface Lease {
  /** The one connection of the lease. It holds the registration, so all work is done on it. */
  readonly sql: Sql;
  /** The run of the server that the lease is for. */
  readonly server: Postmaster;
  /**
   * Gives the lease back and closes the connection; the last user stops the server. It takes a few seconds at
   * most, whatever state the connection is in, and it is no error when the server has gone. A second call does
   * nothing.
   */
  release(): Promise<void>;
}

/** How long to try, in milliseconds, including the start of the server. */
const patienceMs = 30_000;

/** How long the connection of a lease may be busy when the lease is released, in milliseconds. */
const busyLimitMs = 1000;

/**
 * Starts the server when it does not run, registers this process as a user of it, and hands out the connection
 * that holds the registration. Safe when many processes call it at once.
 *
 * Source: dependencies.md 3, "Start if needed, stop when last".
 * @throws DatabaseError when there is no cluster, when the server does not answer in 30 seconds, or when it does
 * not accept this account.
 * @throws StorageError when the server does not start.
 */
export async function acquire(paths: EmbeddedPaths, options: ConnectionOptions): Promise<Lease> {
  const deadline = performance.now() + patienceMs;
  let unreachable: Postmaster | null = null;
  for (let pauseMs = 8; ; pauseMs = Math.min(pauseMs * 1.3, 60)) {
    const server = await ensureRunning(paths, deadline, unreachable);
    const { data } = paths;
    const sql = connect(server, options);
    try {
      const session = await register(sql, server, data, Math.max(1, deadline - performance.now()));
      if (session !== null) return lease(data, server, sql, session);
    } catch (error) {
      disconnect(sql);
      if (!isPassing(error)) throw explained(error, server);
      unreachable = isNobodyThere(error) ? server : null;
    }
    disconnect(sql);
    if (performance.now() > deadline) {
      throw new DatabaseError('database_unreachable', 'the embedded PostgreSQL does not answer', {
        hint: `see ${paths.log}`,
      });
    }
    await delay(pauseMs * (0.5 + Math.random()));
  }
}

function lease(data: string, server: Postmaster, sql: Sql, session: Session): Lease {
  let released: Promise<void> | undefined;
  return {
    sql,
    server,
    release: () => (released ??= release(data, sql, session)),
  };
}

async function release(data: string, sql: Sql, session: Session): Promise<void> {
  try {
    if (await leave(sql)) await stopServer(sql, data);
  } catch {
    // The connection is lost, closed or busy. Whether we are the last is then found out on another one.
    disconnect(sql);
    await leaveAnew(data, session);
  } finally {
    disconnect(sql);
  }
}

/** @returns whether this was the last user; then the connection holds the lock alone. */
async function leave(sql: Sql): Promise<boolean> {
  try {
    return await unregister(sql, busyLimitMs);
  } catch (error) {
    if (errorCode(error) !== '25P02') throw error; // A transaction that failed and was left open.
    await within(busyLimitMs, sql.unsafe('rollback'));
    return unregister(sql, busyLimitMs);
  }
}

/** The release on a new connection: ends the old session, then stops the server if nobody else uses it. */
async function leaveAnew(data: string, session: Session): Promise<void> {
  const server = readPostmaster(data);
  if (server?.status !== 'ready' || !isServing(server, data)) return; // Gone, or being stopped by somebody else.
  const sql = connect(server, { applicationName: 'debusine-admin' });
  try {
    for (let attempt = 0; attempt < 50; attempt++) {
      const isThere = await endBackend(sql, session);
      if (await tryAlone(sql)) {
        await stopServer(sql, data);
        return;
      }
      if (!isThere) return; // Others are registered.
      await delay(10);
    }
  } catch {
    // It does not answer: somebody else is stopping it, or the next user finds it and is its last one.
  } finally {
    disconnect(sql);
  }
}

/** What the person is told when the server refuses the connection for good. */
function explained(error: unknown, server: Postmaster): unknown {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === '28000' || code === '28P01') {
    return new DatabaseError(
      'database_auth',
      `the embedded PostgreSQL does not accept this account: ${message}`,
      {
        hint: 'use the account that made the database',
        cause: error,
      },
    );
  }
  if (code === '3D000') {
    return new DatabaseError(
      'database_missing',
      `the embedded PostgreSQL has lost its database: ${message}`,
      {
        cause: error,
      },
    );
  }
  if (code === 'EACCES') {
    return new DatabaseError('database_unreachable', `${server.socket} is closed to this account`, {
      cause: error,
    });
  }
  return error;
}
