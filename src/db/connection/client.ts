/** The driver on a connection that can be lost without harm. */
import type { Socket } from 'node:net';
import postgres, { type Options, type PostgresType, type Sql } from 'postgres';
import { LostConnectionError, Wire } from './wire.ts';

export interface ClientOptions {
  /** Makes the socket. Called once; whoever gives up makes it fail. */
  open(): Promise<Socket>;
  /** Called when the login has begun. */
  onGreeting?(): void;
  /** Called when the password has been proved, if the server asks for that. */
  onProof?(): void;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** What is told to the server at the login. */
  readonly parameters: Readonly<Record<string, string>>;
  /** How long the server may be silent while it owes an answer, in milliseconds; undefined: for ever. */
  readonly silenceLimitMs?: number | undefined;
  /** Whether statements may be prepared; not behind a pooler. */
  readonly prepare: boolean;
}

export interface Client {
  readonly sql: Sql;
  /** Ends the connection at once; never throws. A transaction that is open is rolled back by the server. */
  close(): Promise<void>;
}

/**
 * A driver with one connection, made when it is first used. A connection that is lost stays lost: all statements
 * from then on fail.
 */
export function openClient(options: ClientOptions): Client {
  let isUsed = false;
  let lost: LostConnectionError | undefined;
  const close = async (): Promise<void> => {
    await sql.end({ timeout: 0 }).catch(() => undefined);
  };
  const socket = async (): Promise<Wire> => {
    if (isUsed) throw lost ?? new LostConnectionError('CONNECTION_CLOSED', 'the connection was lost');
    isUsed = true;
    const wire = new Wire(await options.open(), () => void close(), options.silenceLimitMs);
    wire.once('greeting', () => setImmediate(() => options.onGreeting?.()));
    wire.once('proof', () => setImmediate(() => options.onProof?.()));
    return wire;
  };
  const given = {
    // The driver must not find any of this in the environment, hence a value for everything it would look for there.
    socket,
    host: 'given',
    port: 1,
    user: options.user,
    pass: () => options.password,
    database: options.database,
    ssl: false,
    sslnegotiation: null,
    max: 1,
    fetch_types: false,
    prepare: options.prepare,
    idle_timeout: 0,
    max_lifetime: null,
    // Whoever opens the client has a time limit of his own, which the dialling falls under as well.
    connect_timeout: null,
    keep_alive: 30,
    backoff: () => 0,
    onnotice: () => undefined,
    // Any word of the driver's keeps it from reading the environment; it is taken away again below.
    target_session_attrs: 'primary',
    connection: options.parameters,
  };
  const { options: parsed } = postgres(given as unknown as Options<Record<string, PostgresType>>);
  // The driver would connect for ever to a server that is not of the wanted kind. We ask the server ourselves.
  const sql = postgres({ ...parsed, target_session_attrs: undefined } as unknown as Options<
    Record<string, PostgresType>
  >);
  return { sql, close };
}
