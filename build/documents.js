/** Writes the manual page and the page of commands into `dist`, and the pages in `docs` that are made. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { importBundled } from './import-bundled.js';

/** @param {string} page */
async function text(page) {
  const { documents } = /** @type {typeof import('../src/cli/documents/index.ts')} */ (
    await importBundled('src/cli/documents/index.ts')
  );
  const make = documents[page];
  if (make === undefined) throw new Error(`there is no page ${page}`);
  return make();
}

/** @param {string} folder of the built program */
export async function writeManual(folder) {
  mkdirSync(path.join(folder, 'man'), { recursive: true });
  writeFileSync(path.join(folder, 'man', 'debusine-admin.1'), await text('manual'));
  mkdirSync(path.join(folder, 'docs'), { recursive: true });
  writeFileSync(path.join(folder, 'docs', 'commands.md'), await text('commands'));
}

/** The pages that are kept, since they are read where nothing is built. */
export async function writePages() {
  for (const page of ['licences', 'parity', 'rights']) {
    writeFileSync(path.join('docs', `${page}.md`), await text(page));
  }
}
