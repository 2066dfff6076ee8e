import { readFileSync, rmSync } from 'node:fs';
import type { Postmaster } from './postmaster.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Notes next to the data directory that this run of the server shall go on when its last user leaves. A later run,
 * after a crash or a restart of the machine, is not meant.
 */
export function keepRunning(data: string, postmaster: Postmaster): void {
  replaceFile(`${data}.keep`, mark(postmaster));
}

/** Withdraws that note. */
export function stopKeeping(data: string): void {
  rmSync(`${data}.keep`, { force: true });
}

/** @returns whether this run of the server shall go on without users. */
export function isKept(data: string, postmaster: Postmaster): boolean {
  try {
    return readFileSync(`${data}.keep`, 'utf8') === mark(postmaster);
  } catch {
    return false;
  }
}

function mark({ pid, startedAt }: Postmaster): string {
  return `${pid} ${startedAt}\n`;
}
