/** The files of an artifact, as they are named on the command line. Source: cli.md 8.7, `create-artifact`. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../config/configuration-file.ts';
import { quote } from '../data/quote.ts';
import { InvalidInputError, StorageError } from '../errors.ts';

const longestPath = 500;

/**
 * Path inside the artifact → local file, in order; a directory is taken with all that is in it, sorted.
 * @param words `FILE` or `PATH=FILE`
 * @param base paths inside are relative to this directory; absent: a file's own name
 * @throws InvalidInputError for paths that leave the artifact, are too long, or are given twice, and for anything
 *   that is no regular file
 * @throws StorageError for a file that cannot be read
 */
export async function collectFiles(
  words: readonly string[],
  base: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const add = (inner: string, file: string): void => {
    const problem = pathProblem(inner);
    if (problem !== undefined)
      throw new InvalidInputError(`path ${quote(inner)} ${problem}`, { hint: 'PATH=FILE' });
    if (files.has(inner))
      throw new InvalidInputError(`${quote(inner)} is given twice`, { hint: 'PATH=FILE' });
    files.set(inner, file);
  };
  const take = async (inner: string, file: string): Promise<void> => {
    const kind = await lstat(file).catch((error: unknown) => {
      throw new StorageError(`cannot read ${file}: ${reasonOf(error)}`);
    });
    if (kind.isFile()) add(inner, file);
    else if (kind.isDirectory()) {
      const names = (await readdir(file)).sort();
      for (const name of names) await take(path.posix.join(inner, name), path.join(file, name));
    } else throw new InvalidInputError(`${file} is neither a file nor a directory`);
  };
  for (const word of words) {
    const equals = word.indexOf('=');
    const file = equals < 1 ? word : word.slice(equals + 1);
    const own = base === undefined ? path.basename(file) : path.relative(base, file);
    await take(equals < 1 ? own : word.slice(0, equals), file);
  }
  return files;
}

function pathProblem(inner: string): string | undefined {
  if (inner === '' || inner.startsWith('/')) return 'is not relative';
  if (inner.split('/').some((part) => part === '..' || part === '.' || part === ''))
    return 'leaves the artifact';
  if ([...inner].length > longestPath) return `has more than ${longestPath} characters`;
  if (/[\p{Cc}\p{Cs}]/u.test(inner)) return 'has a control character';
  return undefined;
}
