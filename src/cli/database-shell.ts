/** `database shell`: psql on the connection that all commands use. Source: cli.md 8.13. */
import { spawn } from 'node:child_process';
import type { ConnectionParameters } from '../db/connection/parameters.ts';
import { acquire } from '../db/embedded/lease.ts';
import { embeddedPaths } from '../db/embedded/paths.ts';
import { databaseName, superuser } from '../db/embedded/settings.ts';
import { DatabaseError, StorageError } from '../errors.ts';
import type { Context } from './context.ts';

/**
 * @returns the exit status of psql
 * @throws StorageError when psql is not installed
 */
export async function runPsql(context: Context, words: readonly string[]): Promise<number> {
  const { settings, host } = context;
  const { database } = settings;
  switch (database.kind) {
    case 'server':
      return psql(context, connectionVariables(database.connection), words);
    case 'none':
      throw new DatabaseError('database_missing', 'no database is configured', {
        hint: 'set DATABASE_URL or PGHOST, or run debusine-admin database init',
      });
    case 'embedded': {
      // While the lease is held the server stays.
      const lease = await acquire(embeddedPaths(host.env), {
        applicationName: 'debusine-admin database shell',
      });
      try {
        const { socket, port } = lease.server;
        return await psql(
          context,
          { PGHOST: socket, PGPORT: String(port), PGUSER: superuser, PGDATABASE: databaseName },
          words,
        );
      } finally {
        await lease.release();
      }
    }
  }
}

/** The connection as libpq's variables, which other accounts cannot read, as they can arguments. */
export function connectionVariables(connection: ConnectionParameters): Readonly<Record<string, string>> {
  const { hosts, user, password = hosts[0]?.password, database, sslMode } = connection;
  const addresses = hosts.map(({ address }) => address ?? '');
  const optional = {
    PGPASSWORD: password,
    PGHOSTADDR: addresses.every((address) => address === '') ? undefined : addresses.join(','),
    PGSSLROOTCERT: connection.sslRootCert,
    PGSSLCRL: connection.sslCrl,
    PGSSLCERT: connection.sslCert,
    PGSSLKEY: connection.sslKey,
    PGAPPNAME: connection.applicationName ?? 'debusine-admin database shell',
    PGOPTIONS: connection.options,
    PGTARGETSESSIONATTRS: connection.targetSessionAttrs,
    PGCONNECT_TIMEOUT:
      connection.connectTimeoutSeconds === 0 ? undefined : String(connection.connectTimeoutSeconds),
  };
  return {
    PGHOST: hosts.map((server) => server.host).join(','),
    PGPORT: hosts.map(({ port }) => String(port)).join(','),
    PGUSER: user,
    PGDATABASE: database,
    PGSSLMODE: sslMode,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function psql(
  { host }: Context,
  connection: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<number> {
  // What is decided here must not be decided again by variables that happen to be set.
  const others = Object.entries(host.env).filter(([name]) => !/^(PG[A-Z]|DATABASE_URL)/.test(name));
  return new Promise((resolve, reject) => {
    const child = spawn('psql', words, {
      stdio: 'inherit',
      env: { ...Object.fromEntries(others), ...connection },
    });
    child.once('error', () => {
      reject(new StorageError('psql is not installed', { hint: 'on Debian: apt install postgresql-client' }));
    });
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}
