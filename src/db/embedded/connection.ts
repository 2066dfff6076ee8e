import { join } from 'node:path';
import type { Sql } from 'postgres';
import { openClient } from '../connection/client.ts';
import { openSocket } from '../connection/open-socket.ts';
import type { Postmaster } from './postmaster.ts';
import { databaseName, superuser } from './settings.ts';
import { TimeLimitError } from './time-limit.ts';

/** Begins the `application_name` of every session of ours. Others, such as psql, keep the server from stopping. */
export const applicationPrefix = 'debusine-admin';

/** How long the socket may take to let us in, in milliseconds. */
const socketLimitMs = 10_000;

export interface ConnectionOptions {
  readonly applicationName: string;
  /** Parameters of the session, such as `lock_timeout`. */
  readonly connectionParameters?: Readonly<Record<string, string>> | undefined;
}

/**
 * A client with one connection to the running server, made when it is first used. An application name without our
 * prefix gets it.
 */
export function connect(server: Postmaster, options: ConnectionOptions): Sql {
  const { applicationName, connectionParameters = {} } = options;
  const { sql } = openClient({
    open: () =>
      openSocket(
        { path: join(server.socket, `.s.PGSQL.${server.port}`) },
        AbortSignal.timeout(socketLimitMs),
      ),
    user: superuser,
    password: '',
    database: databaseName,
    parameters: {
      ...connectionParameters,
      application_name: applicationName.startsWith(applicationPrefix)
        ? applicationName
        : `${applicationPrefix}: ${applicationName}`,
      TimeZone: 'UTC',
    },
    prepare: true,
  });
  return sql;
}

/** Closes the connection without waiting for the server. */
export function disconnect(sql: Sql): void {
  sql.end({ timeout: 0 }).catch(() => undefined);
}

/** What the server or the socket answers while the server is on its way up or down. */
const passing = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
  'EAGAIN', // more connections at once than the socket queues
  'EPIPE',
  'ECONNRESET',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
]);

/** @returns whether nobody listens on the socket. */
export function isNobodyThere(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ECONNREFUSED';
}

/** @returns whether the same may succeed in a moment, or cannot because the server has gone. */
export function isPassing(error: unknown): boolean {
  return error instanceof TimeLimitError || isNobodyThere(error) || passing.has(errorCode(error));
}

/** @returns the code of an error of the socket, the driver or the server; empty when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
