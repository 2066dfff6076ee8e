/** What lies in the directories that are ours. Symbolic links are told of, and never followed. */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { Content } from './contents.ts';
import { storageFailure, systemCode } from './failures.ts';

/** One thing in a store; paths are relative to the store's directory. */
export type StoreEntry =
  /**
   * A regular file in one of the innermost directories. `content` is absent when its name and place are not those of
   * a content: a temporary file that was left over, or something else that no record can account for.
   */
  | { readonly kind: 'file'; readonly path: string; readonly content: Content | undefined }
  /** Something that no store puts there: a file at another level, a directory of another name, a link. */
  | { readonly kind: 'foreign'; readonly path: string }
  /** A directory that cannot be read. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly error: StorageError };

/** Directories of the layout have the name of a byte. */
const byteName = /^[0-9a-f]{2}$/;
const contentFileName = /^([0-9a-f]{64})-(0|[1-9][0-9]*)$/;

/** What a file system keeps in its root; the root may be a store. */
const lostAndFound = 'lost+found';

/**
 * Everything in a store, in the order of the names, in batches as they come from the disk. An empty directory is
 * nothing, whatever its name. Of a directory that is foreign only its own path is told.
 * @param base the store's directory, without symbolic links
 * @param reserved relative paths of directories with another purpose, which are passed over
 */
export async function* walkStore(
  base: string,
  reserved: ReadonlySet<string>,
): AsyncGenerator<readonly StoreEntry[]> {
  const top = await entriesOf(base, '', reserved);
  if (!Array.isArray(top)) {
    yield outcome(top);
    return;
  }
  yield await strangers(base, top);
  for (const { path: first } of top.filter(isOfLayout)) {
    const middle = await entriesOf(base, first, reserved);
    if (!Array.isArray(middle)) {
      yield outcome(middle);
      continue;
    }
    yield await strangers(base, middle);
    for (const { path: second } of middle.filter(isOfLayout)) {
      const inner = await entriesOf(base, second, reserved);
      if (!Array.isArray(inner)) {
        yield outcome(inner);
        continue;
      }
      yield await strangers(base, inner);
      const batches = await Promise.all(
        inner.filter(isOfLayout).map(({ path }) => innermost(base, path, reserved)),
      );
      yield batches.flat();
    }
  }
}

/** An entry of a directory with its path relative to the store. */
interface Entry {
  readonly path: string;
  readonly name: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

type Unreadable = Extract<StoreEntry, { kind: 'unreadable' }>;

/** The entries by name; undefined when the directory is gone by now. */
async function entriesOf(
  base: string,
  path: string,
  reserved: ReadonlySet<string>,
): Promise<Entry[] | Unreadable | undefined> {
  let found: Dirent[];
  try {
    found = await readdir(join(base, path), { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    const failure = storageFailure('read', join(base, path), error);
    if (failure instanceof StorageError) return { kind: 'unreadable', path, error: failure };
    throw failure;
  }
  return found
    .map((entry) => ({
      path: path === '' ? entry.name : `${path}/${entry.name}`,
      name: entry.name,
      // Neither is true for a symbolic link.
      isDirectory: entry.isDirectory(),
      isFile: entry.isFile(),
    }))
    .filter((entry) => !reserved.has(entry.path) && entry.path !== lostAndFound)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

const outcome = (found: Unreadable | undefined): readonly StoreEntry[] =>
  found === undefined ? [] : [found];

const isOfLayout = (entry: Entry): boolean => entry.isDirectory && byteName.test(entry.name);

async function innermost(
  base: string,
  path: string,
  reserved: ReadonlySet<string>,
): Promise<readonly StoreEntry[]> {
  const entries = await entriesOf(base, path, reserved);
  if (!Array.isArray(entries)) return outcome(entries);
  const files = entries
    .filter((entry) => entry.isFile)
    .map((entry) => ({ kind: 'file', path: entry.path, content: contentOf(entry) }) as const);
  const others = entries.filter((entry) => !entry.isFile);
  return others.length === 0 ? files : [...files, ...(await strangers(base, others))];
}

/** The content that name and place of the file stand for. */
function contentOf({ path, name }: Entry): Content | undefined {
  const [, digest = '', bytes = ''] = contentFileName.exec(name) ?? [];
  const size = Number(bytes);
  if (digest === '' || !Number.isSafeInteger(size)) return undefined;
  if (!path.startsWith(`${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest.slice(4, 6)}/`))
    return undefined;
  return { sha256: Buffer.from(digest, 'hex'), size };
}

/** The entries that no store puts there. */
async function strangers(base: string, entries: readonly Entry[]): Promise<readonly StoreEntry[]> {
  const found: StoreEntry[] = [];
  for (const entry of entries) {
    if (isOfLayout(entry) || (entry.isDirectory && (await holdsOnlyDirectories(join(base, entry.path)))))
      continue;
    found.push({ kind: 'foreign', path: entry.path });
  }
  return found;
}

/** Whether there is nothing but directories in it, at any depth. */
async function holdsOnlyDirectories(directory: string): Promise<boolean> {
  const waiting = [directory];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const at = next;
    let entries: Dirent[];
    try {
      entries = await readdir(at, { withFileTypes: true });
    } catch (error) {
      if (systemCode(error) === 'ENOENT') continue;
      return false;
    }
    if (entries.some((entry) => !entry.isDirectory())) return false;
    waiting.push(...entries.map(({ name }) => join(at, name)));
  }
  return true;
}

/**
 * Everything in the upload directory, at any depth; there a file may have any name.
 * @param base without symbolic links
 * @param reserved as in walkStore
 */
export async function* walkUploads(
  base: string,
  reserved: ReadonlySet<string>,
): AsyncGenerator<readonly StoreEntry[]> {
  const waiting = [''];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const entries = await entriesOf(base, next, reserved);
    if (!Array.isArray(entries)) {
      yield outcome(entries);
      continue;
    }
    waiting.push(
      ...entries
        .filter(({ isDirectory }) => isDirectory)
        .map(({ path }) => path)
        .reverse(),
    );
    yield entries
      .filter(({ isDirectory }) => !isDirectory)
      .map(({ path, isFile }) =>
        isFile ? { kind: 'file', path, content: undefined } : { kind: 'foreign', path },
      );
  }
}

/**
 * Directories below a store with nothing in them but such directories, the inner ones first, so that they can be
 * removed one after the other. How old each is, is looked at before the ones in it are told: removing those makes it
 * look young.
 * @param before they were last changed before that: milliseconds since 1970
 * @param reserved as in walkStore
 */
export async function* oldEmptyDirectories(
  base: string,
  before: number,
  reserved: ReadonlySet<string>,
): AsyncGenerator<string> {
  const entries = await entriesOf(base, '', reserved);
  if (Array.isArray(entries)) yield* vacant(base, entries, before, reserved);
}

/** @returns whether all the entries were told, so that their directory will be empty */
async function* vacant(
  base: string,
  entries: readonly Entry[],
  before: number,
  reserved: ReadonlySet<string>,
): AsyncGenerator<string, boolean> {
  const directories = entries.filter((entry) => entry.isDirectory);
  let areAllTold = directories.length === entries.length;
  const listings = await Promise.all(directories.map(({ path }) => entriesOf(base, path, reserved)));
  for (const [position, { path }] of directories.entries()) {
    const inside = listings[position];
    if (!Array.isArray(inside)) {
      areAllTold = false;
      continue;
    }
    const mayGo = inside.every((entry) => entry.isDirectory) && (await isOlder(join(base, path), before));
    const isVacant = inside.length === 0 || (yield* vacant(base, inside, before, reserved));
    if (mayGo && isVacant) yield path;
    else areAllTold = false;
  }
  return areAllTold;
}

async function isOlder(path: string, before: number): Promise<boolean> {
  try {
    return (await lstat(path)).mtimeMs < before;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw storageFailure('look at', path, error);
  }
}
