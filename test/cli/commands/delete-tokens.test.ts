import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { hashTokenKey } from '../../../src/data/token-keys.ts';
import { tokens } from '../../../src/schema/tokens.ts';
import { test } from '../../support/database.ts';
import { aToken, aUser, aWorker, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

describe('delete-tokens', () => {
  test('deletes exactly what is selected, and says nothing in a pipe', async ({ database: { db, url } }) => {
    const user = await aUser(db);
    const doomed = await aToken(db, { userId: user.id, comment: 'CI' });
    const kept = await aToken(db, { userId: user.id, comment: 'laptop' });
    const words = ['delete-tokens', '--user', user.username, '--comment', 'C*', '--yes'];
    expect(await runCommand({ url }, [...words, '--dry-run', '--json'])).toEqual({
      exitCode: 0,
      stdout: `{"deleted":[{"id":${doomed.id},"hash":"${doomed.hash}","user":"${user.username}"}],"skipped":[]}\n`,
      stderr: '',
    });
    expect(await runCommand({ url }, words)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const left = await db.select({ id: tokens.id }).from(tokens).where(eq(tokens.userId, user.id));
    expect(left).toEqual([{ id: kept.id }]);
  });

  test.for([
    [[], 2, 'error: nothing selected; hint: --id, --hash, --user, --token-file, --disabled or --all\n'],
    [['--comment', 'CI'], 2, /^error: --comment needs --user/],
    [['--all', '--disabled'], 2, /exclude each other/],
    [['--id', '999999', '--yes'], 3, 'error: no token matches; hint: --if-exists accepts that\n'],
    [['--user', 'nosuch', '--yes'], 3, /user "nosuch" not found/],
    [['--hash', 'xyz'], 2, /8 to 64 hex digits/],
  ] as const)('%j is refused', async ([words, status, message], { database }) => {
    const { exitCode, stderr, stdout } = await runCommand(database, ['delete-tokens', ...words]);
    expect([exitCode, stdout]).toEqual([status, '']);
    expect(stderr).toMatch(message);
  });

  test('what does not exist is no failure with --if-exists', async ({ database }) => {
    for (const words of [
      ['--id', '999999'],
      ['--user', 'nosuch'],
    ]) {
      const outcome = await runCommand(database, ['delete-tokens', ...words, '--if-exists']);
      expect(outcome).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    }
  });

  test('without a terminal and --yes nothing goes', async ({ database: { db, url } }) => {
    const { id } = await aToken(db);
    expect(await runCommand({ url }, ['delete-tokens', '--id', String(id)])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: refusing to delete 1 token without confirmation; hint: add --yes\n',
    });
    expect(await db.$count(tokens, eq(tokens.id, id))).toBe(1);
  });

  test.for([
    ['n', 8, 1],
    ['', 8, 1],
    [null, 8, 1],
    ['\u0003', 130, 1],
    ['y', 0, 0],
  ] as const)('on a terminal %j ends with %i', async ([answer, status, left], { database: { db, url } }) => {
    const { id, hash } = await aToken(db);
    const words = ['delete-tokens', '--id', String(id)];
    const { exitCode, stderr } = await runCommand({ url }, words, { terminal: true, answers: [answer] });
    expect(exitCode).toBe(status);
    expect(stderr).toContain(hash.slice(0, 12));
    expect(stderr).toContain('Delete 1 token?');
    expect(await db.$count(tokens, eq(tokens.id, id))).toBe(left);
  });

  test('a token made after the question survives --all', async ({ database: { db, url } }) => {
    const shown = await aToken(db);
    const outcome = runCommand({ url }, ['delete-tokens', '--all', '--skip-in-use'], {
      terminal: true,
      answers: ['y'],
      beforeAnswer: async () => void (await aToken(db, { comment: 'late' })),
    });
    expect((await outcome).exitCode).toBe(0);
    expect(await db.$count(tokens, eq(tokens.id, shown.id))).toBe(0);
    expect(await db.$count(tokens, eq(tokens.comment, 'late'))).toBe(1);
  });

  test('the token of a worker stays, and with it all others unless it is skipped', async ({
    database: { db, url },
  }) => {
    const comment = unique('c');
    const user = await aUser(db);
    const used = await aToken(db, { userId: user.id, comment });
    const free = await aToken(db, { userId: user.id, comment });
    const worker = await aWorker(db, { tokenId: used.id });
    const words = ['delete-tokens', '--user', user.username, '--yes'];
    const refused = await runCommand({ url }, words);
    expect(refused).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: `error: token ${used.id} belongs to worker "${worker.name}"; hint: debusine-admin manage-worker disable ${worker.name}\n`,
    });
    expect(await db.$count(tokens, eq(tokens.id, free.id))).toBe(1);
    const { exitCode, stdout } = await runCommand({ url }, [...words, '--skip-in-use', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      deleted: [{ id: free.id, hash: free.hash, user: user.username }],
      skipped: [{ id: used.id, hash: used.hash, user: user.username, worker: worker.name }],
    });
  });

  test('under its old name a line y on standard input is the answer, and --token takes the key', async ({
    database: { db, url },
  }) => {
    const key = 'a1'.repeat(32);
    const { id } = await aToken(db, { hash: hashTokenKey(key) });
    const words = ['delete_tokens', '--token', key];
    expect((await runCommand({ url }, words, { stdin: 'n\n' })).exitCode).toBe(0);
    expect(await db.$count(tokens, eq(tokens.id, id))).toBe(1);
    const { exitCode, stdout, stderr } = await runCommand({ url }, words, { stdin: 'y\n' });
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(stderr).toContain('warning: a key on the command line');
    expect(stderr).not.toContain(key);
    expect(await db.$count(tokens, eq(tokens.id, id))).toBe(0);
    expect((await runCommand({ url }, words)).exitCode).toBe(3);
    expect((await runCommand({ url }, [...words, '--force'])).exitCode).toBe(0);
  });
});
