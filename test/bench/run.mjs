/**
 * Runs one benchmark: `npm run bench -- NAME [options]`; without a name all but the longest. A benchmark is a file `test/bench/NAME.ts`, see
 * `benchmark.ts`. Its results are printed as tables and written as JSON; the exit status is 1 when a limit was missed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = path.join(root, 'test', 'bench');
/** Not benchmarks, but what they share. */
const shared = ['benchmark', 'cluster'];
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.basename(file, '.ts'))
  .filter((name) => !shared.includes(name))
  .sort();

/** What runs when no benchmark is named: all but the one that takes an hour. */
const usual = names.filter((each) => each !== 'expiry');
const [name, ...words] = process.argv.slice(2);
if (name === undefined || (name.startsWith('-') && name !== '--help')) {
  const given = name === undefined ? [] : [name, ...words];
  const statuses = usual.map((each) => {
    // `queue` is asked by a function of ours, which the original has no command for.
    const theirs = each === 'queue' ? [] : given;
    const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), each, ...theirs], {
      stdio: 'inherit',
    });
    return run.status ?? 1;
  });
  process.exit(Math.max(...statuses));
}
if (!names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- [NAME] [options]; benchmarks: ${names.join(', ')}\n`);
  process.exit(2);
}

/** @type {import('./benchmark.ts').Benchmark} */
const benchmark = await load(name);
/** @type {import('node:util').ParseArgsConfig['options']} */
const common = { output: { type: 'string' }, help: { type: 'boolean' } };
const { values } = parseArgs({ args: words, options: { ...common, ...benchmark.options } });
if (values['help'] === true) {
  process.stdout.write(`${benchmark.help}\n  --output FILE  where the JSON goes (.bench/${name}.json)\n`);
  process.exit(0);
}

const outcome = await benchmark.run({
  options: values,
  root,
  launcher: path.join(root, 'bin', 'debusine-admin.js'),
  log: (text) => void process.stderr.write(`${text}\n`),
});
for (const table of outcome.tables) process.stdout.write(`${tableText(table)}\n`);
for (const { claim, holds } of outcome.limits)
  process.stdout.write(`${holds ? 'holds ' : 'MISSED'} ${claim}\n`);

const file = path.resolve(String(values['output'] ?? path.join(root, '.bench', `${name}.json`)));
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify({ benchmark: name, ...outcome }, null, 2)}\n`);
process.stdout.write(`written to ${file}\n`);
process.exit(outcome.limits.every(({ holds }) => holds) ? 0 : 1);

/**
 * The benchmark, with what it imports from the sources, as one module.
 * @param {string} which
 * @returns {Promise<import('./benchmark.ts').Benchmark>}
 */
async function load(which) {
  const outfile = path.join(root, 'node_modules', '.cache', 'bench', `${which}.mjs`);
  await build({
    entryPoints: [path.join(folder, `${which}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
  });
  return /** @type {{ default: import('./benchmark.ts').Benchmark }} */ (
    await import(pathToFileURL(outfile).href)
  ).default;
}

/**
 * @param {import('./benchmark.ts').Table} table
 * @returns {string}
 */
function tableText({ title, rows }) {
  const keys = Object.keys(rows[0] ?? {});
  const lines = [keys, ...rows.map((row) => keys.map((key) => String(row[key] ?? '')))];
  const widths = keys.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  const text = lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `\n${title}\n${text.join('\n')}\n`;
}
