/** The files of an artifact, as they are named on the command line. Source: cli.md 8.7, `create-artifact`. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../config/configuration-file.ts';
import { artifactCategories, checkArtifact } from '../data/artifact-categories.ts';
import type { JsonObject } from '../data/json.ts';
import { fileProblems, filesToRead } from '../data/local-artifacts.ts';
import { quote } from '../data/quote.ts';
import { StorageError, ValidationError } from '../errors.ts';
import { readText } from './read-text.ts';
import type { Host } from './context.ts';
import { closest } from './values/suggest.ts';

const longestPath = 500;

/** Files for an artifact, and everything that is wrong with what was named. */
export interface CollectedFiles {
  /** Path inside the artifact → local file, in order. */
  readonly files: ReadonlyMap<string, string>;
  readonly sizeBytes: number;
  readonly problems: readonly string[];
  /** Whether naming paths another way would help. */
  readonly needsPaths: boolean;
}

/**
 * Finds the files; a directory is taken with all that is in it, sorted. Symbolic links and special files are refused.
 * @param words `FILE` or `PATH=FILE`
 * @param base paths inside are relative to this directory; absent: a file's own name
 */
export async function collectFiles(
  words: readonly string[],
  base: string | undefined,
): Promise<CollectedFiles> {
  const files = new Map<string, string>();
  const problems: string[] = [];
  let sizeBytes = 0;
  let needsPaths = false;
  const add = (inner: string, file: string, size: number): void => {
    const problem = files.has(inner) ? 'is given twice' : pathProblem(inner);
    if (problem === undefined) {
      files.set(inner, file);
      sizeBytes += size;
      return;
    }
    needsPaths = true;
    problems.push(files.has(inner) ? `${quote(inner)} ${problem}` : `path ${quote(inner)} ${problem}`);
  };
  const take = async (inner: string, file: string): Promise<void> => {
    try {
      const kind = await lstat(file);
      if (kind.isFile()) add(inner, file, kind.size);
      else if (kind.isDirectory()) {
        const names = (await readdir(file)).sort();
        for (const name of names) await take(path.posix.join(inner, name), path.join(file, name));
      } else {
        const what = kind.isSymbolicLink() ? 'a symbolic link' : 'neither a file nor a directory';
        problems.push(`cannot take ${quote(file)}: it is ${what}`);
      }
    } catch (error) {
      problems.push(`cannot read ${file}: ${reasonOf(error)}`);
    }
  };
  for (const word of words) {
    const equals = word.indexOf('=');
    const file = equals < 1 ? word : word.slice(equals + 1);
    const own = base === undefined ? path.basename(path.resolve(file)) : path.relative(base, file);
    await take(equals < 1 ? own : word.slice(0, equals), file);
  }
  return { files, sizeBytes, problems, needsPaths };
}

/**
 * Checks category, data and files by the rules of the category.
 * @throws ValidationError with all that is wrong, a line each
 */
export async function checkLocalArtifact(
  host: Host,
  { category, data, collected }: { category: string; data: JsonObject; collected: CollectedFiles },
): Promise<void> {
  const problems: string[] = [];
  let hint = collected.needsPaths ? 'PATH=FILE' : undefined;
  try {
    checkArtifact(category, data);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    for (const [field, lines] of Object.entries(error.problems)) {
      problems.push(...lines.map((line) => (field === 'data' ? `data: ${line}` : line)));
    }
    const near = closest(category, artifactCategories);
    const isUnknown = error.problems['category'] !== undefined;
    hint ??= isUnknown && near.length > 0 ? `did you mean ${near.map(quote).join(', ')}?` : error.hint;
  }
  problems.push(...collected.problems);
  // Files that are missing for another reason need not be reported as missing a second time.
  if (collected.problems.length === 0)
    problems.push(...(await problemsOfFiles(host, category, collected.files)));
  if (problems.length > 0) throw new ValidationError({ __all__: problems }, { hint });
}

async function problemsOfFiles(
  host: Host,
  category: string,
  files: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const paths = [...files.keys()];
  const contents = new Map<string, string>();
  for (const inner of filesToRead(category, paths)) {
    try {
      contents.set(inner, await readText(host, files.get(inner) ?? inner));
    } catch (error) {
      if (error instanceof StorageError) return [error.message];
      throw error;
    }
  }
  return fileProblems(category, { paths, contents });
}

/** What speaks against a path inside an artifact; undefined if nothing. */
export function pathProblem(inner: string): string | undefined {
  if (inner === '' || inner.startsWith('/')) return 'is not relative';
  if (inner.split('/').some((part) => part === '..' || part === '.' || part === ''))
    return 'leaves the artifact';
  if ([...inner].length > longestPath) return `has more than ${longestPath} characters`;
  if (/[\p{Cc}\p{Cs}]/u.test(inner)) return 'has a control character';
  return undefined;
}
