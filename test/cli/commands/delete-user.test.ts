import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { users } from '../../../src/schema/users.ts';
import { test } from '../../support/database.ts';
import { aToken, aUser, aWorkRequest } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const none = { artifacts: 0, work_requests: 0, collection_items: 0, tokens: 0, identities: 0 };

describe('delete-user', () => {
  test('deletes an account that nothing refers to, after a question', async ({ database: { db, url } }) => {
    const { username } = await aUser(db);
    const exists = () => db.$count(users, eq(users.username, username));
    expect(await runCommand({ url }, ['delete-user', username])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: refusing to delete user "${username}" without confirmation; hint: add --yes\n`,
    });
    const dry = await runCommand({ url }, ['delete-user', username, '--dry-run', '--json']);
    expect(JSON.parse(dry.stdout)).toEqual({ username, deleted: true, references: none });
    const no = await runCommand({ url }, ['delete-user', username], { terminal: true, answers: ['n'] });
    expect([no.exitCode, await exists()]).toEqual([8, 1]);
    expect(await runCommand({ url }, ['delete-user', username, '--yes'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    expect(await exists()).toBe(0);
    expect((await runCommand({ url }, ['delete-user', username, '--yes'])).exitCode).toBe(3);
    const again = await runCommand({ url }, ['delete-user', username, '--yes', '--if-exists', '--json']);
    expect(JSON.parse(again.stdout)).toEqual({ username, deleted: false, references: none });
  });

  test('history blocks, before anybody is asked', async ({ database: { db, url } }) => {
    const user = await aUser(db);
    await aWorkRequest(db, { createdById: user.id });
    await aWorkRequest(db, { createdById: user.id });
    expect(await runCommand({ url }, ['delete-user', user.username], { terminal: true })).toEqual({
      exitCode: 4,
      stdout: '',
      stderr:
        `error: user "${user.username}" is recorded on 2 work requests; ` +
        `hint: debusine-admin manage-user disable ${user.username}\n`,
    });
  });

  test('tokens block unless they go too', async ({ database: { db, url } }) => {
    const user = await aUser(db);
    await aToken(db, { userId: user.id });
    const words = ['delete-user', user.username, '--yes', '--json'];
    expect((await runCommand({ url }, words)).exitCode).toBe(4);
    const { stdout } = await runCommand({ url }, [...words, '--with-tokens']);
    expect(JSON.parse(stdout)).toMatchObject({ deleted: true, references: { ...none, tokens: 1 } });
  });
});
