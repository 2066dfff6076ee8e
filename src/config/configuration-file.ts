/** The YAML configuration file. Source: cli.md 5.3. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { InvalidInputError, StorageError } from '../errors.ts';
import { readSmallFile } from '../small-file.ts';

const keys = [
  'database_url',
  'database_url_file',
  'store_directory',
  'upload_directory',
  'default_workspace',
  'created_by',
  'lock_timeout',
  'statement_timeout',
  'color',
  'time',
  'pager',
  'run_as',
  'embedded',
  'smtp_url',
  'smtp_url_file',
] as const;

export interface ConfigurationFile {
  readonly path: string;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The first configuration file that is there; undefined when there is none.
 * @throws StorageError when a file that was named cannot be read
 * @throws InvalidInputError for what is not YAML, unknown keys and values that are no text or number
 */
export async function readConfigurationFile(
  env: Readonly<Record<string, string | undefined>>,
  option: string | undefined,
): Promise<ConfigurationFile | undefined> {
  const named = option ?? (env['DEBUSINE_ADMIN_CONFIG'] || undefined);
  const configHome =
    env['XDG_CONFIG_HOME'] ?? (env['HOME'] === undefined ? undefined : path.join(env['HOME'], '.config'));
  const usual = [
    ...(configHome === undefined ? [] : [path.join(configHome, 'debusine', 'admin.yaml')]),
    '/etc/debusine/admin.yaml',
  ];
  const file = named ?? usual.find((candidate) => existsSync(candidate));
  if (file === undefined) return undefined;
  const text = readTextFile(file);
  const { parseYamlMapping } = await import('../cli/values/yaml.ts');
  const what = `the configuration file ${file}`;
  const document = await parseYamlMapping(text, what, what);
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(document)) {
    if (!keys.some((known) => known === key)) {
      throw new InvalidInputError(`the configuration file ${file} has an unknown key "${key}"`, {
        hint: `known keys: ${keys.join(', ')}`,
      });
    }
    if (value === null) continue;
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new InvalidInputError(`the configuration file ${file}: "${key}" must be text`);
    }
    values[key] = String(value);
  }
  return { path: file, values };
}

/** The text of a small file. @throws StorageError naming path and reason */
export function readTextFile(file: string): string {
  try {
    return readSmallFile(file);
  } catch (error) {
    throw new StorageError(`cannot read ${file}: ${reasonOf(error)}`);
  }
}

/** Why a file operation failed, in words. */
export function reasonOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EFBIG: 'it is larger than 1 MiB',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of the path is not a directory',
    ELOOP: 'too many symbolic links',
    ENAMETOOLONG: 'the name is too long',
  };
  return (typeof code === 'string' ? words[code] : undefined) ?? 'it cannot be read';
}

/** @throws StorageError for a configuration file that holds a password and that others can read */
export function refuseReadable(file: string, hasPassword: boolean): void {
  if (!hasPassword || (statSync(file).mode & 0o077) === 0) return;
  throw new StorageError(`the configuration file ${file} holds a password and others can read it`, {
    hint: `chmod 600 ${file}`,
  });
}
