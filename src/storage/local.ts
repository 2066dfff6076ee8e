/** Contents in a directory of this machine, shared with the original's server. Source: models.md 3.7, cli.md 5.5. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { storePath } from '../data/local-store-paths.ts';
import { StorageError } from '../errors.ts';
import {
  type Content,
  contentName,
  hashFile,
  isSameContent,
  openRegularFile,
  readContent,
} from './contents.ts';
import {
  type BaseDirectory,
  baseDirectory,
  fileMode,
  handOver,
  isDirectoryLevel,
  makeDirectoryLevel,
  syncDirectory,
} from './directories.ts';
import { isAboutSomethingMissing, storageFailure, systemCode } from './failures.ts';

/** Where a content lies, or would lie, below the directory of a local store. The disk is not looked at. */
export function localPath(directory: string, { sha256, size }: Content): string {
  return join(directory, storePath(sha256.toString('hex'), size));
}

/**
 * Opens a content of the store for reading. What its name stands for is not checked.
 * @throws StorageError when it is not there, or the way to it leads through a symbolic link, which could lead out of
 *   the store
 */
export async function openContent(directory: string, content: Content): Promise<FileHandle> {
  const base = await baseDirectory(directory);
  const target = localPath(base.path, content);
  await requireLevels(base, content);
  const handle = await openRegularFile(target);
  try {
    // Somebody may have put a link on the way since we looked.
    await requireLevels(base, content);
    const [opened, found] = await Promise.all([handle.stat(), lstat(target)]);
    if (opened.ino === found.ino && opened.dev === found.dev) return handle;
    throw new StorageError(`${target} changed while it was being opened`, { details: { path: target } });
  } catch (error) {
    await handle.close();
    throw storageFailure('read', target, error);
  }
}

/** @throws StorageError when one of the directories above the content is something else; missing ones are fine */
async function requireLevels(base: BaseDirectory, content: Content): Promise<void> {
  for (const level of levels(base, content)) {
    if (!(await isDirectoryLevel(level))) return;
  }
}

export interface PutOptions {
  /**
   * What other bytes under the content's name mean. `refuse`: the store's records say that it has the content, so it
   * is damaged, and a person has to look. `replace`: no record says so, they are what a crash left.
   */
  readonly otherBytes: 'refuse' | 'replace';
  /** Told how many bytes more have been dealt with. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Puts a local file into the store. When this returns, the bytes of that content lie under its name and survive a
 * power failure. They are hashed while they are copied, to a temporary name beside their place, so that nobody ever
 * sees a part of them, nor other bytes than the name says.
 *
 * @returns `kept` when the store had the content already
 * @throws StorageError when the file is not (or no longer) that content, when other bytes are under its name and
 *   are not to be replaced, or when something cannot be read or written; the store is then as it was before, but for
 *   empty directories
 */
export async function putFile(
  directory: string,
  content: Content,
  source: string,
  { otherBytes, onBytes }: PutOptions,
): Promise<'stored' | 'kept'> {
  const base = await baseDirectory(directory);
  const target = localPath(base.path, content);
  await requireLevels(base, content);
  switch (await look(target, content)) {
    case 'same':
      // Whoever put it there may not have got as far as flushing it.
      await flush(target);
      onBytes?.(content.size);
      return 'kept';
    case 'other':
      if (otherBytes === 'replace') break;
      throw new StorageError(`${target} does not hold the content that its name says`, {
        hint: 'debusine-admin vacuum-storage --verify --dry-run shows what is damaged',
        details: { path: target },
      });
    case 'nothing':
      break;
  }
  const draft = join(dirname(target), `${randomBytes(16).toString('hex')}.temp`);
  const to = await create(draft, content, base);
  try {
    await copy({ source, content, onBytes }, to, base).finally(() => to.close());
    await rename(draft, target).catch((error: unknown) => {
      throw storageFailure('write', target, error);
    });
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(target));
  return 'stored';
}

/**
 * Removes a content from the store. A file that is not there is fine. A symbolic link under its name is removed, not
 * what it leads to.
 * @returns whether there was something
 * @throws StorageError when it cannot be removed, or the way to it leads through a symbolic link
 */
export async function removeFile(directory: string, content: Content): Promise<boolean> {
  return removeBelow(await baseDirectory(directory), content);
}

/**
 * Removes many contents as `removeFile` does; what happens to one is of no concern to the others.
 * @returns for each of them why it could not be removed, or undefined
 */
export async function removeFiles(
  directory: string,
  contents: readonly Content[],
): Promise<readonly (StorageError | undefined)[]> {
  const problem = (error: unknown): StorageError => {
    if (error instanceof StorageError) return error;
    throw error;
  };
  const base = await baseDirectory(directory).catch(problem);
  if (base instanceof StorageError) return contents.map(() => base);
  // What is in a directory that is not there, is not there. That stays true for what we are to remove: whoever called
  // us keeps everybody from adding it.
  const outermost = new Set(await readdir(base.path));
  return Promise.all(
    contents.map(async (content) => {
      const [outer = '', , inner = ''] = levels(base, content);
      if (!outermost.has(basename(outer))) return undefined;
      return removeIn(inner, base, content).then(() => undefined, problem);
    }),
  );
}

/** As `removeBelow`, in fewer steps where there is nothing strange on the way. */
async function removeIn(inner: string, base: BaseDirectory, content: Content): Promise<void> {
  const real = await realpath(inner).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageFailure('use', inner, error);
  });
  if (real === undefined) return;
  if (real === inner) await removeAt(localPath(base.path, content));
  else await removeBelow(base, content);
}

async function removeBelow(base: BaseDirectory, content: Content): Promise<boolean> {
  for (const level of levels(base, content)) {
    if (!(await isDirectoryLevel(level))) return false;
  }
  return removeAt(localPath(base.path, content));
}

async function removeAt(target: string): Promise<boolean> {
  try {
    await unlink(target);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw storageFailure('remove', target, error);
  }
}

/** The directories between the base and the file, from the outside in. */
function levels(base: BaseDirectory, content: Content): readonly string[] {
  const inner = dirname(localPath(base.path, content));
  return [dirname(dirname(inner)), dirname(inner), inner];
}

async function makeDirectories(base: BaseDirectory, content: Content): Promise<void> {
  const made: string[] = [];
  for (const level of levels(base, content)) {
    if (await makeDirectoryLevel(level, base)) made.push(level);
  }
  for (const level of made) await syncDirectory(dirname(level));
}

async function look(target: string, content: Content): Promise<'nothing' | 'same' | 'other'> {
  try {
    const stats = await lstat(target);
    if (!stats.isFile() || stats.size !== content.size) return 'other';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'nothing';
    throw storageFailure('read', target, error);
  }
  return isSameContent(await hashFile(target), content) ? 'same' : 'other';
}

async function flush(target: string): Promise<void> {
  const handle = await openRegularFile(target);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncDirectory(dirname(target));
}

/**
 * The new file that is written to, in a directory made for it if need be. Whoever tidies the store may remove a
 * directory while it is still empty, so it may have to be made again.
 */
async function create(draft: string, content: Content, base: BaseDirectory): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  for (let attempt = 1; ; attempt++) {
    try {
      await makeDirectories(base, content);
      return await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    } catch (error) {
      if (attempt < attempts && isAboutSomethingMissing(error)) continue;
      throw storageFailure('write to', dirname(draft), error);
    }
  }
}

const attempts = 5;

/** Copies, hashing what is copied, and flushes the copy. */
async function copy(
  {
    source,
    content,
    onBytes,
  }: { readonly source: string; readonly content: Content } & Pick<PutOptions, 'onBytes'>,
  to: FileHandle,
  base: BaseDirectory,
): Promise<void> {
  const from = await openRegularFile(source);
  try {
    const found = await readContent(from, source, async (piece) => {
      await write(to, piece, base.path);
      onBytes?.(piece.length);
    });
    if (!isSameContent(found, content)) {
      throw new StorageError(`${source} does not hold the content ${contentName(content)}`, {
        hint: 'it was changed, or the wrong file was named',
        details: { path: source },
      });
    }
  } finally {
    await from.close();
  }
  await handOver(to, base, fileMode(base));
  await to.sync();
}

async function write(to: FileHandle, piece: Buffer, directory: string): Promise<void> {
  try {
    // Writes from where the last piece ended, and all of it.
    await to.writeFile(piece);
  } catch (error) {
    throw storageFailure('write to', directory, error);
  }
}
