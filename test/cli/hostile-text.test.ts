/** Texts of others are shown harmlessly to people, and whole to programs. */
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { type Copy, makeWorld } from '../support/examples.ts';
import { test as base } from '../support/database.ts';
import { inflict, keepRows, readingLines, restore, textDamage } from '../support/hostile-world.ts';
import { runCommand, type Surroundings } from '../support/run-command.ts';

const test = base.extend<{ $file: { copy: Copy } }>({
  copy: [
    async ({}, use) => {
      const world = await makeWorld();
      const copy = await world.copy();
      await keepRows(copy);
      await use(copy);
      await copy.remove();
      await world.remove();
    },
    { scope: 'file' },
  ],
});

const hostile: Readonly<Record<string, string>> = {
  'escape sequences':
    '\u001b[31mred\u001b[2J\u001b]0;title\u0007\u001b]8;;http://x\u001b\\\u009b31m\u0090q\u009c\r\u0008',
  'marks of direction, lines and tabs': '\u202egnp\u2066x\u200f\u061c\n\r\ttab\u2028next\u2029\u000b\u0085',
  'emoji and combining marks': `👩‍👩‍👧‍👦🏳️‍🌈e\u0301${'a\u0300\u0301\u0302'.repeat(20)}한글漢字ﷺ`,
  'ten thousand characters': `${'x'.repeat(5000)} ${'長'.repeat(5000)}`,
};

const controls = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** Our own colours, and nothing else that begins with an escape. */
const colour = /\u001b\[(?:\d+;?)*m/g;

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

// Names and numbers are never shortened (cli.md 4.2), so a table with an endless name is wider than the terminal.
test.for(Object.entries(hostile))(
  '%s in every column harm neither people nor programs',
  async ([, text], { copy }) => {
    const { database, env } = copy;
    await inflict(copy, await textDamage(database.db, text));
    const failures: string[] = [];
    const machine = ['--json', '--jsonl', '--csv', '--format', '--count', '--plain', '--yaml'];
    for (const line of await readingLines()) {
      const run = (words: readonly string[], more: Surroundings = {}) =>
        runCommand(database, copy.localized([...line, ...words]), { env, ...more });
      const isOpen = !line.some((word) => machine.includes(word));
      const outcomes = [await run([], { terminal: true }), ...(isOpen ? [await run(['--plain'])] : [])];
      for (const { stdout, stderr } of outcomes) {
        // CSV ends its lines with CR LF, as its standard says.
        const lines = (stdout + stderr).replaceAll(colour, '').split(line.includes('--csv') ? '\r\n' : '\n');
        failures.push(...lines.filter((one) => controls.test(one)).map((one) => `${line.join(' ')}: ${one}`));
      }
    }
    const list = async (name: string): Promise<readonly string[]> =>
      textsIn(JSON.parse((await runCommand(database, [name, '--json'], { env })).stdout));
    const stored = await database.db.execute<{ name: string; username: string }>(sql`
    select w.name, u.username from db_worker w, db_user u`);
    const [workers, users] = [await list('list-workers'), await list('list-users')];
    await restore(copy);
    expect(failures.join('\n')).toBe('');
    expect(stored.some(({ username }) => username.includes(text.slice(0, 5)))).toBe(true);
    expect(workers).toEqual(expect.arrayContaining(stored.map(({ name }) => name)));
    expect(users).toEqual(expect.arrayContaining(stored.map(({ username }) => username)));
  },
);
