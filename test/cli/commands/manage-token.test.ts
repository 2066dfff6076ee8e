import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { hashTokenKey } from '../../../src/data/token-keys.ts';
import { tokens } from '../../../src/schema/tokens.ts';
import { test } from '../../support/database.ts';
import { aToken, aUser, aWorker } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

describe('manage-token', () => {
  test('switches what is selected; what is so already is unchanged', async ({ database: { db, url } }) => {
    const user = await aUser(db);
    const on = await aToken(db, { userId: user.id });
    const off = await aToken(db, { userId: user.id, enabled: false });
    const words = ['manage-token', 'disable', '--user', user.username];
    const { exitCode, stdout, stderr } = await runCommand({ url }, [...words, '--json']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual([
      { id: on.id, hash: on.hash, enabled: false, changed: true },
      { id: off.id, hash: off.hash, enabled: false, changed: false },
    ]);
    expect(await runCommand({ url }, words)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await db.$count(tokens, eq(tokens.enabled, true))).toBe(0);
    const enable = ['manage-token', 'enable', '--hash', on.hash.slice(0, 12), '-v'];
    expect((await runCommand({ url }, enable)).stderr).toBe(`enabled token ${on.id}\n`);
  });

  test('by key, without the key in the message', async ({ database: { db, url } }) => {
    const key = 'b2'.repeat(32);
    const { id } = await aToken(db, { hash: hashTokenKey(key), enabled: false });
    const words = ['manage-token', 'enable', '--token-file', '-', '--json'];
    const { stdout } = await runCommand({ url }, words, { stdin: ` ${key}\n` });
    expect(JSON.parse(stdout)).toMatchObject([{ id, enabled: true, changed: true }]);
    expect(await runCommand({ url }, words, { stdin: '\n' })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('there is no key on standard input') as string,
    });
  });

  test('disabling the token of a worker says that its work stays with it', async ({
    database: { db, url },
  }) => {
    const { name, tokenId } = await aWorker(db);
    const words = ['manage-token', 'disable', '--id', String(tokenId), '-v'];
    const { stderr } = await runCommand({ url }, words);
    expect(stderr).toContain(`what is assigned to "${name}" stays so`);
    expect(stderr).toContain('manage-worker disable');
  });

  test('a hash of several tokens is ambiguous', async ({ database: { db, url } }) => {
    const [one, two] = [
      await aToken(db, { hash: `a9fdaf26${'0'.repeat(56)}` }),
      await aToken(db, { hash: `a9fdaf26${'1'.repeat(56)}` }),
    ];
    expect(await runCommand({ url }, ['manage-token', 'enable', '--hash', 'A9FDAF26'])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `error: hash "a9fdaf26" is ambiguous: tokens ${one.id}, ${two.id}; hint: give more digits or --id\n`,
    });
  });

  test.for([
    [['enable'], 2, 'error: nothing selected; hint: --id, --hash, --user or --token-file\n'],
    [['enable', '--id', '999999'], 3, /no token matches/],
    [['set-comment', 'x'], 2, 'error: nothing selected; hint: --id\n'],
    [['set-comment', 'x', '--id', '999999'], 3, /token 999999 not found/],
    [['set-comment', '--id', '1', 'a\nb'], 3, /control character/],
    [['frobnicate'], 2, /unknown command "manage-token frobnicate"/],
    [[], 2, /Usage: debusine-admin manage-token ACTION/],
  ] as const)('%j is refused', async ([words, status, message], { database }) => {
    const { exitCode, stderr } = await runCommand(database, ['manage-token', ...words]);
    expect(exitCode).toBe(status);
    expect(stderr).toMatch(message);
  });

  test('set-comment changes the comment', async ({ database: { db, url } }) => {
    const { id, hash } = await aToken(db, { comment: 'old' });
    const words = ['manage-token', 'set-comment', '--id', String(id), 'new', '--json'];
    const record = { id, hash, enabled: true, comment: 'new' };
    expect(JSON.parse((await runCommand({ url }, words)).stdout)).toEqual([{ ...record, changed: true }]);
    expect(JSON.parse((await runCommand({ url }, words)).stdout)).toEqual([{ ...record, changed: false }]);
  });
});
