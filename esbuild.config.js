/**
 * Builds `dist/`: the command line as one CommonJS file whose parts are evaluated when they are needed, and the
 * library as an ES module. Not minified: traces stay readable, and start-up does not gain from it.
 */
import { build } from 'esbuild';

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  logLevel: 'warning',
};

await build({
  ...shared,
  entryPoints: ['src/cli/main.ts'],
  format: 'cjs',
  outfile: 'dist/main.cjs',
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
});
