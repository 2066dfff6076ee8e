import { statfs } from 'node:fs/promises';
import { storageFailure } from './failures.ts';

/**
 * Bytes that an ordinary account can still write where the directory is; null without a directory.
 * @throws StorageError when the file system does not say
 */
export async function freeBytes(directory: string | null): Promise<number | null> {
  if (directory === null) return null;
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch (error) {
    throw storageFailure('look at', directory, error);
  }
}
