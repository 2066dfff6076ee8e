/** Opens a connection as libpq would, and says in one line why it cannot. */
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { checkServerIdentity, type ConnectionOptions as TlsOptions } from 'node:tls';
import { AssertionError, DatabaseError, type DebusineError, InterruptedError } from '../../errors.ts';
import { type Client, openClient } from './client.ts';
import { noEncryption, openSocket } from './open-socket.ts';
import {
  addressOf,
  type ConnectionParameters,
  type Host,
  isSocket,
  type SessionKind,
  socketPath,
  type SslMode,
} from './parameters.ts';
import { loginOnly, notPostgres } from './wire.ts';
import { readSmallFile } from '../../small-file.ts';

export interface ConnectOptions {
  readonly applicationName: string;
  readonly signal?: AbortSignal;
  /** How long the server may be silent while it owes an answer, in milliseconds; absent: for ever. */
  readonly silenceLimitMs?: number | undefined;
  /** Work for the time in which the server makes a session ready; called at most once at every attempt. */
  readonly meanwhile?: (() => void) | undefined;
}

type Transport = 'plain' | 'encrypted';

/**
 * Connects to the first server that will do, and proves that it answers.
 * @throws DatabaseError naming the addresses, never the password
 */
export async function connect(parameters: ConnectionParameters, options: ConnectOptions): Promise<Client> {
  const { targetSessionAttrs: wanted = 'any' } = parameters;
  // As in libpq: a standby of any of the hosts is better than the first host.
  const rounds: readonly SessionKind[] = wanted === 'prefer-standby' ? ['standby', 'any'] : [wanted];
  let failures: readonly DebusineError[] = [];
  for (const kind of rounds) {
    failures = [];
    for (const host of parameters.hosts) {
      const attempt = await tryTransports(parameters, host, kind, options);
      if ('sql' in attempt) return attempt;
      failures = [...failures, attempt.failure];
      // As in libpq: a server that answers but refuses is the one that was meant.
      if (attempt.isRefusal) throw attempt.failure;
    }
  }
  throw together(failures);
}

interface Failure {
  readonly failure: DebusineError;
  /** Whether the server itself refused, so that it is no use to ask another one. */
  readonly isRefusal: boolean;
  readonly isWorthAnotherTransport: boolean;
}

/** What to try for each of libpq's modes, in order; sockets are never encrypted. */
function transports(mode: SslMode, host: Host): readonly Transport[] {
  if (isSocket(host) || mode === 'disable') return ['plain'];
  if (mode === 'allow') return ['plain', 'encrypted'];
  if (mode === 'prefer') return ['encrypted', 'plain'];
  return ['encrypted'];
}

async function tryTransports(
  parameters: ConnectionParameters,
  host: Host,
  kind: SessionKind,
  options: ConnectOptions,
): Promise<Client | Failure> {
  let first: Failure | undefined;
  for (const transport of transports(parameters.sslMode, host)) {
    options.signal?.throwIfAborted();
    const attempt = await tryPatiently(parameters, host, transport, kind, options);
    if ('sql' in attempt) return attempt;
    first ??= attempt;
    if (!attempt.isWorthAnotherTransport) return attempt;
  }
  if (first === undefined) throw new AssertionError('there is no transport to try');
  return first;
}

/** How often, and after how many milliseconds, a server that is about to take connections is asked again. */
const pausesMs: readonly number[] = [100, 200, 400, 800];

/** A server that is starting, or that has no connection free, may have one in a moment. */
async function tryPatiently(
  parameters: ConnectionParameters,
  host: Host,
  transport: Transport,
  kind: SessionKind,
  options: ConnectOptions,
): Promise<Client | Failure> {
  for (const pauseMs of pausesMs) {
    const attempt = await tryHost(parameters, host, transport, kind, options);
    if ('sql' in attempt || !attempt.isPassing) return attempt;
    await delay(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(
      () => undefined,
    );
    throwIfInterrupted(options.signal);
  }
  return tryHost(parameters, host, transport, kind, options);
}

async function tryHost(
  parameters: ConnectionParameters,
  host: Host,
  transport: Transport,
  kind: SessionKind,
  options: ConnectOptions,
): Promise<Client | (Failure & { readonly isPassing: boolean })> {
  const { signal, silenceLimitMs, meanwhile } = options;
  const seconds = parameters.connectTimeoutSeconds;
  const late = new AbortController();
  const tls = transport === 'encrypted' ? tlsOptions(parameters, host) : undefined;
  let wasPlain = false;
  const given = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  // At once: the driver takes its time before it asks for the socket.
  const dialling = openSocket(
    isSocket(host) ? { path: socketPath(host) } : { host: host.address ?? host.host, port: host.port },
    given,
    tls,
    parameters.sslMode === 'prefer',
  );
  dialling.catch(() => undefined);
  const client = openClient({
    async open() {
      const socket = await dialling;
      if (given.aborted) {
        socket.destroy();
        given.throwIfAborted();
      }
      wasPlain = !('encrypted' in socket);
      return socket;
    },
    // By TCP the server asks for the password at once, and is busy after that.
    onGreeting() {
      if (isSocket(host)) meanwhile?.();
      else void import('node:crypto').then(({ pbkdf2Sync }) => pbkdf2Sync);
    },
    onProof() {
      if (!isSocket(host)) meanwhile?.();
    },
    user: parameters.user,
    password: host.password ?? parameters.password ?? '',
    database: parameters.database,
    // A pooler takes these and no others, and tells the server when it hands on the connection.
    parameters: {
      application_name: parameters.applicationName ?? options.applicationName,
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      client_encoding: 'UTF8',
      ...(parameters.options === undefined ? {} : { options: parameters.options }),
    },
    silenceLimitMs,
    prepare: false,
  });
  const limit = seconds === 0 ? undefined : setTimeout(() => late.abort(), seconds * 1000);
  const giveUp = (): void => void client.close();
  signal?.addEventListener('abort', giveUp, { once: true });
  late.signal.addEventListener('abort', giveUp, { once: true });
  try {
    if (await isOfKind(client, kind)) return client;
    await client.close();
    const failure = new DatabaseError(
      'database_unreachable',
      `the database at ${addressOf(host)} is not ${kind}, which target_session_attrs asks for`,
    );
    return { failure, isRefusal: false, isWorthAnotherTransport: false, isPassing: false };
  } catch (error) {
    await client.close();
    throwIfInterrupted(signal);
    const reason = late.signal.aborted
      ? Object.assign(new Error('no answer in time'), { code: 'CONNECT_TIMEOUT' })
      : error;
    const code = codeOf(reason);
    return {
      failure: explain(reason, parameters, host),
      // The server tells by a SQLSTATE; that it is starting is no refusal.
      isRefusal: /^[0-9A-Z]{5}$/.test(code) && code !== '57P03',
      // A server that does not encrypt has been tried without already.
      isWorthAnotherTransport: mayMend(code) && !(transport === 'encrypted' && wasPlain),
      isPassing: code === '57P03' || code === '53300',
    };
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener('abort', giveUp);
  }
}

function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new InterruptedError(String(signal.reason) as NodeJS.Signals);
}

/** Logs in, and asks the server what it is where that matters. */
async function isOfKind({ sql }: Client, kind: SessionKind): Promise<boolean> {
  if (kind === 'any') {
    await sql.unsafe(loginOnly).simple();
    return true;
  }
  const [row] = await sql.unsafe<{ standby: boolean; read_only: string }[]>(
    `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') as read_only`,
  );
  const isStandby = row?.standby === true;
  if (kind === 'standby') return isStandby;
  if (kind === 'primary') return !isStandby;
  return (isStandby || row?.read_only === 'on') === (kind === 'read-only');
}

/** Several servers that failed, in one line. */
function together(failures: readonly DebusineError[]): DebusineError {
  const [first] = failures;
  if (first === undefined) return new DatabaseError('database_unreachable', 'no database server is given');
  if (failures.length === 1) return first;
  const messages = failures.map(({ message }) => message).join('; ');
  return new DatabaseError('database_unreachable', messages, { hint: first.hint });
}

/**
 * How to encrypt, and what to ask of the server's certificate.
 * @throws DatabaseError when a file for it is missing or open to others
 */
function tlsOptions(parameters: ConnectionParameters, host: Host): TlsOptions {
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
      : { cert: readPem(sslCert), key: readKey(sslKey) }),
    // Only verify-full looks at the name: the one that was given, wherever hostaddr leads.
    checkServerIdentity: (_, certificate) =>
      sslMode === 'verify-full' ? checkServerIdentity(host.host, certificate) : undefined,
  };
}

function readPem(file: string): string {
  try {
    return readSmallFile(file);
  } catch {
    throw new DatabaseError('database_unreachable', `cannot read the certificate file ${file}`);
  }
}

/** As in libpq: a key that others can read is not used. Root's own may be readable by a group. */
function readKey(file: string): string {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status !== undefined && (status.mode & (status.uid === 0 ? 0o027 : 0o077)) !== 0) {
    throw new DatabaseError('database_auth', `the private key ${file} can be read by others`, {
      hint: `chmod 600 ${file}`,
    });
  }
  return readPem(file);
}

/** Whether another kind of transport may mend the failure. */
function mayMend(code: string): boolean {
  return ![
    'ECONNREFUSED',
    'ENOENT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'CONNECT_TIMEOUT',
    'EACCES',
    notPostgres,
    '3D000',
    '28P01',
    '53300',
    '57P03',
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
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  CONNECT_TIMEOUT: 'no answer in time',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  CONNECTION_CLOSED: 'the server hung up',
  CONNECTION_ENDED: 'the connection was closed',
  CONNECTION_DESTROYED: 'the connection was closed',
  '57P03': 'the server is starting up or shutting down',
  '53300': 'the server has no connection free',
};

/** Failures of the check of a certificate. The words are OpenSSL's. */
const certificateWords: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not trusted',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it is revoked',
  UNABLE_TO_GET_CRL: 'there is no list of revoked certificates for it',
  CRL_HAS_EXPIRED: 'the list of revoked certificates has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
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
  const unreachable = (reason: string, hint: string): DebusineError =>
    new DatabaseError('database_unreachable', `cannot reach the database at ${where}: ${reason}`, { hint });
  const certificate = certificateWords[code];
  if (certificate !== undefined) {
    return unreachable(
      `its certificate is refused: ${certificate}`,
      'look at sslmode, sslrootcert and the name of the host',
    );
  }
  if (code === noEncryption)
    return unreachable(message, 'set up TLS on the server, or choose sslmode=prefer');
  if (code === notPostgres) return unreachable(message, 'look at host and port');
  if (code === '53300') {
    return unreachable(words['53300'] ?? '', 'try again later, or raise max_connections on the server');
  }
  if (code === '57P03') return unreachable(words['57P03'] ?? '', 'try again in a moment');
  return unreachable(words[code] ?? message, 'see whether the server runs; set DATABASE_URL or PGHOST');
}
