/** libpq's password file. Source: PostgreSQL manual, "The Password File"; cli.md 5.2. */
import { type Stats, statSync } from 'node:fs';
import { platform } from 'node:os';
import type { Host } from './parameters.ts';
import { readSmallFile } from '../../small-file.ts';

/** The lines of a password file. */
export interface PasswordFile {
  readonly lines: readonly PasswordLine[];
  /** Why the file is not used although it is there. */
  readonly warning?: string;
}

/** Host, port, database and user to compare with, then the password. */
type PasswordLine = readonly [string, string, string, string, string];

/**
 * Reads a password file. One that is absent, is no plain file, or that others can read, gives no lines; of the last
 * two the warning tells.
 */
export function readPasswordFile(path: string): PasswordFile {
  let status: Stats | undefined;
  try {
    status = statSync(path, { throwIfNoEntry: false });
  } catch {
    // As in libpq: a directory that may not be entered has no password file for us.
  }
  if (status === undefined) return { lines: [] };
  if (!status.isFile())
    return { lines: [], warning: `the password file ${path} is not used: it is not a plain file` };
  // Windows has no such modes, and libpq does not look at them there either.
  if ((status.mode & 0o077) !== 0 && platform() !== 'win32') {
    return {
      lines: [],
      warning: `the password file ${path} is not used: group or others have access to it; chmod 600 it`,
    };
  }
  let text: string;
  try {
    text = readSmallFile(path);
  } catch {
    return { lines: [], warning: `the password file ${path} is not used: it cannot be read` };
  }
  return { lines: text.split(/\r?\n/).flatMap(parseLine) };
}

/**
 * The password of the first line that fits; undefined when none does. A server at the default socket directory goes
 * by the name `localhost`.
 */
export function findPassword(
  { lines }: PasswordFile,
  { host, port }: Host,
  {
    database,
    user,
    socketDirectories,
  }: { database: string; user: string; socketDirectories: readonly string[] },
): string | undefined {
  const name = socketDirectories.includes(host) ? 'localhost' : host;
  const wanted = [name, String(port), database, user];
  const found = lines.find((line) =>
    wanted.every((value, at) => line[at] === value || line[at] === anything),
  );
  return found?.[4];
}

/** A lone star. It cannot be confused with an escaped one, because fields hold no NUL. */
const anything = '\0*';

function parseLine(line: string): PasswordLine[] {
  if (line === '' || line.startsWith('#')) return [];
  const [host, port, database, user, password] = splitFields(line);
  if (host === undefined || port === undefined || database === undefined || user === undefined) return [];
  return password === undefined ? [] : [[host, port, database, user, password]];
}

/** Splits at colons; a backslash takes the character after it literally. */
function splitFields(line: string): string[] {
  return [...line.matchAll(/((?:\\.|[^\\:]|\\$)*)(?::|$)/gs)].map(([, field = '']) =>
    field === '*' ? anything : field.replace(/\\(.)/gs, '$1'),
  );
}
