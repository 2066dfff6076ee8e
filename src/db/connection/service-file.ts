/** libpq's connection service files. Source: PostgreSQL manual, "The Connection Service File"; cli.md 5.2. */
import path from 'node:path';
import { InvalidInputError } from '../../errors.ts';
import { addKeyword, type Environment, type Keywords } from './keywords.ts';
import { readSmallFile } from '../../small-file.ts';

/**
 * The settings of a service, from the file named by PGSERVICEFILE, the user's, or the system's.
 * @throws InvalidInputError when no file knows the service
 */
export function readService(service: string, env: Environment): Keywords {
  const own =
    env['PGSERVICEFILE'] ??
    (env['HOME'] === undefined ? undefined : path.join(env['HOME'], '.pg_service.conf'));
  const system = path.join(env['PGSYSCONFDIR'] ?? '/etc/postgresql-common', 'pg_service.conf');
  for (const file of [own, system]) {
    const text = file === undefined ? undefined : readIfThere(file);
    const found = text === undefined ? undefined : parseService(text, service, file ?? '');
    if (found !== undefined) return found;
  }
  throw new InvalidInputError(`the connection service "${service}" is not defined`, {
    hint: `define it in ${own ?? system}`,
  });
}

function readIfThere(file: string): string | undefined {
  try {
    return readSmallFile(file);
  } catch {
    return undefined;
  }
}

function parseService(text: string, service: string, file: string): Keywords | undefined {
  let found: Keywords | undefined;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const section = /^\[(.*)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      if (found !== undefined) return found;
      if (section === service) found = {};
      continue;
    }
    if (found === undefined) continue;
    const equals = line.indexOf('=');
    if (equals < 1) throw new InvalidInputError(`${file}:${at + 1}: a setting is not written as name=value`);
    addKeyword(found, line.slice(0, equals).trim(), line.slice(equals + 1).trim(), `${file}:${at + 1}`);
  }
  return found;
}
