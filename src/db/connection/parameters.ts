/** Where a database is and how to log in to it: everything decided, nothing left to the environment. */
import { quote } from '../../data/quote.ts';

/** libpq's levels of transport security, the weakest first. */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** Which of several servers will do. */
export const sessionKinds = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
] as const;
export type SessionKind = (typeof sessionKinds)[number];

/** One server to try. */
export interface Host {
  /** A name or address; a path that begins with / is the directory of a unix socket. */
  readonly host: string;
  readonly port: number;
  /** The address to connect to instead of looking the name up (libpq's `hostaddr`). */
  readonly address?: string;
  /** The password of a password file, which may differ by server. It is used when there is no general one. */
  readonly password?: string;
}

export interface ConnectionParameters {
  /** At least one, in the order they are tried in. */
  readonly hosts: readonly Host[];
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly sslMode: SslMode;
  /** File with the certificates that are trusted; `system` for those that come with Node. */
  readonly sslRootCert?: string;
  /** File with revoked certificates. */
  readonly sslCrl?: string;
  /** File with the certificate that proves who we are. */
  readonly sslCert?: string;
  /** File with the private key of that certificate. */
  readonly sslKey?: string;
  /** For each attempt on one address, login included; 0 waits for ever. */
  readonly connectTimeoutSeconds: number;
  /** What the server shows as our name instead of the command's. */
  readonly applicationName?: string;
  /** Command-line options for the server process (`-c name=value`), sent only when given. */
  readonly options?: string;
  readonly targetSessionAttrs?: SessionKind;
}

/** @returns whether the server is reached through a unix socket. */
export function isSocket({ host, address }: Host): boolean {
  return address === undefined && host.startsWith('/');
}

/** @returns the path of the server's unix socket, as libpq names it. */
export function socketPath({ host, port }: Host): string {
  return `${host.replace(/\/+$/, '')}/.s.PGSQL.${port}`;
}

/** @returns the server as messages name it: `db.example.org:5432`, or the path of its socket. */
export function addressOf(host: Host): string {
  return safe(isSocket(host) ? socketPath(host) : `${bracketed(host.host)}:${host.port}`);
}

/** @returns whether any server is logged in to with a password we know. */
export function hasPassword({ password, hosts }: ConnectionParameters): boolean {
  return password !== undefined || hosts.some((host) => host.password !== undefined);
}

/**
 * The connection as a URL without its secrets: `postgres://user:***@host:port/name`. The stars stand for a password
 * and are there only if there is one; port 5432 is left out, as in cli.md 5.6.
 */
export function describe(parameters: ConnectionParameters): string {
  const { hosts, user, database } = parameters;
  const login = `${encodeURIComponent(user)}${hasPassword(parameters) ? ':***' : ''}`;
  const name = encodeURIComponent(database);
  const [only] = hosts;
  if (only !== undefined && hosts.length === 1 && isSocket(only)) {
    const port = only.port === 5432 ? '' : `&port=${only.port}`;
    return `postgres://${login}@/${name}?host=${encodeURI(only.host)}${port}`;
  }
  const servers = hosts.map((host) => {
    const shown = isSocket(host) ? encodeURIComponent(host.host) : encodeURI(bracketed(host.host));
    return host.port === 5432 ? shown : `${shown}:${host.port}`;
  });
  return `postgres://${login}@${servers.join(',')}/${name}`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A name from outside that stands in a message without quotes, so that it cannot end the line. */
function safe(text: string): string {
  return quote(text).slice(1, -1);
}
