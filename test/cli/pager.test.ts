/** The pager of cli.md 4.7, with a program in its place that writes down what it is given. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { aDirectory } from '../storage/scratch.ts';
import { type TestDatabase, test as base } from '../support/database.ts';
import { aUser, aWorkspace } from '../support/factories.ts';
import { runCommand, type Surroundings } from '../support/run-command.ts';

interface FakePager {
  readonly command: string;
  /** What it was given; undefined when it was not started. */
  seen(): string | undefined;
  /** The variable LESS as it had it. */
  less(): string;
}

const test = base.extend<{ pager: FakePager; long: TestDatabase }>({
  pager: async ({}, use) => {
    const directory = aDirectory();
    const [program, text, less] = ['pager', 'text', 'less'].map((name) => join(directory, name));
    writeFileSync(`${program}`, `#!/bin/sh\necho "$LESS" > ${less}\ncat > ${text}\n`, { mode: 0o755 });
    await use({
      command: `${program}`,
      seen: () => (existsSync(`${text}`) ? readFileSync(`${text}`, 'utf8') : undefined),
      less: () => readFileSync(`${less}`, 'utf8').trim(),
    });
  },
  /** A database with more users than a screen has lines. */
  long: async ({ database }, use) => {
    await makeUsers(database, 30);
    await use(database);
  },
});

async function makeUsers({ db }: TestDatabase, count: number): Promise<void> {
  await db.execute(
    sql`insert into db_user
          (username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
        select name, name || '@example.org', '', '', '', false, false, true, now()
        from (select gen_random_uuid()::text as name from generate_series(1, ${count})) as made`,
  );
}

/** More than a screen of 24 lines. */
const list = ['list-users', '--limit', '30'];

const terminal = (variables: Readonly<Record<string, string>>, more: Surroundings = {}): Surroundings => ({
  terminal: true,
  env: variables,
  ...more,
});

describe('a table longer than the screen', () => {
  test('goes through the pager in colour; what is said about it comes afterwards', async ({
    long,
    pager,
  }) => {
    const { command } = pager;
    const paged = await runCommand(long, list, terminal({ DEBUSINE_ADMIN_PAGER: command }));
    const plain = await runCommand(long, list, terminal({}));
    expect(paged).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/^(30 users|showing 30 of \d+; use --limit 0 for all)\n$/),
    });
    expect(pager.seen()).toBe(plain.stdout);
    expect(pager.seen()).toContain('\u001b[1m');
    expect(pager.less()).toBe('FRX');
  });

  test('gives the pager no control characters of others', async ({ long, pager }) => {
    await aUser(long.db, { username: 'evil\u001b]0;x\u0007' });
    await runCommand(long, ['list-users', '--limit', '0', '--wide'], terminal({ PAGER: pager.command }));
    expect(pager.seen()?.replace(/\u001b\[[0-9;]*m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(pager.seen()).toContain('evil\\x1b]0;x\\x07');
  });

  test('is asked for with --pager, refused with --no-pager, which wins', async ({ long, pager }) => {
    const env = { PAGER: pager.command };
    const both = [...list, '--pager', '--no-pager'];
    expect((await runCommand(long, both, terminal(env))).stdout).toContain('│');
    expect(pager.seen()).toBeUndefined();
  });

  test.for([
    ['no pager is configured', {}, {}],
    ['the variable is empty, whatever PAGER says', { DEBUSINE_ADMIN_PAGER: '' }, {}],
    ['it is cat', { DEBUSINE_ADMIN_PAGER: 'cat' }, {}],
    ['nobody sits at a terminal', { DEBUSINE_ADMIN_PAGER: 'PAGER' }, { terminal: false }],
    ['the screen is high enough', { DEBUSINE_ADMIN_PAGER: 'PAGER' }, { rows: 100 }],
  ] as const)('is printed when %s', async ([, variables, surroundings], { long, pager }) => {
    const entries = Object.entries(variables).map(([key, value]) => [
      key,
      value === 'PAGER' ? pager.command : value,
    ]);
    const env: Record<string, string> = Object.fromEntries(entries) as Record<string, string>;
    if ('DEBUSINE_ADMIN_PAGER' in env && env['DEBUSINE_ADMIN_PAGER'] !== pager.command)
      env['PAGER'] = pager.command;
    const { stdout } = await runCommand(long, list, terminal(env, surroundings));
    expect([stdout.split('\n').length > 30, pager.seen()]).toEqual([true, undefined]);
  });

  test('for programs it is printed', async ({ long, pager }) => {
    for (const format of ['--json', '--plain', '--yaml', '--csv', '--jsonl']) {
      const { stdout } = await runCommand(long, [...list, format], terminal({ PAGER: pager.command }));
      expect(stdout).not.toBe('');
    }
    expect(pager.seen()).toBeUndefined();
  });

  test('fills the screen by lines that wrap, too', async ({ database, pager }) => {
    const { id } = await aWorkspace(database.db, { name: 'w'.repeat(200) });
    expect(id).toBeGreaterThan(0);
    const words = ['list-workspaces', '--wide'];
    await runCommand(database, words, terminal({ PAGER: pager.command }, { rows: 8 }));
    expect(pager.seen()).toContain('www');
  });
});

test('the configuration file comes before PAGER, and LESS is left as it is set', async ({ long, pager }) => {
  const file = join(aDirectory(), 'admin.yaml');
  writeFileSync(file, `pager: "'${pager.command}' --option"\n`);
  const env = { PAGER: '/bin/false', LESS: 'R' };
  await runCommand(long, [...list, '--config', file], terminal(env));
  expect([pager.seen()?.includes('│'), pager.less()]).toEqual([true, 'R']);
  const info = await runCommand(long, ['database', 'info', '--config', file, '--json'], { env });
  expect(info.stdout).toContain(
    `"key":"pager","value":"'${pager.command}' --option","origin":"configuration`,
  );
});

test('a pager that ends early is no failure', async ({ long }) => {
  const program = join(aDirectory(), 'head');
  writeFileSync(program, '#!/bin/sh\nexec 0<&-\nexit 3\n', { mode: 0o755 });
  await makeUsers(long, 5000);
  const words = ['list-users', '--limit', '0'];
  const { exitCode, stdout, stderr } = await runCommand(long, words, terminal({ PAGER: program }));
  expect([exitCode, stdout, stderr]).toEqual([0, '', '']);
});

test.for(['/nonexistent/pager -x', '/etc/passwd'])(
  'with a pager that cannot be started (%s) it is printed, and said so',
  async (command, { long }) => {
    const { exitCode, stdout, stderr } = await runCommand(long, list, terminal({ PAGER: command }));
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(30);
    expect(stderr).toMatch(
      new RegExp(`^warning: cannot start the pager ${command}: [^\n]*\n(30 users|showing 30 of [^\n]*)\n$`),
    );
  },
);

test('a document goes through it as well, and an error comes after it', async ({ database, pager }) => {
  const surroundings = terminal({ PAGER: pager.command }, { rows: 4 });
  expect((await runCommand(database, ['show-workspace', 'System'], surroundings)).stdout).toBe('');
  expect(pager.seen()).toContain('System');
  expect(await runCommand(database, ['show-workspace', 'nosuch'], surroundings)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/^error: /),
  });
});
