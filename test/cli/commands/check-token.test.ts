import { describe, expect } from 'vitest';
import { hashTokenKey } from '../../../src/data/token-keys.ts';
import { test } from '../../support/database.ts';
import { aToken, aUser, aWorker } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const key = 'c3'.repeat(32);

describe('check-token', () => {
  test('tells whose a key is', async ({ database: { db, url } }) => {
    const user = await aUser(db);
    const token = await aToken(db, { userId: user.id, comment: 'CI', hash: hashTokenKey(key) });
    const check = (...words: string[]) =>
      runCommand({ url }, ['check-token', ...words], { stdin: `${key}\n` });
    expect(await check()).toEqual({
      exitCode: 0,
      stdout: `user ${user.username}, token ${token.id}, enabled\n`,
      stderr: '',
    });
    expect(JSON.parse((await check('--json')).stdout)).toEqual({
      known: true,
      enabled: true,
      id: token.id,
      hash: token.hash,
      user: user.username,
      worker: null,
      comment: 'CI',
      created: token.createdAt,
    });
    const typed = await runCommand({ url }, ['check-token'], { terminal: true, answers: [key] });
    expect(typed.stdout).toContain(`token ${token.id}, enabled`);
    expect(typed.stderr).not.toContain(key);
  });

  test('a disabled one is 4, an unknown one 3, and the answer for programs is there', async ({
    database: { db, url },
  }) => {
    const off = 'd4'.repeat(32);
    const token = await aToken(db, { enabled: false, hash: hashTokenKey(off) });
    const worker = await aWorker(db, { tokenId: token.id });
    expect(await runCommand({ url }, ['check-token'], { stdin: off })).toEqual({
      exitCode: 4,
      stdout: `worker ${worker.name}, token ${token.id}, disabled\n`,
      stderr: `error: token ${token.id} is disabled; hint: debusine-admin manage-token enable --id ${token.id}\n`,
    });
    const unknown = await runCommand({ url }, ['check-token', '--json'], { stdin: 'e5'.repeat(32) });
    expect(unknown.exitCode).toBe(3);
    expect(JSON.parse(unknown.stdout)).toMatchObject({ known: false, enabled: false, id: null });
    const odd = await runCommand({ url }, ['check-token'], { stdin: 'secret words' });
    expect(odd).toMatchObject({ exitCode: 3, stdout: '' });
    expect(odd.stderr).toContain('which is not 64 hex digits');
    expect(odd.stderr).not.toContain('secret');
  });

  test('a key among the arguments is refused and not repeated', async ({ database }) => {
    for (const words of [
      ['check-token', key],
      ['list-tokens', '--token', key],
      ['list-tokens', `--token=${key}`],
      ['manage-token', 'disable', key],
    ]) {
      const { exitCode, stdout, stderr } = await runCommand(database, [...words, '--debug']);
      expect(exitCode).toBe(2);
      expect(stdout + stderr).not.toContain(key);
      expect(stderr).toContain('--token-file');
    }
  });
});
