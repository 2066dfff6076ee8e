/**
 * Builds `dist/`: the command line as one CommonJS file whose parts are evaluated when they are needed, and the
 * library as an ES module. Not minified: traces stay readable, and start-up does not gain from it.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { writeCommandModules } from './src/cli/command-modules.js';
import { buildLibrary } from './src/library/build.js';

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  logLevel: 'warning',
};

writeCommandModules();
const library = buildLibrary('dist');
await build({
  ...shared,
  entryPoints: ['src/cli/main.ts'],
  format: 'cjs',
  outfile: 'dist/main.cjs',
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
});

// What the launcher has to know without loading the bundle: its identity, and what --version says.
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const level = /requiredLevel = '(\d+)'/.exec(readFileSync('src/db/required-level.ts', 'utf8'))?.[1];
const id = createHash('sha256').update(readFileSync('dist/main.cjs')).digest('hex').slice(0, 32);
writeFileSync('dist/build.json', JSON.stringify({ id, version, level }));

await library;
