/** Writes the manual page and the page of commands into `dist`, and `docs/parity.md`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** @param {'manual' | 'parity' | 'commands'} page */
const text = (page) =>
  execFileSync(process.execPath, ['bin/debusine-admin.js', '__document', page], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  });

/** @param {string} folder of the built program */
export function writeManual(folder) {
  mkdirSync(path.join(folder, 'man'), { recursive: true });
  writeFileSync(path.join(folder, 'man', 'debusine-admin.1'), text('manual'));
  mkdirSync(path.join(folder, 'docs'), { recursive: true });
  writeFileSync(path.join(folder, 'docs', 'commands.md'), text('commands'));
}

/** The one page that is kept, since it is read where nothing is built. */
export function writePages() {
  writeFileSync(path.join('docs', 'parity.md'), text('parity'));
}
