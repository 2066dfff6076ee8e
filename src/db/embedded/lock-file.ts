import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LockTimeoutError, StorageError } from '../../errors.ts';
import { isAlive, startMark } from './processes.ts';

/**
 * Takes the lock file at once or not at all. It names its holder, and that of a holder which is gone, or whose
 * process id belongs to another process by now, is taken over.
 *
 * PostgreSQL itself refuses a second server and `rename` a second data directory; the lock spares the work of
 * the losers and the errors they would report.
 * @returns how to give it back, or null when a living process holds it.
 * @throws StorageError when its folder may not be written to.
 */
export function tryLockFile(file: string): (() => void) | null {
  const mine = `${process.pid}\n${startMark(process.pid)}\n${randomBytes(8).toString('hex')}\n`;
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, mine, { mode: 0o644 });
  } catch (cause) {
    throw new StorageError(`cannot write into ${dirname(file)}, the folder of the embedded database`, {
      cause,
    });
  }
  try {
    // A link appears with its content, so nobody ever reads a lock without a holder.
    if (!tryLink(draft, file)) {
      const holder = readText(file);
      if (holder !== null && isHeld(holder)) return null;
      if (holder !== null) putAside(file, holder);
      if (!tryLink(draft, file)) return null;
    }
  } finally {
    unlinkSync(draft);
  }
  return () => {
    if (readText(file) === mine) remove(file);
  };
}

/**
 * Does the work while holding the lock file, waiting for it as long as `isStillNeeded` says so.
 * @returns what the work gives, or null when it is needed no more.
 * @throws LockTimeoutError at `deadline`, an instant of `performance.now()`.
 */
export async function withLockFile<Result>(
  file: string,
  deadline: number,
  isStillNeeded: () => boolean,
  work: () => Promise<Result>,
): Promise<Result | null> {
  for (;;) {
    if (!isStillNeeded()) return null;
    const unlock = tryLockFile(file);
    if (unlock !== null) {
      try {
        return isStillNeeded() ? await work() : null;
      } finally {
        unlock();
      }
    }
    if (performance.now() > deadline) {
      throw new LockTimeoutError(`another process has been holding ${file} for too long`, {
        hint: 'try again; the first line of that file names the process',
      });
    }
    await delay(5 + Math.random() * 15);
  }
}

function isHeld(holder: string): boolean {
  const [pid = '', mark = ''] = holder.split('\n');
  return /^[1-9]\d*$/.test(pid) && isAlive(Number(pid)) && startMark(Number(pid)) === mark;
}

/**
 * Removes a dead holder's lock. Between reading and removing, another process may have done so and taken the
 * lock: what was moved away is looked at again, and put back if it is not the dead one's.
 */
function putAside(file: string, seen: string): void {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // Somebody else has removed it.
  }
  if (readText(aside) !== seen) tryLink(aside, file);
  remove(aside);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Somebody else has removed it.
  }
}
