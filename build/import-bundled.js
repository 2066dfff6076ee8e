/** Runs a part of the sources for the build itself. */
import path from 'node:path';
import { build } from 'esbuild';

/** What every bundle has in common. @type {import('esbuild').BuildOptions} */
export const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  logLevel: 'warning',
};

/**
 * Bundles a module and imports the bundle.
 * @param {string} module
 * @returns {Promise<unknown>}
 */
export async function importBundled(module) {
  const outfile = path.resolve('node_modules/.cache', `${module.replaceAll('/', '-')}.mjs`);
  await build({ ...shared, entryPoints: [module], format: 'esm', packages: 'external', outfile });
  return import(outfile);
}
