/** Input and data that would take all time, memory or stack if they were let. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { parse } from 'yaml';
import { describe, expect } from 'vitest';
import { aDirectory } from '../storage/scratch.ts';
import { test, type TestDatabase } from '../support/database.ts';
import { anArtifact } from '../support/factories.ts';
import { startMailServer } from '../support/mail-server.ts';
import { runCommand } from '../support/run-command.ts';

const launcher = fileURLToPath(new URL('../../bin/debusine-admin.js', import.meta.url));

/** The command line in a process of its own. @param stdin what it reads: a text, or an open file */
function runLauncher({ url }: Pick<TestDatabase, 'url'>, words: readonly string[], stdin: string | number) {
  return spawnSync(process.execPath, [launcher, ...words], {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', DATABASE_URL: url },
    encoding: 'utf8',
    ...(typeof stdin === 'string' ? { input: stdin } : { stdio: [stdin, 'pipe', 'pipe'] }),
  });
}

describe('a file that never ends is not read to its end', () => {
  test.for([
    [['create-collection', 'x', 'debian:suite', '--data', '/dev/zero'], '/dev/zero is larger than 16 MiB'],
    [['create-collection', 'x', 'debian:suite', '--set-file', 'a=/dev/zero'], '/dev/zero is larger than'],
    [['list-users', '--config', '/dev/zero'], 'cannot read /dev/zero: it is larger than 1 MiB'],
  ] as const)('%j', async ([words, message], { database }) => {
    const { exitCode, stdout, stderr } = await runCommand(database, words);
    expect([exitCode, stdout, stderr]).toEqual([3, '', expect.stringContaining(message)]);
  });

  test('nor is one that is larger than it should be', async ({ database }) => {
    const file = join(aDirectory(), 'large.yaml');
    writeFileSync(file, `a: ${'x'.repeat(16 * 1024 * 1024)}\n`);
    const words = ['create-collection', 'x', 'debian:suite', '--data', file];
    const { exitCode, stderr } = await runCommand(database, words);
    expect([exitCode, stderr]).toEqual([3, `error: ${file} is larger than 16 MiB\n`]);
  });

  test('a pipe that ends is read', async ({ database }) => {
    const pipe = join(aDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [{ exitCode }] = await Promise.all([
      runCommand(database, ['create-collection', 'piped', 'debian:suite', '--data', pipe]),
      writeFile(pipe, 'may_reuse_versions: true\n'),
    ]);
    expect(exitCode).toBe(0);
  });
});

describe('data nested deeper than a stack is shown intact', () => {
  const depth = 6000;
  const nested = (levels: number): string => `${'{"a": ['.repeat(levels)}1${']}'.repeat(levels)}`;

  test.for([
    ['show-artifact', '--data', '--json'],
    ['show-artifact', '--data', '--jsonl'],
    ['list-artifacts', '--columns', 'data', '--csv'],
    ['list-artifacts', '--columns', 'data', '--plain'],
    ['list-artifacts', '--columns', 'data', '--format', 'table'],
    ['show-artifact', '--format', 'table'],
    ['show-artifact', '--yaml'],
  ])('%j', async (words, { database }) => {
    const { id } = await anArtifact(database.db, { category: 'x' });
    await database.db.execute(
      sql`update db_artifact set data = ${nested(depth)}::text::jsonb where id = ${id}`,
    );
    const [name = '', ...more] = words;
    const given = name === 'list-artifacts' ? ['--category', 'x', '--limit', '1'] : [String(id)];
    const { exitCode, stdout, stderr } = await runCommand(database, [name, ...given, ...more]);
    expect([exitCode, stderr]).toEqual([0, '']);
    if (more.includes('--json')) expect(stdout).toBe(`${nested(depth).replaceAll(' ', '')}\n`);
  });

  test('in YAML the innermost levels stand in brackets and mean the same', async ({ database }) => {
    const { id } = await anArtifact(database.db);
    await database.db.execute(
      sql`update db_artifact set data = ${nested(300)}::text::jsonb where id = ${id}`,
    );
    const { stdout } = await runCommand(database, ['show-artifact', String(id), '--data', '--yaml']);
    expect(parse(stdout)).toEqual(JSON.parse(nested(300)));
    expect(stdout).toContain('{"a":[');
  });
});

describe('YAML that would become too large, too deep or code is refused, wherever it is given', () => {
  const lists = [...'abcdefghi'].map((name, at, all) => {
    const item = at === 0 ? 'x' : `*${all[at - 1] ?? ''}`;
    return [name, `&${name} [${Array(10).fill(item).join(', ')}]`] as const;
  });
  const attacks = [
    ['a thousand million aliased values', `{${lists.map((pair) => pair.join(': ')).join(', ')}}`, 'aliases'],
    ['an alias inside what it stands for', '&a [*a]', 'no anchor before it'],
    ['a tag for code of JavaScript', '!!js/function "x"', 'unresolved tag'],
    ['a tag for code of Python', '!!python/object/apply:os.system [id]', 'unresolved tag'],
    ['a tag of its own', '!own x', 'unresolved tag'],
    ['200,000 lists inside each other', '['.repeat(200_000), 'nested too deeply'],
    ['40,000 mappings inside each other', '{a: '.repeat(40_000), 'nested too deeply'],
    ['lists inside each other without brackets', `\n  ${'- '.repeat(40_000)}x`, 'nested too deeply'],
  ] as const;

  test.for(attacks)('%s', async ([, value, message], { database }) => {
    const file = join(aDirectory(), 'attack.yaml');
    writeFileSync(file, `color: ${value}\n`);
    const create = ['create-collection', 'x', 'debian:suite'];
    for (const [words, status] of [
      [[...create, '--data', file], 3],
      [[...create, '--set', `a=${value.trim()}`], 2],
      [['list-users', '--config', file], 3],
    ] as const) {
      const { exitCode, stdout, stderr } = await runCommand(database, words);
      expect([exitCode, stdout]).toEqual([status, '']);
      expect(stderr).toMatch(/^error: [^\n]*\n$/);
      expect(stderr).toContain(message);
      expect(stderr.length).toBeLessThan(1000);
    }
  });

  test('a key that every object has is an ordinary one', async ({ database }) => {
    const file = join(aDirectory(), 'attack.yaml');
    writeFileSync(file, '__proto__: {color: never}\n');
    const { exitCode, stderr } = await runCommand(database, ['list-users', '--config', file]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('unknown key "__proto__"')]);
  });
});

// The stack of such a process is the usual one, and running out of it may end the process for good.
test.for([
  ['--data', '-'],
  ['--set', `a=${'['.repeat(60_000)}`],
] as const)('the process itself survives nesting given by %j', async ([option, value], { database }) => {
  const words = ['create-collection', 'x', 'debian:suite', option, value];
  const { status, stderr } = runLauncher(database, words, '['.repeat(200_000));
  expect([status, stderr]).toEqual([
    option === '--set' ? 2 : 3,
    expect.stringContaining('nested too deeply'),
  ]);
});

test('standard input that never ends is read to the limit', ({ database }) => {
  const endless = openSync('/dev/zero', 'r');
  try {
    for (const words of [
      ['create-collection', 'x', 'debian:suite', '--data', '-'],
      ['check-token', '--token-file', '-'],
    ]) {
      const { status, stdout, stderr } = runLauncher(database, words, endless);
      expect([status, stdout, stderr]).toEqual([
        3,
        '',
        'error: standard input is larger than 16777216 bytes\n',
      ]);
    }
  } finally {
    closeSync(endless);
  }
});

describe('text in a channel becomes no header of a mail', () => {
  const channel = ['create-notification-channel', 'x', 'email'];
  const good = ['--set', 'from=a@example.org', '--set', 'to=[b@example.org]'];
  const evil = '@example.org\\r\\nBcc: victim@example.org';

  test.for([
    [`from="a${evil}"`],
    [`to=["b${evil}"]`],
    [`cc=["c${evil}"]`],
    ['to=["b@example.org, victim@example.org"]'],
    ['from="<a@example.org> <victim@example.org>"'],
  ])('%s is refused', async ([assignment = ''], { database }) => {
    const { exitCode, stderr } = await runCommand(database, [...channel, ...good, '--set', assignment]);
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringMatching(/^error: [^\r\n]*is not an e-mail address\n$/),
    ]);
  });

  test('a subject of several lines arrives as one, and nobody else gets the mail', async ({ database }) => {
    const { url, heard, stop } = await startMailServer();
    try {
      const subject = 'subject="now\\r\\nBcc: victim@example.org\\r\\n\\r\\nbody"';
      await runCommand(database, [
        'create-notification-channel',
        'evil\nname',
        'email',
        ...good,
        '--set',
        subject,
      ]);
      const { exitCode } = await runCommand(database, ['test-notification-channel', 'evil\nname'], {
        env: { DEBUSINE_ADMIN_SMTP_URL: `${url}?tls=none` },
      });
      expect(exitCode).toBe(0);
    } finally {
      await stop();
    }
    expect(heard.filter((line) => line.startsWith('RCPT'))).toEqual(['RCPT TO:<b@example.org>']);
    const headers = heard.slice(heard.indexOf('DATA') + 1, heard.indexOf('', heard.indexOf('DATA')));
    expect(headers.filter((line) => /^bcc:/i.test(line))).toEqual([]);
    expect(headers.some((line) => line.startsWith('Subject:'))).toBe(true);
  });
});
