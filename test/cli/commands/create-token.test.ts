import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { tokens } from '../../../src/schema/tokens.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aUser } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const tokenCount = (database: TestDatabase): Promise<number> => database.db.$count(tokens);

describe('create-token', () => {
  test('prints the key once and nothing else, and the database has only its SHA-256', async ({
    database,
  }) => {
    const user = await aUser(database.db);

    const { exitCode, stdout, stderr } = await runCommand(database, [
      'create-token',
      user.username,
      '--comment',
      'CI',
    ]);

    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    const [token] = await database.db.select().from(tokens).where(eq(tokens.userId, user.id));
    expect(token).toMatchObject({ comment: 'CI', enabled: true });
    expect(token?.hash).toBe(createHash('sha256').update(stdout.trim()).digest('hex'));
    expect(JSON.stringify(token)).not.toContain(stdout.trim());
  });

  test('--json gives the key and what belongs to it in one document', async ({ database }) => {
    const user = await aUser(database.db);

    const { stdout } = await runCommand(database, ['create-token', user.username, '--disabled', '--json']);

    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(document).toMatchObject({
      was_created: true,
      user: user.username,
      comment: '',
      enabled: false,
      rotated: [],
    });
    expect(document['hash']).toBe(createHash('sha256').update(String(document['token'])).digest('hex'));
  });

  test('an unknown user gives exit 3, one line, and no token', async ({ database }) => {
    const before = await tokenCount(database);

    const { exitCode, stdout, stderr } = await runCommand(database, ['create-token', 'nosuch']);

    expect(exitCode).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toBe('error: user "nosuch" not found; hint: see debusine-admin list-users\n');
    expect(await tokenCount(database)).toBe(before);
  });

  test.for([
    ['no user name', [], 2, /needs USERNAME/],
    ['an unknown option', ['someone', '--coment', 'x'], 2, /no option --coment.*did you mean --comment/],
    ['two arguments', ['someone', 'else'], 2, /takes one argument/],
    ['a comment given twice', ['someone', '--comment', 'a', '--comment', 'b'], 2, /--comment is given twice/],
    [
      '101 characters of comment',
      ['someone', '--comment', 'x'.repeat(101)],
      3,
      /101 characters, at most 100/,
    ],
    ['a control character', ['someone', '--comment', 'a\u001b[31mb'], 3, /control character/],
    ['--rotate without a comment', ['someone', '--rotate'], 2, /--rotate needs --comment/],
    ['--if-not-exists', ['someone', '--if-not-exists'], 2, /cannot be shown again/],
  ] as const)(
    '%s is refused with one line and no token',
    async ([, words, status, message], { database }) => {
      const before = await tokenCount(database);

      const { exitCode, stdout, stderr } = await runCommand(database, ['create-token', ...words]);

      expect(exitCode).toBe(status);
      expect(stdout).toBe('');
      expect(stderr).toMatch(message);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);

      expect(stderr).not.toMatch(/\u001b/);
      expect(await tokenCount(database)).toBe(before);
    },
  );

  test('100 emoji fit into a comment', async ({ database }) => {
    const user = await aUser(database.db);
    const { exitCode } = await runCommand(database, [
      'create-token',
      user.username,
      '--comment',
      '😀'.repeat(100),
    ]);
    expect(exitCode).toBe(0);
  });

  test('when the reader of the pipe is gone nothing is created', async ({ database }) => {
    const user = await aUser(database.db);
    const before = await tokenCount(database);

    const { exitCode, stderr } = await runCommand(database, ['create-token', user.username], {
      closedPipe: true,
    });

    expect(exitCode).toBe(1);
    expect(stderr).toBe('error: cannot write the token: broken pipe; nothing was created\n');
    expect(await tokenCount(database)).toBe(before);
  });

  test('--rotate leaves one enabled token for the user and comment', async ({ database }) => {
    const user = await aUser(database.db);
    const words = ['create-token', user.username, '--comment', 'CI', '--rotate'];

    await Promise.all([
      runCommand(database, words),
      runCommand(database, words),
      runCommand(database, words),
    ]);

    const found = await database.db.select().from(tokens).where(eq(tokens.userId, user.id));
    expect(found).toHaveLength(3);
    expect(found.filter(({ enabled }) => enabled)).toHaveLength(1);
  });

  test('--output writes a private file, and refuses to replace one', async ({ database }) => {
    const user = await aUser(database.db);
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'token-')), 'key');

    const first = await runCommand(database, ['create-token', user.username, '--output', file]);
    expect(first).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    writeFileSync(file, 'mine');
    const before = await tokenCount(database);
    const second = await runCommand(database, ['create-token', user.username, '--output', file]);
    expect(second.exitCode).toBe(4);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await tokenCount(database)).toBe(before);
  });

  test('--output with --force replaces a file only when the token counts', async ({ database }) => {
    const user = await aUser(database.db);
    const directory = mkdtempSync(path.join(tmpdir(), 'token-'));
    const file = path.join(directory, 'key');
    writeFileSync(file, 'the key that counts', { mode: 0o644 });
    const words = ['create-token', user.username, '--comment', 'CI', '--rotate', '--output', file, '--force'];
    await database.db.execute(sql`create function refuse() returns trigger language plpgsql as
      $$ begin raise 'no room for this token'; end $$`);
    await database.db.execute(sql`create constraint trigger refuse after insert on db_token
      deferrable initially deferred for each row execute function refuse()`);

    const refused = await runCommand(database, words);
    expect(refused.exitCode).not.toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('the key that counts');
    expect(readdirSync(directory)).toEqual(['key']);

    await database.db.execute(sql`drop trigger refuse on db_token`);
    expect(await runCommand(database, words)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['key']);
  });

  test.for([
    ['/tmp', 'it is a directory'],
    ['/dev/null', 'it is no plain file'],
  ] as const)('--output %s is refused, with --force too', async ([file, reason], { database }) => {
    const user = await aUser(database.db);
    const before = await tokenCount(database);
    for (const more of [[], ['--force']]) {
      const words = ['create-token', user.username, '--output', file, ...more];
      const { exitCode, stderr } = await runCommand(database, words);
      expect([exitCode, stderr]).toEqual([3, `error: cannot write the token to ${file}: ${reason}\n`]);
    }
    expect(await tokenCount(database)).toBe(before);
  });

  test('a terminal is told what was done, on standard error', async ({ database }) => {
    const user = await aUser(database.db);
    const { stdout, stderr } = await runCommand(database, ['create-token', user.username], {
      terminal: true,
    });
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(stderr).toMatch(new RegExp(`^created token \\d+ for ${user.username} \\(enabled\\)\n$`));
  });

  test('under the name of the original it answers the same, and 3 for an unknown user', async ({
    database,
  }) => {
    const user = await aUser(database.db);
    expect((await runCommand(database, ['create_token', user.username, '--comment', 'x'])).stdout).toMatch(
      /^[0-9a-f]{64}\n$/,
    );
    expect((await runCommand(database, ['create_token', 'nosuch'])).exitCode).toBe(3);
  });
});
