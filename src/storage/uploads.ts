/** Files of unfinished uploads, below the upload directory. Source: models.md 3.12. */
import { lstat, realpath, unlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { StorageError } from '../errors.ts';
import { storageFailure, systemCode } from './failures.ts';

/**
 * The file of an upload. The disk is not looked at.
 * @throws StorageError when the path leads out of the directory; it comes from the database, and is used to delete
 */
export function uploadPath(directory: string, path: string): string {
  const joined = join(directory, path);
  const way = relative(directory, joined);
  if (path.startsWith('/') || way === '' || way === '..' || way.startsWith(`..${sep}`)) {
    throw new StorageError(`the path ${JSON.stringify(path)} of an upload leads out of ${directory}`, {
      details: { path },
    });
  }
  return joined;
}

/**
 * Bytes uploaded so far; 0 when there is no file yet.
 * @throws StorageError when the file cannot be looked at
 */
export async function uploadSize(directory: string, path: string): Promise<number> {
  const file = uploadPath(directory, path);
  try {
    return (await lstat(file)).size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw storageFailure('read', file, error);
  }
}

/**
 * Removes the file of an upload; one that is not there is fine.
 * @throws StorageError when it cannot be removed, or its directory is reached through a symbolic link that leads out
 *   of the upload directory
 */
export async function removeUpload(directory: string, path: string): Promise<void> {
  const file = uploadPath(directory, path);
  try {
    const way = relative(await realpath(directory), await realpath(dirname(file)));
    if (way === '..' || way.startsWith(`..${sep}`)) {
      throw new StorageError(`cannot remove ${file}: a symbolic link leads out of ${directory}`, {
        details: { path: file },
      });
    }
    await unlink(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw storageFailure('remove', file, error);
  }
}
