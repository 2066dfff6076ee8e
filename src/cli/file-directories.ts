import { mkdirSync } from 'node:fs';
import type { Settings } from '../config/settings.ts';

/**
 * Makes the directories for files that go with the embedded database, private to the account. With any other
 * database they belong to the server, and a missing one is a mistake that must show.
 */
export function makeFileDirectories({ storeDirectory, uploadDirectory }: Settings): void {
  for (const directory of [storeDirectory, uploadDirectory])
    mkdirSync(directory, { recursive: true, mode: 0o700 });
}
