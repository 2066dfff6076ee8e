/** Directories that stores may be given: whether they can be used, and whether two of them meet. */
import { constants } from 'node:fs';
import { access, lstat, mkdir, open, realpath, rmdir } from 'node:fs/promises';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { StorageError } from '../errors.ts';
import { baseDirectory } from './directories.ts';
import { storageFailure, systemCode } from './failures.ts';

/** What `--create-directory` makes: the group may read. Source: cli.md 8.5. */
const newDirectoryMode = 0o750;

/**
 * Checks that we can put files into the directory.
 * @throws StorageError when it does not exist, is not a directory, or may not be written to
 */
export async function checkUsable(directory: string): Promise<void> {
  const { path } = await baseDirectory(directory);
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw storageFailure('write to the store directory', directory, error);
  }
}

/** Whether a store can be used now; the answer of checkUsable without the reason. */
export async function isUsable(directory: string): Promise<boolean> {
  try {
    await checkUsable(directory);
    return true;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}

/**
 * Makes the directory of a new store unless it is there; the one around it must exist.
 * @returns whether this call made it
 * @throws StorageError when it cannot be made
 */
export async function makeStoreDirectory(directory: string): Promise<boolean> {
  try {
    // Nobody else enters it before it has its rights, whatever the umask is.
    await mkdir(directory, 0o700);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw storageFailure('make the directory', directory, error);
  }
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    // What the directory around it says about the group of what is made inside stays.
    await handle.chmod(newDirectoryMode | ((await handle.stat()).mode & 0o2000));
  } finally {
    await handle.close();
  }
  return true;
}

/**
 * Checks that we can put files into the directory, or could make it; nothing is made.
 * @throws StorageError as checkUsable and makeStoreDirectory
 */
export async function checkUsableOrMakeable(directory: string): Promise<void> {
  try {
    await lstat(directory);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw storageFailure('make the directory', directory, error);
    await access(dirname(directory), constants.W_OK | constants.X_OK).catch((reason: unknown) => {
      throw storageFailure('make the directory', directory, reason);
    });
    return;
  }
  await checkUsable(directory);
}

/** Takes back what makeStoreDirectory made, unless somebody has put something into it. */
export async function removeStoreDirectory(directory: string): Promise<void> {
  await rmdir(directory).catch(() => undefined);
}

/**
 * Whether two directories are the same or one lies in the other, links resolved as far as the paths exist. Files of
 * two such stores would not be told apart by whoever tidies one of them.
 */
export async function overlap(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([resolved(one), resolved(other)]);
  return isWithin(a, b) || isWithin(b, a);
}

function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

/** The real path of what exists, followed by the rest as it stands. */
async function resolved(path: string): Promise<string> {
  let existing = normalize(path);
  let rest = '';
  for (;;) {
    try {
      return join(await realpath(existing), rest);
    } catch {
      const parent = dirname(existing);
      if (parent === existing) return join(existing, rest);
      rest = join(existing.slice(parent.length), rest);
      existing = parent;
    }
  }
}
