/**
 * Writes `commands.generated.ts`, the list of all commands, from the folder `commands`: `commands/create-token.ts` is
 * `create-token`, `commands/database/migrate.ts` is `database migrate`. The build and the tests do so first.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const target = join(folder, 'commands.generated.ts');

/** Leaves the file alone when nothing has changed. */
export function writeCommandModules() {
  const files = readdirSync(join(folder, 'commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split('\\').join('/'))
    .sort();
  const lines = files.map((file) => {
    const name = file.replace(/\.ts$/, '').replaceAll('/', ' ');
    return `  '${name}': () => import('./commands/${file}'),\n`;
  });
  const text = [
    '/** Made by command-modules.js from the folder `commands`; not to be edited. */\n',
    "import type { Command } from './command.ts';\n\n",
    'export const commandModules: Readonly<Record<string, () => Promise<{ readonly default: Command }>>> = {\n',
    ...lines,
    '};\n',
  ].join('');
  if (read(target) !== text) writeFileSync(target, text);
}

/**
 * @param {string} file
 * @returns {string | undefined}
 */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
