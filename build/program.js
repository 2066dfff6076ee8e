/**
 * Builds the command line: what most runs need as one file, the rest as another, libraries of rare use as files
 * beside them, and texts that the launcher prints by itself.
 *
 * Names are kept, so that traces stay readable; start-up would not gain from shorter ones.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { importBundled, shared } from './import-bundled.js';
import { mainText, pieceOf, restText, writeScript } from './script-files.js';

/** Parts of Node that take half a millisecond or more to load, and that many runs do without. */
const lateBuiltins = [
  'child_process',
  'crypto',
  'fs/promises',
  'perf_hooks',
  'readline',
  'tls',
  'v8',
  'zlib',
];

/** What most runs need; with what these import they are in the file that every run reads. */
const usualModules = [
  'src/cli/main.ts',
  'src/cli/alias-rewriting.ts',
  'src/cli/parse.ts',
  'src/cli/execute.ts',
  'src/cli/commands/list-workers.ts',
  'src/models/workers/list.ts',
  'src/db/connection/connect.ts',
  'src/db/database.ts',
  'src/db/level.ts',
  'src/db/listing.ts',
  'src/db/transaction.ts',
  'src/output/plain.ts',
  'src/output/json.ts',
  'src/output/table.ts',
  'node_modules/cli-table3/index.js',
  'late:crypto',
];

/** Large libraries of rare use. */
const separateLibraries = ['cli-progress', 'inquirer', 'nodemailer', 'yaml'];

/**
 * Loads the builtin when something of it is used, not when a module that names it is evaluated.
 * @type {import('esbuild').Plugin}
 */
const late = {
  name: 'late-builtins',
  setup(builder) {
    const filter = new RegExp(`^(node:)?(${lateBuiltins.join('|')})$`);
    builder.onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'late'
        ? { path, external: true }
        : { path: path.replace(/^node:/, ''), namespace: 'late' },
    );
    // As the prototype, since the interplay with ES modules copies own properties, and would load it at once.
    builder.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: `module.exports = Object.create(new Proxy({}, { get: (_, name) => require('node:${path}')[name] }));`,
    }));
  },
};

/**
 * Takes the libraries out of the program.
 * @type {import('esbuild').Plugin}
 */
const separate = {
  name: 'separate-libraries',
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`^(${separateLibraries.join('|')})$`) }, ({ path }) => ({
      path: `./lib/${path}.cjs`,
      external: true,
    }));
  },
};

/**
 * Takes the blanks out of libraries, but not their names, which may be told in messages.
 * @type {import('esbuild').Plugin}
 */
const compactLibraries = {
  name: 'compact-libraries',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path: file }) => {
      const { code } = await transform(readFileSync(file, 'utf8'), {
        minifyWhitespace: true,
        minifySyntax: true,
        target: 'node20.19',
        legalComments: 'none',
      });
      return { contents: code };
    });
  },
};

/**
 * Leaves out the editor prompt, which nobody asks for here: it brings 670 kB for guessing the encoding of a file.
 * @type {import('esbuild').Plugin}
 */
const withoutEditor = {
  name: 'without-editor',
  setup(builder) {
    builder.onResolve({ filter: /^@inquirer\/editor$/ }, ({ path }) => ({ path, namespace: 'nothing' }));
    builder.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'export default undefined;' }));
  },
};

/** @param {string} folder where the files go */
export async function buildProgram(folder) {
  await Promise.all([
    ...separateLibraries.map((name) => buildSeparate(folder, name)),
    buildPieces(folder),
    writeReadyTexts(path.join(folder, 'ready')),
  ]);
}

/**
 * @param {string} folder
 * @param {string} name of a library
 */
async function buildSeparate(folder, name) {
  const { outputFiles } = await build({
    ...shared,
    stdin: { contents: `export * from '${name}';`, resolveDir: '.' },
    format: 'cjs',
    write: false,
    // Nobody reads traces of these.
    minify: true,
    plugins: [withoutEditor],
  });
  writeScript(path.join(folder, 'lib', `${name}.cjs`), outputFiles[0]?.text ?? '');
}

/** @param {string} folder */
async function buildPieces(folder) {
  const { metafile, outputFiles } = await build({
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    format: 'esm',
    splitting: true,
    outdir: folder,
    write: false,
    metafile: true,
    plugins: [late, separate, compactLibraries],
    define: { 'import.meta.url': 'importMeta.url' },
  });
  const usual = outputsFor(usualModules, metafile);
  const pieces = await Promise.all(outputFiles.map(pieceOf));
  const [often, seldom] = [true, false].map((isUsual) =>
    pieces.filter(({ name }) => usual.has(path.basename(name)) === isUsual),
  );
  writeScript(path.join(folder, 'main.cjs'), mainText(often ?? [], './main.js'));
  writeScript(path.join(folder, 'rest.cjs'), await restText(seldom ?? []));
}

/**
 * The files that hold the modules and everything that these import at once.
 * @param {readonly string[]} modules
 * @param {import('esbuild').Metafile} metafile
 * @returns {ReadonlySet<string>} their names
 */
function outputsFor(modules, { outputs }) {
  const outputOf = new Map(Object.entries(outputs).map(([file, { entryPoint }]) => [entryPoint, file]));
  /** @type {Set<string>} */
  const found = new Set();
  /** @param {string} file */
  const add = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const { path: imported, kind } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && imported in outputs) add(imported);
    }
  };
  for (const module of modules) {
    const file = outputOf.get(module);
    if (file === undefined) throw new Error(`${module} is not loaded by itself; build/program.js names it`);
    add(file);
  }
  return new Set([...found].map((file) => path.basename(file)));
}

/**
 * Writes what the launcher prints without starting the program.
 * @param {string} folder
 */
async function writeReadyTexts(folder) {
  const { readyTexts } = /** @type {typeof import('./help-texts.ts')} */ (
    await importBundled('build/help-texts.ts')
  );
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(await readyTexts())) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
