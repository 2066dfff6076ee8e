/** Single files and directories below a directory that is ours; no symbolic link is followed on the way to them. */
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isAboutSomethingMissing, storageFailure, systemCode } from './failures.ts';

/** A regular file as it was looked at. */
export interface FileFacts {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/** What is known of directories on the way, for many files of the same store; they are not looked at twice. */
export type KnownLevels = Map<string, Promise<boolean>>;

/** A store of a million files has 65,792 directories above the innermost ones; those need no memory. */
const mostKnownLevels = 100_000;

/**
 * The regular file at a path; undefined when there is none, or the way to it leads through something that is not a
 * directory, such as a symbolic link.
 * @param base without symbolic links
 * @param path relative to it
 * @throws StorageError when it cannot be looked at
 */
export async function fileAt(
  base: string,
  path: string,
  known: KnownLevels = new Map(),
): Promise<FileFacts | undefined> {
  if (!(await hasRealWay(base, path, known))) return undefined;
  try {
    const stats = await lstat(join(base, path));
    return stats.isFile() ? { size: stats.size, changedAt: stats.mtimeMs } : undefined;
  } catch (error) {
    if (isAboutSomethingMissing(error) || systemCode(error) === 'ENOTDIR') return undefined;
    throw storageFailure('look at', join(base, path), error);
  }
}

/** Whether all directories above the path are real ones. */
async function hasRealWay(base: string, path: string, known: KnownLevels): Promise<boolean> {
  const names = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= names.length; depth++) {
    const level = join(base, ...names.slice(0, depth));
    const isKept = depth < names.length;
    const answer = known.get(level) ?? isRealDirectory(level);
    if (isKept && known.size < mostKnownLevels) known.set(level, answer);
    if (!(await answer)) return false;
  }
  return true;
}

async function isRealDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw storageFailure('look at', path, error);
  }
}

/**
 * Removes a regular file that was last changed before an instant.
 * @param before milliseconds since 1970
 * @returns its size; undefined when there is none, it is younger, or something else is in its place
 * @throws StorageError when it cannot be removed
 */
export async function removeOldFile(base: string, path: string, before: number): Promise<number | undefined> {
  const facts = await fileAt(base, path);
  if (facts === undefined || facts.changedAt >= before) return undefined;
  try {
    await unlink(join(base, path));
    return facts.size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageFailure('remove', join(base, path), error);
  }
}

/**
 * Removes a directory unless somebody has put something into it.
 * @returns whether it is gone by this call
 * @throws StorageError when it cannot be removed
 */
export async function removeEmptyDirectory(base: string, path: string): Promise<boolean> {
  if (!(await hasRealWay(base, path, new Map()))) return false;
  try {
    await rmdir(join(base, path));
    return true;
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code)) return false;
    throw storageFailure('remove', join(base, path), error);
  }
}
