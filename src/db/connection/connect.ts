/** Opens a connection as libpq would, and says in one line why it cannot. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Options, PostgresType, Sql } from 'postgres';
import { DatabaseError, type DebusineError, InterruptedError } from '../../errors.ts';
import {
  addressOf,
  type ConnectionParameters,
  type Host,
  isSocket,
  socketPath,
  type SslMode,
} from './parameters.ts';

export interface Connected {
  readonly sql: Sql;
  /** Ends the connection at once; never throws. A transaction that is open is rolled back by the server. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly applicationName: string;
  readonly signal?: AbortSignal;
}

type Transport = 'plain' | 'encrypted';

/**
 * Connects to the first server that will do, and proves that it answers.
 * @throws DatabaseError naming the address, never the password
 */
export async function connect(parameters: ConnectionParameters, options: ConnectOptions): Promise<Connected> {
  let failure: DebusineError | undefined;
  for (const host of parameters.hosts) {
    for (const transport of transports(parameters.sslMode, host)) {
      options.signal?.throwIfAborted();
      const attempt = await tryHost(parameters, host, transport, options);
      if ('sql' in attempt) return attempt;
      failure = attempt.failure;
      if (!attempt.isWorthAnotherTransport) break;
    }
  }
  throw failure ?? new DatabaseError('database_unreachable', 'no database server is given');
}

/** What to try for each of libpq's modes, in order; sockets are never encrypted. */
function transports(mode: SslMode, host: Host): readonly Transport[] {
  if (isSocket(host) || mode === 'disable') return ['plain'];
  if (mode === 'allow') return ['plain', 'encrypted'];
  if (mode === 'prefer') return ['encrypted', 'plain'];
  return ['encrypted'];
}

type Attempt = Connected | { readonly failure: DebusineError; readonly isWorthAnotherTransport: boolean };

async function tryHost(
  parameters: ConnectionParameters,
  host: Host,
  transport: Transport,
  options: ConnectOptions,
): Promise<Attempt> {
  const { default: postgres } = await import('postgres');
  const password = host.password ?? parameters.password;
  const target = isSocket(host) ? { path: socketPath(host) } : { host: host.address ?? host.host };
  const { options: parsed } = postgres({
    ...target,
    port: host.port,
    user: parameters.user,
    // Without a password the driver would look at the environment itself.
    pass: password ?? '',
    password: password ?? '',
    database: parameters.database,
    ssl: transport === 'encrypted' ? tls(parameters, host) : false,
    max: 1,
    fetch_types: false,
    prepare: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: parameters.connectTimeoutSeconds,
    // A failed attempt is for us to judge; the driver would go on trying.
    backoff: () => 0,
    onnotice: () => undefined,
    // Any word of the driver's keeps it from reading the environment; it is taken away again below.
    target_session_attrs: 'primary',
    connection: {
      application_name: parameters.applicationName ?? options.applicationName,
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      client_encoding: 'UTF8',
      ...(parameters.options === undefined ? {} : { options: parameters.options }),
    },
  } as unknown as Options<Record<string, PostgresType>>);
  // The driver would connect for ever to a server that is not of the wanted kind. We ask the server ourselves.
  const sql = postgres({ ...parsed, target_session_attrs: undefined } as unknown as Options<
    Record<string, PostgresType>
  >);
  const close = async (): Promise<void> => {
    await sql.end({ timeout: 0 }).catch(() => undefined);
  };
  const onAbort = (): void => void close();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  // The driver dials again and again when a server hangs up without a word, each time with a new time limit.
  let isLate = false;
  const onLate = (): void => {
    isLate = true;
    void close();
  };
  const seconds = parameters.connectTimeoutSeconds;
  const limit = seconds === 0 ? undefined : setTimeout(onLate, seconds * 1000);
  try {
    const wanted = parameters.targetSessionAttrs;
    if (wanted !== undefined && wanted !== 'any' && wanted !== 'prefer-standby') {
      const [row] = await sql.unsafe<{ standby: boolean; read_only: string }[]>(
        `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') as read_only`,
      );
      const isStandby = row?.standby === true;
      const isReadOnly = isStandby || row?.read_only === 'on';
      const fits =
        wanted === 'standby'
          ? isStandby
          : wanted === 'primary'
            ? !isStandby
            : isReadOnly === (wanted === 'read-only');
      if (!fits) {
        await close();
        const failure = new DatabaseError(
          'database_unreachable',
          `the database at ${addressOf(host)} is not ${wanted}, which target_session_attrs asks for`,
        );
        return { failure, isWorthAnotherTransport: false };
      }
    } else {
      await sql.unsafe('select 1');
    }
    return { sql, close };
  } catch (error) {
    await close();
    if (options.signal?.aborted === true)
      throw new InterruptedError(String(options.signal.reason) as NodeJS.Signals);
    const reason = isLate
      ? Object.assign(new Error('no answer in time'), { code: 'CONNECT_TIMEOUT' })
      : error;
    return { failure: explain(reason, parameters, host), isWorthAnotherTransport: !isFinal(reason) };
  } finally {
    clearTimeout(limit);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function tls(parameters: ConnectionParameters, host: Host): Record<string, unknown> {
  const { sslMode, sslRootCert, sslCert, sslKey, sslCrl } = parameters;
  const ca = sslRootCert === undefined || sslRootCert === 'system' ? undefined : readPem(sslRootCert);
  // Without a root certificate any certificate of any public authority would do.
  if (sslRootCert === undefined && (sslMode === 'verify-ca' || sslMode === 'verify-full')) {
    throw new DatabaseError(
      'database_unreachable',
      `sslmode=${sslMode} needs a root certificate to check with`,
      {
        hint: 'name its file in PGSSLROOTCERT, or put it into ~/.postgresql/root.crt',
      },
    );
  }
  // As in libpq: `require` checks the chain when there is a root certificate, and nothing otherwise.
  const checksChain =
    sslMode === 'verify-ca' || sslMode === 'verify-full' || (sslMode === 'require' && ca !== undefined);
  return {
    rejectUnauthorized: checksChain,
    // A certificate cannot be asked for by address.
    ...(isIP(host.host) === 0 ? { servername: host.host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(sslCrl === undefined ? {} : { crl: readPem(sslCrl) }),
    ...(sslCert === undefined || sslKey === undefined
      ? {}
      : { cert: readPem(sslCert), key: readPem(sslKey) }),
    // Only verify-full looks at the name.
    ...(sslMode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new DatabaseError('database_unreachable', `cannot read the certificate file ${file}`);
  }
}

/** Failures that another kind of transport cannot mend. */
function isFinal(error: unknown): boolean {
  const code = codeOf(error);
  return [
    'ECONNREFUSED',
    'ENOENT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'CONNECT_TIMEOUT',
    'EACCES',
    '3D000',
  ].includes(code);
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOENT: 'there is no server',
  EACCES: 'permission denied',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no answer',
  CONNECT_TIMEOUT: 'no answer in time',
  ECONNRESET: 'the connection was cut',
  CONNECTION_CLOSED: 'the connection was closed',
  CONNECTION_ENDED: 'the connection was closed',
  CONNECTION_DESTROYED: 'the connection was closed',
  '57P03': 'the server is starting up or shutting down',
  '53300': 'the server has no connection free',
};

/** The driver's error carries its options, the password among them, so nothing of it but words is kept. */
function explain(error: unknown, parameters: ConnectionParameters, host: Host): DebusineError {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error);
  const where = `${addressOf(host)} as ${parameters.user}`;
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
  if (code.startsWith('28')) {
    return new DatabaseError('database_auth', `the database at ${where} refuses the login: ${message}`, {
      hint: 'look at user and password: PGUSER, PGPASSWORD, ~/.pgpass or DATABASE_URL',
    });
  }
  if (code === '3D000') {
    return new DatabaseError(
      'database_missing',
      `the database server at ${where} has no database "${parameters.database}"`,
      {
        hint: 'create it with createdb, then run debusine-admin database migrate',
      },
    );
  }
  const reason = words[code] ?? message;
  return new DatabaseError('database_unreachable', `cannot reach the database at ${where}: ${reason}`, {
    hint: 'see whether the server runs; set DATABASE_URL or PGHOST',
  });
}
