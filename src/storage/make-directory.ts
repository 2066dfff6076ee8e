/** Making directories where somebody else says. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemCode } from './failures.ts';

/**
 * Makes a directory and what is missing above it, unless it is there. The system's own way to make parents never ends
 * below a directory such as /proc, which takes none.
 * @returns the outermost directory that was made; undefined when all were there
 * @throws what the system says; ENOTDIR when something else has that name
 */
export function makeWithParents(path: string, mode: number): string | undefined {
  const full = resolve(path);
  try {
    mkdirSync(full, mode);
    return full;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      refuseOther(full);
      return undefined;
    }
    if (systemCode(error) !== 'ENOENT' || dirname(full) === full) throw error;
  }
  const first = makeWithParents(dirname(full), mode);
  try {
    mkdirSync(full, mode);
  } catch (error) {
    // Somebody else has made it at the same moment.
    if (systemCode(error) !== 'EEXIST') throw error;
    refuseOther(full);
  }
  return first ?? full;
}

function refuseOther(path: string): void {
  if (statSync(path).isDirectory()) return;
  throw Object.assign(new Error(`not a directory, mkdir '${path}'`), { code: 'ENOTDIR' });
}
