import type { Settings } from '../config/settings.ts';
import { makeWithParents } from '../storage/make-directory.ts';
import { storageFailure } from '../storage/failures.ts';

/**
 * Makes the directories for files that go with the embedded database, private to the account. With any other
 * database they belong to the server, and a missing one is a mistake that must show.
 * @throws StorageError naming the directory
 */
export function makeFileDirectories({
  storeDirectory,
  uploadDirectory,
}: Pick<Settings, 'storeDirectory' | 'uploadDirectory'>): void {
  for (const directory of [storeDirectory, uploadDirectory]) {
    try {
      makeWithParents(directory, 0o700);
    } catch (error) {
      throw storageFailure('make the directory', directory, error);
    }
  }
}
