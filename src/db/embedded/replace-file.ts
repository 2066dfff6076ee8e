import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';

/** Puts a file in its place at once: readers see the old text or the new one, and no link is followed. */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o644, flag: 'wx' });
  renameSync(draft, file);
}
