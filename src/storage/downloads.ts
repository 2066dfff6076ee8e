/** Files that are written into a directory of the user's, under names that others chose. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, realpath, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConflictError, StorageError } from '../errors.ts';
import { makeWithParents } from './make-directory.ts';
import { isDirectoryLevel } from './directories.ts';
import { storageFailure, systemCode } from './failures.ts';

/** What was put into artifacts may be confidential: what we make is for its owner alone. */
const directoryMode = 0o700;
const fileMode = 0o600;

/**
 * Makes the directory unless it is there. It may be a symbolic link; below it none is followed.
 * @returns its path without symbolic links
 * @throws StorageError
 */
export async function openTarget(directory: string): Promise<string> {
  try {
    makeWithParents(directory, directoryMode);
    return await realpath(directory);
  } catch (error) {
    throw storageFailure('write to', directory, error);
  }
}

/**
 * Whether something lies under the path already.
 * @param inner relative, without `.` and `..`
 * @throws StorageError when the way to it leads through a symbolic link or something that is no directory
 */
export async function isTaken(root: string, inner: string): Promise<boolean> {
  for (const level of levels(root, inner)) {
    if (!(await isDirectoryLevel(level))) return false;
  }
  try {
    const found = await lstat(join(root, inner));
    if (found.isDirectory()) throw new StorageError(`cannot write ${join(root, inner)}: is a directory`);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw storageFailure('write', join(root, inner), error);
  }
}

/**
 * Writes a file below the directory. Nobody sees a part of it: the bytes go to a name that cannot be foreseen, which
 * is renamed at the end and removed when something fails, an interruption included.
 * @param root as openTarget gave it
 * @param inner relative, without `.` and `..`
 * @param bytes fails when they are not what they should be
 * @param options.overwrite replaces a file, or a symbolic link but not what it leads to
 * @throws ConflictError when something is there that is not to be replaced; StorageError; what `bytes` throws
 */
export async function saveBelow(
  root: string,
  inner: string,
  bytes: AsyncIterable<Uint8Array>,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  const target = join(root, inner);
  for (const level of levels(root, inner)) await makeLevel(level);
  const draft = join(dirname(target), `.debusine-${randomBytes(16).toString('hex')}.temp`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const to = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, fileMode).catch((error: unknown) => {
    throw storageFailure('write to', dirname(target), error);
  });
  try {
    try {
      for await (const piece of bytes) await to.writeFile(piece);
      await to.sync();
    } finally {
      await to.close();
    }
    if (overwrite) await rename(draft, target);
    else await renameUnlessTaken(draft, target);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw storageFailure('write', target, error);
  }
}

/** The race: somebody else makes the file after we have looked. A second link fails then, where a renaming would not. */
async function renameUnlessTaken(draft: string, target: string): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw taken(target);
    // A file system without links.
    if (systemCode(error) !== 'EPERM' && systemCode(error) !== 'ENOTSUP') throw error;
    if ((await lstat(target).catch(() => undefined)) !== undefined) throw taken(target);
    await rename(draft, target);
    return;
  }
  await unlink(draft);
}

/** The refusal to replace a file. */
export function taken(target: string): ConflictError {
  return new ConflictError(`${target} exists already`, {
    hint: '--force replaces it',
    details: { path: target },
  });
}

async function makeLevel(path: string): Promise<void> {
  if (await isDirectoryLevel(path)) return;
  try {
    await mkdir(path, directoryMode);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw storageFailure('make the directory', path, error);
    await isDirectoryLevel(path);
  }
}

/** The directories between the root and the file, from the outside in. */
function levels(root: string, inner: string): readonly string[] {
  const parts = inner.split('/').slice(0, -1);
  return parts.map((_, at) => join(root, ...parts.slice(0, at + 1)));
}
