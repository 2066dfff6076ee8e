/** Builds the library: `index.js`, an ES module, and its declarations in `types`. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url).pathname;

/**
 * What the library depends on stays outside, so that a program that uses it shares one copy. The declarations come
 * from the compiler, which does not check again what `npm run check` checks; that takes the longest here, so the
 * bundle is made meanwhile.
 * @param {string} directory where both go
 */
export async function buildLibrary(directory) {
  const types = join(directory, 'types');
  rmSync(types, { recursive: true, force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const declarations = promisify(execFile)(process.execPath, [
    compiler,
    ...['-p', join(root, 'src'), '--outDir', types],
  ]).catch((error) => {
    // The compiler says what is wrong on its standard output.
    throw new Error(`the declarations of the library: ${error.stdout}`, { cause: error });
  });
  await build({
    entryPoints: [join(root, 'src/index.ts')],
    outfile: join(directory, 'index.js'),
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    legalComments: 'none',
    logLevel: 'warning',
  });
  await declarations;
}
