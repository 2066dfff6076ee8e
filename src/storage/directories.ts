/** The directories of a local store: what they must be, how new ones are made, and what a person is told. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, stat } from 'node:fs/promises';
import { StorageError } from '../errors.ts';
import { storageFailure, systemCode } from './failures.ts';

/** A store's directory, looked at once. */
export interface BaseDirectory {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly stats: Stats;
}

/**
 * The directory of a store. It may itself be a symbolic link, which is how a store is moved to another disk; the
 * links are resolved once here, and none is followed below.
 * @throws StorageError when it is not there or is not a directory
 */
export async function baseDirectory(given: string): Promise<BaseDirectory> {
  try {
    const path = await realpath(given);
    const stats = await stat(path);
    if (stats.isDirectory()) return { path, stats };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw missingBase(given, error);
    throw storageFailure('use the store directory', given, error);
  }
  throw new StorageError(`cannot use the store directory ${given}: is not a directory`, {
    details: { path: given },
  });
}

function missingBase(path: string, cause: unknown): StorageError {
  return new StorageError(`store directory ${path} does not exist`, {
    hint: 'make it, or correct the setting store_directory or the base_directory of the store',
    details: { path },
    cause,
  });
}

/**
 * Whether the directory exists below a store and may be entered: it is a real directory.
 * @throws StorageError for anything else under that name; a symbolic link could lead out of the store
 */
export async function isDirectoryLevel(path: string): Promise<boolean> {
  let stats: Stats;
  try {
    stats = await lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw storageFailure('use', path, error);
  }
  if (stats.isDirectory()) return true;
  const what = stats.isSymbolicLink() ? 'a symbolic link' : 'not a directory';
  throw new StorageError(`cannot use ${path}: is ${what}`, { details: { path } });
}

/**
 * Makes a directory below a store unless it is there. Somebody else may make it at the same moment.
 * @returns whether this call made it
 * @throws StorageError when it cannot be made, or is there as something else
 */
export async function makeDirectoryLevel(path: string, base: BaseDirectory): Promise<boolean> {
  if (await isDirectoryLevel(path)) return false;
  try {
    await mkdir(path, directoryMode(base));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw storageFailure('make the directory', path, error);
    await isDirectoryLevel(path);
    return false;
  }
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await handOver(handle, base, directoryMode(base));
  } finally {
    await handle.close();
  }
  return true;
}

/** What the store's directory grants its owner and group, and nothing for others. */
const directoryMode = ({ stats }: BaseDirectory): number => 0o700 | (stats.mode & 0o2070);

/** As the directories, without the right to execute. */
export const fileMode = ({ stats }: BaseDirectory): number => 0o600 | (stats.mode & 0o060);

/**
 * Makes a new file or directory belong to whoever the store's directory belongs to. The server of the original is
 * another process, of the same account or of the same group; an administrator may run us as root. Everything gets
 * the store directory's owner and group as far as we may set them, and the rights that directory grants its group.
 * So whoever can use the store can use what we put there, and nobody else: uploads may be confidential.
 */
export async function handOver(handle: FileHandle, base: BaseDirectory, mode: number): Promise<void> {
  const { uid, gid } = base.stats;
  const own = await handle.stat();
  const isForeign = own.uid !== uid || own.gid !== gid;
  const done = !isForeign || (await chown(handle, uid, gid)) || (await chown(handle, own.uid, gid));
  // The rights of the group were meant for the group of the store.
  await handle.chmod(done ? mode : mode & ~0o2070);
}

/** @returns false when the system does not let us */
async function chown(handle: FileHandle, uid: number, gid: number): Promise<boolean> {
  try {
    await handle.chown(uid, gid);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EPERM') return false;
    throw error;
  }
}

/** Makes the names in a directory survive a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY);
  } catch (error) {
    // Windows cannot open a directory, and needs no flushing of one.
    if (systemCode(error) === 'EISDIR' || systemCode(error) === 'EPERM') return;
    throw storageFailure('flush', path, error);
  }
  try {
    await handle.sync();
  } catch (error) {
    throw storageFailure('flush', path, error);
  } finally {
    await handle.close();
  }
}
