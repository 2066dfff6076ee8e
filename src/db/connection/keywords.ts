/** The settings of a connection that libpq knows and we take, and those we must not ignore. Source: cli.md 5.2. */
import { InvalidInputError } from '../../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** libpq's keywords, with the environment variable that stands for each. */
const variables = {
  service: 'PGSERVICE',
  servicefile: 'PGSERVICEFILE',
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcrl: 'PGSSLCRL',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
} as const;

export type Keyword = keyof typeof variables;

/** Settings as text, as far as one source gives them. */
export type Keywords = Partial<Record<Keyword, string>>;

/** Settings that are taken over when the value says what is done anyway. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  channel_binding: ['disable', 'prefer'],
  gssencmode: ['disable'],
  sslnegotiation: ['postgres'],
  load_balance_hosts: ['disable'],
  client_encoding: ['auto', 'UTF8', 'utf8', 'UTF-8', 'utf-8'],
};

/** Variables that make a connection safer or another one; a program that ignores them does not do as it is told. */
const refusedVariables: Readonly<Record<string, readonly string[]>> = {
  PGREQUIREPEER: [],
  PGREQUIREAUTH: [],
  PGREQUIRESSL: ['0'],
  PGGSSENCMODE: ['disable'],
  PGCHANNELBINDING: ['disable', 'prefer'],
  PGSSLCRLDIR: [],
  PGSSLMINPROTOCOLVERSION: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
  PGSSLMAXPROTOCOLVERSION: [],
  PGSSLCERTMODE: ['allow'],
  PGSSLNEGOTIATION: ['postgres'],
  PGLOADBALANCEHOSTS: ['disable'],
};

/** The variables that say which database is meant; the others only say how to reach it. Source: cli.md 5.2. */
export const decisiveVariables: readonly string[] = [
  'PGSERVICE',
  'PGHOST',
  'PGHOSTADDR',
  'PGPORT',
  'PGDATABASE',
  'PGUSER',
];

/** Whether libpq has a connection keyword of that name that we know. */
export function isKeyword(name: string): name is Keyword {
  return Object.hasOwn(variables, name);
}

/** @returns what the environment says about the connection; empty variables count as not set. */
export function keywordsFromEnvironment(env: Environment): Keywords {
  const found: Keywords = {};
  for (const [name, variable] of Object.entries(variables)) {
    const value = env[variable];
    if (value !== undefined && value !== '' && isKeyword(name)) found[name] = value;
  }
  return found;
}

/**
 * Adds a setting that a URL or a service file gives.
 *
 * @param where what the setting stands in, for messages
 * @throws InvalidInputError when it is none we can follow. The value is never named: it may be a piece of a password.
 */
export function addKeyword(found: Keywords, name: string, value: string, where: string): void {
  if (value.includes('\0')) throw new InvalidInputError(`${where}: "${name}" holds a NUL character`);
  if (isKeyword(name)) {
    found[name] = value;
    return;
  }
  if (harmless[name]?.includes(value) === true) return;
  throw new InvalidInputError(
    /^[a-z_]{1,30}$/.test(name)
      ? `${where}: the parameter "${name}" is not supported${name in harmless ? ' with this value' : ''}`
      : `${where}: there is a parameter that is not supported`,
    { hint: `supported are ${Object.keys(variables).join(', ')}` },
  );
}

/**
 * @throws InvalidInputError when the environment asks for protection or a choice of server that we do not have.
 * Source: cli.md 5.2.
 */
export function refuseUnsupportedVariables(env: Environment): void {
  for (const [variable, allowed] of Object.entries(refusedVariables)) {
    const value = env[variable];
    if (value === undefined || value === '' || allowed.includes(value)) continue;
    const [instead] = allowed;
    throw new InvalidInputError(`the environment variable ${variable} is not supported with this value`, {
      hint: instead === undefined ? `unset ${variable}` : `unset ${variable} or set it to ${instead}`,
    });
  }
}
