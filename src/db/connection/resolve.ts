/** From keywords of a URL, a service and the environment to one complete set of parameters. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { InvalidInputError } from '../../errors.ts';
import {
  type Environment,
  type Keywords,
  keywordsFromEnvironment,
  refuseUnsupportedVariables,
} from './keywords.ts';
import {
  type ConnectionParameters,
  type Host,
  sessionKinds,
  type SessionKind,
  type SslMode,
  sslModes,
} from './parameters.ts';
import { findPassword, readPasswordFile } from './password-file.ts';
import { readService } from './service-file.ts';

/** Where libpq of the common packages looks for a local server, the first that exists. */
const socketDirectories = ['/var/run/postgresql', '/run/postgresql', '/tmp'];

/** Settings, and what ought to be said about them. */
export interface Resolved {
  readonly parameters: ConnectionParameters;
  readonly warnings: readonly string[];
}

/**
 * Completes `given` (from a URL) by a connection service and the PG* variables, then by libpq's defaults.
 * @throws InvalidInputError for values that make no sense or ask for protection we do not have
 */
export function resolveConnection(given: Keywords, env: Environment): Resolved {
  refuseUnsupportedVariables(env);
  const fromEnvironment = keywordsFromEnvironment(env);
  const service = given.service ?? fromEnvironment.service;
  const found: Keywords = {
    ...fromEnvironment,
    ...(service === undefined ? {} : readService(service, env)),
    ...given,
  };
  const user = found.user ?? userInfo().username;
  const database = found.dbname ?? user;
  const hosts = hostsOf(found);
  const file = readPasswordFile(found.passfile ?? path.join(env['HOME'] ?? '/nonexistent', '.pgpass'));
  const withPasswords = hosts.map((host) => {
    const password =
      found.password === undefined
        ? findPassword(file, host, { database, user, socketDirectories })
        : undefined;
    return password === undefined ? host : { ...host, password };
  });
  const home = env['HOME'] ?? '/nonexistent';
  const ofUser = (name: string): string | undefined => {
    const certificate = path.join(home, '.postgresql', name);
    return existsSync(certificate) ? certificate : undefined;
  };
  const sslMode = oneOf(found.sslmode ?? 'prefer', sslModes, 'sslmode');
  const sslRootCert = found.sslrootcert ?? ofUser('root.crt');
  const sslCert = found.sslcert ?? ofUser('postgresql.crt');
  const sslKey = found.sslkey ?? ofUser('postgresql.key');
  return {
    parameters: {
      hosts: withPasswords,
      user,
      database,
      sslMode,
      connectTimeoutSeconds: timeoutOf(found.connect_timeout),
      ...(found.password === undefined ? {} : { password: found.password }),
      ...(sslRootCert === undefined ? {} : { sslRootCert }),
      ...(found.sslcrl === undefined ? {} : { sslCrl: found.sslcrl }),
      ...(sslCert === undefined ? {} : { sslCert }),
      ...(sslKey === undefined ? {} : { sslKey }),
      ...(found.application_name === undefined ? {} : { applicationName: found.application_name }),
      ...(found.options === undefined ? {} : { options: found.options }),
      ...(found.target_session_attrs === undefined
        ? {}
        : {
            targetSessionAttrs: oneOf<SessionKind>(
              found.target_session_attrs,
              sessionKinds,
              'target_session_attrs',
            ),
          }),
    },
    warnings: file.warning === undefined ? [] : [file.warning],
  };
}

function hostsOf(found: Keywords): readonly Host[] {
  const names = found.host?.split(',') ?? [];
  const addresses = found.hostaddr?.split(',') ?? [];
  const ports = found.port?.split(',') ?? [];
  const count = Math.max(names.length, addresses.length, 1);
  if (ports.length > 1 && ports.length !== count) {
    throw new InvalidInputError(`${ports.length} ports are given for ${count} hosts`);
  }
  return Array.from({ length: count }, (_, at) => {
    const address = addresses[at];
    const host = names[at] || address || defaultHost();
    const port = portOf(ports[at] ?? ports[0] ?? '');
    return address === undefined || address === '' ? { host, port } : { host, port, address };
  });
}

const defaultHost = (): string => socketDirectories.find((directory) => existsSync(directory)) ?? '/tmp';

function portOf(text: string): number {
  if (text === '') return 5432;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidInputError('the port of the database is not a number from 1 to 65535');
  }
  return port;
}

function timeoutOf(text: string | undefined): number {
  if (text === undefined) return 10;
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidInputError('connect_timeout is not a number of seconds');
  // libpq: zero or negative waits for ever, and less than two seconds counts as two.
  const seconds = Number(text);
  return seconds <= 0 ? 0 : Math.max(2, seconds);
}

function oneOf<T extends SslMode | SessionKind>(text: string, known: readonly T[], what: string): T {
  const found = known.find((value) => value === text);
  if (found === undefined) throw new InvalidInputError(`${what} is none of ${known.join(', ')}`);
  return found;
}
