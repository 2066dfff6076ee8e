/** Folders for the tests of the embedded database. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopCluster } from '../../../src/db/embedded/cluster.ts';
import { embeddedPaths, type EmbeddedPaths } from '../../../src/db/embedded/paths.ts';

/** A new folder that every account may pass through, as the account of the server must. */
export function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'debusine-embedded-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** The environment of a person whose home is the folder. */
export function homeIn(folder: string): Record<string, string> {
  return {
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_STATE_HOME: join(folder, 'state'),
    PATH: '/usr/bin:/bin',
  };
}

/** The paths of an embedded database in the folder. */
export function pathsIn(folder: string): EmbeddedPaths {
  return embeddedPaths(homeIn(folder));
}

/** Stops the server in the folder, if there is one, and removes everything. */
export async function discard(folder: string): Promise<void> {
  await stopCluster(pathsIn(folder), { timeoutMs: 2000 });
  rmSync(folder, { recursive: true, force: true });
}
