/** The settings of one invocation: option, environment, configuration file, default. Source: cli.md 5. */
import path from 'node:path';
import { decisiveVariables, type Environment } from '../db/connection/keywords.ts';
import { type ConnectionParameters, describe } from '../db/connection/parameters.ts';
import { resolveConnection } from '../db/connection/resolve.ts';
import { parseUrl } from '../db/connection/url.ts';
import { DebusineError, InvalidInputError, UsageError } from '../errors.ts';
import { type ConfigurationFile, readTextFile, refuseReadable } from './configuration-file.ts';
import { findMail, type FoundMail } from './mail.ts';

export type DatabaseSource =
  | { readonly kind: 'server'; readonly connection: ConnectionParameters }
  /** Nothing is configured: the embedded PostgreSQL. */
  | { readonly kind: 'embedded' }
  /** Nothing is configured, and the embedded one is never wanted. */
  | { readonly kind: 'none' };

/** A setting as `database info` shows it; secrets are replaced. */
export interface Origin {
  readonly key: string;
  readonly value: string | null;
  readonly origin: string;
}

export interface Settings {
  readonly database: DatabaseSource;
  /** Where the store named `Default` keeps files, unless it says so itself. */
  readonly storeDirectory: string;
  /** Where unfinished uploads are. */
  readonly uploadDirectory: string;
  readonly defaultWorkspace: string;
  /** Who is recorded as creator; undefined when nobody is configured. */
  readonly createdBy: string | undefined;
  readonly lockTimeoutMs: number;
  /** For each statement; undefined: the server's own limit. */
  readonly statementTimeoutMs: number | undefined;
  readonly color: 'auto' | 'always' | 'never';
  readonly time: 'utc' | 'local' | 'relative';
  /** The command of the pager for what is longer than the screen; undefined: none. */
  readonly pager: string | undefined;
  readonly embedded: 'auto' | 'always' | 'never';
  /**
   * How mail is sent; asked for by the few commands that do, so that a mistake in it stops no other.
   * @throws InvalidInputError, StorageError for settings that cannot be used
   */
  readonly mail: () => FoundMail['mail'];
  readonly origins: readonly Origin[];
  /** What ought to be said once, such as a password file that others can read. */
  readonly warnings: readonly string[];
}

export interface SettingsInput {
  readonly env: Environment;
  /** Undefined where there is no configuration file. */
  readonly file: ConfigurationFile | undefined;
  readonly options: {
    readonly databaseUrl?: string | undefined;
    /** Milliseconds. */
    readonly lockTimeoutMs?: number | undefined;
    readonly statementTimeoutMs?: number | undefined;
  };
}

/**
 * All settings.
 * @throws UsageError for a password in `--database-url`
 * @throws InvalidInputError, StorageError for a configuration that cannot be used
 */
export function loadSettings({ env, file, options }: SettingsInput): Settings {
  const origins: Origin[] = [];
  const setting = (
    key: string,
    variable: string | undefined,
    fallback: string | undefined,
  ): string | undefined => {
    const fromEnvironment = variable === undefined ? undefined : env[variable];
    const found =
      fromEnvironment !== undefined && fromEnvironment !== ''
        ? { value: fromEnvironment, origin: `environment ${variable}` }
        : file?.values[key] !== undefined
          ? { value: file.values[key], origin: `configuration ${file.path}` }
          : { value: fallback, origin: 'default' };
    origins.push({ key, value: found.value ?? null, origin: found.origin });
    return found.value;
  };

  const embedded = oneOf('embedded', setting('embedded', 'DEBUSINE_EMBEDDED', 'auto') ?? 'auto', [
    'auto',
    'always',
    'never',
  ]);
  const { database, origin, warnings } = findDatabase(env, options.databaseUrl, file, embedded);
  origins.unshift({
    key: 'database_url',
    value: database.kind === 'server' ? describe(database.connection) : null,
    origin,
  });
  const isEmbedded = database.kind !== 'server';
  const dataHome = env['XDG_DATA_HOME'] ?? path.join(env['HOME'] ?? '/', '.local', 'share');
  const directory = (name: string): string =>
    isEmbedded ? path.join(dataHome, 'debusine', name) : path.join('/var/lib/debusine/server', name);
  const storeDirectory = setting('store_directory', 'DEBUSINE_STORE_DIRECTORY', directory('store')) ?? '';
  const uploadDirectory =
    setting('upload_directory', 'DEBUSINE_UPLOAD_DIRECTORY', directory('uploads')) ?? '';
  setting('run_as', undefined, undefined); // Taken before all this, and told with the rest.
  return {
    database,
    embedded,
    storeDirectory,
    uploadDirectory,
    defaultWorkspace: setting('default_workspace', 'DEBUSINE_DEFAULT_WORKSPACE', 'System') ?? 'System',
    createdBy: setting('created_by', 'DEBUSINE_ADMIN_CREATED_BY', undefined),
    lockTimeoutMs:
      options.lockTimeoutMs ??
      milliseconds('lock_timeout', setting('lock_timeout', 'DEBUSINE_ADMIN_LOCK_TIMEOUT', '5s')) ??
      5000,
    statementTimeoutMs:
      options.statementTimeoutMs ??
      milliseconds(
        'statement_timeout',
        setting('statement_timeout', 'DEBUSINE_ADMIN_STATEMENT_TIMEOUT', undefined),
      ),
    color: oneOf('color', setting('color', undefined, 'auto') ?? 'auto', ['auto', 'always', 'never']),
    time: oneOf('time', setting('time', undefined, 'utc') ?? 'utc', ['utc', 'local', 'relative']),
    pager: findPager(env, file, origins),
    mail: mailSettings(env, file, origins),
    origins,
    warnings,
  };
}

/** Here an empty variable says something: that there is to be no pager. Source: cli.md 4.7. */
function findPager(
  env: Environment,
  file: ConfigurationFile | undefined,
  origins: Origin[],
): string | undefined {
  const candidates = [
    [env['DEBUSINE_ADMIN_PAGER'], 'environment DEBUSINE_ADMIN_PAGER'],
    [file?.values['pager'], `configuration ${file?.path ?? ''}`],
    [env['PAGER'], 'environment PAGER'],
  ] as const;
  const [said, origin] = candidates.find(([value]) => value !== undefined) ?? [undefined, 'default'];
  const command = said?.trim();
  const pager = command === '' || command === 'cat' ? undefined : command;
  origins.push({ key: 'pager', value: pager ?? null, origin });
  return pager;
}

function mailSettings(
  env: Environment,
  file: ConfigurationFile | undefined,
  origins: Origin[],
): Settings['mail'] {
  try {
    const found = findMail(env, file);
    origins.push({ key: 'smtp_url', value: found.shown, origin: found.origin });
    return () => found.mail;
  } catch (error) {
    if (!(error instanceof DebusineError)) throw error;
    origins.push({ key: 'smtp_url', value: null, origin: `not usable: ${error.message}` });
    return () => {
      throw error;
    };
  }
}

interface Found {
  readonly database: DatabaseSource;
  readonly origin: string;
  readonly warnings: readonly string[];
}

/** The first that applies. Source: cli.md 5.2. */
function findDatabase(
  env: Environment,
  option: string | undefined,
  file: ConfigurationFile | undefined,
  embedded: Settings['embedded'],
): Found {
  const at = (url: string, where: string): Found => {
    const { parameters, warnings } = resolveConnection(parseUrl(url, where), env);
    return { database: { kind: 'server', connection: parameters }, origin: where, warnings };
  };
  if (option !== undefined) {
    const where = 'option --database-url';
    if (parseUrl(option, where).password !== undefined) {
      throw new UsageError(
        'option --database-url: a password on the command line is seen by every user of the machine',
        {
          hint: 'put it in PGPASSWORD, a password file or the configuration file',
        },
      );
    }
    return at(option, where);
  }
  if (embedded === 'always')
    return { database: { kind: 'embedded' }, origin: 'embedded: always', warnings: [] };
  const url = env['DATABASE_URL'];
  if (url !== undefined && url !== '') return at(url, 'environment DATABASE_URL');
  const urlFile = env['DATABASE_URL_FILE'];
  if (urlFile !== undefined && urlFile !== '') return at(urlIn(urlFile), `file ${urlFile}`);
  if (decisiveVariables.some((variable) => (env[variable] ?? '') !== '')) {
    const { parameters, warnings } = resolveConnection({}, env);
    return { database: { kind: 'server', connection: parameters }, origin: 'environment PG*', warnings };
  }
  const configured = file?.values['database_url'];
  if (file !== undefined && configured !== undefined) {
    refuseReadable(file.path, parseUrl(configured, `configuration ${file.path}`).password !== undefined);
    return at(configured, `configuration ${file.path}`);
  }
  const configuredFile = file?.values['database_url_file'];
  if (configuredFile !== undefined) return at(urlIn(configuredFile), `file ${configuredFile}`);
  if (embedded === 'never') return { database: { kind: 'none' }, origin: 'default', warnings: [] };
  return { database: { kind: 'embedded' }, origin: 'default', warnings: [] };
}

function urlIn(name: string): string {
  const text = readTextFile(name).trim();
  if (text === '')
    throw new InvalidInputError(`the file ${name} is empty, it should hold the URL of the database`);
  return text;
}

function milliseconds(key: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text);
  const factors: Readonly<Record<string, number>> = {
    ms: 1,
    s: 1000,
    m: 60_000,
    h: 3_600_000,
    d: 86_400_000,
  };
  const factor = factors[match?.[2] ?? (text === '0' ? 'ms' : '')];
  if (match === null || factor === undefined) {
    throw new InvalidInputError(`setting ${key}: "${text}" is not a duration`, {
      hint: '5s, 500ms, 1m or 0',
    });
  }
  return Number(match[1]) * factor;
}

function oneOf<T extends string>(key: string, value: string, known: readonly T[]): T {
  const found = known.find((word) => word === value);
  if (found === undefined) {
    throw new InvalidInputError(`setting ${key}: "${value}" is none of ${known.join(', ')}`);
  }
  return found;
}
