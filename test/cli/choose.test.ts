/** A name that was left out is chosen on a terminal, and only there. */
import { describe, expect, test as plain } from 'vitest';
import { catalog } from '../../src/cli/catalog.ts';
import { choosable } from '../../src/cli/command.ts';
import * as identities from '../../src/models/identities.ts';
import * as tokens from '../../src/models/tokens.ts';
import * as users from '../../src/models/users.ts';
import { test } from '../support/database.ts';
import { at, aUser, aWorkflowTemplate, aWorkspace, unique } from '../support/factories.ts';
import { runCommand } from '../support/run-command.ts';

const down = '\u001b[B';

describe('a name that was left out', () => {
  test('is chosen among those in the database, by their order', async ({ database }) => {
    await aUser(database.db, { username: '0-first' });
    await aUser(database.db, { username: '0-second' });
    const words = ['manage-user', 'disable'];
    const outcome = await runCommand(database, words, { terminal: true, answers: [down] });
    expect(outcome).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Which user?') });
    expect(await users.getByUsername(database.db, '0-second')).toMatchObject({ isActive: false });
    expect(await users.getByUsername(database.db, '0-first')).toMatchObject({ isActive: true });
  });

  test('is asked for by nobody without a terminal: a usage error before the database is opened', async () => {
    const missing = {
      exitCode: 2,
      stdout: '',
      stderr: 'error: show-workspace needs NAME; hint: debusine-admin show-workspace --help\n',
    };
    const nowhere = { url: 'postgresql://127.0.0.1:1/none' };
    expect(await runCommand(nowhere, ['show-workspace'])).toEqual(missing);
    for (const more of [{ env: { CI: 'true' } }, { words: ['--no-input'] }]) {
      const words = ['show-workspace', ...('words' in more ? more.words : [])];
      expect(await runCommand(nowhere, words, { terminal: true, ...more })).toEqual(missing);
    }
  });

  test('is as missing under one of the names of the original as it was there', async ({ database }) => {
    const { exitCode, stderr } = await runCommand(database, ['delete_workspace'], { terminal: true });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('delete-workspace needs NAME')]);
  });

  test('changes nothing when the question is not answered', async ({ database }) => {
    const { db } = database;
    const user = await aUser(db, { username: '0-asked' });
    for (const [answer, exitCode] of [
      [null, 8],
      ['\u0003', 130],
    ] as const) {
      const words = ['create-token', '--comment', 'x'];
      const outcome = await runCommand(database, words, { terminal: true, answers: [answer] });
      expect([outcome.exitCode, outcome.stdout]).toEqual([exitCode, '']);
    }
    expect(await tokens.getTokens(db, { username: user.username })).toEqual([]);
  });

  test('stands for several where several may be given, and a confirmation follows', async ({ database }) => {
    const { db } = database;
    const now = at('2024-05-02');
    const issuer = unique('1-sso');
    const identity = await identities.create(db, { issuer, subject: 'a:b' }, now);
    const other = await identities.create(db, { issuer, subject: 'c' }, now);
    const outcome = await runCommand(database, ['delete-identity', '--json'], {
      terminal: true,
      answers: ['', 'y'],
    });
    expect([outcome.exitCode, JSON.parse(outcome.stdout)]).toEqual([
      0,
      [expect.objectContaining({ id: identity.id, deleted: true })],
    ]);
    expect((await identities.get(db, other.id)).subject).toBe('c');
  });

  test('of two that are missing each is asked for', async ({ database }) => {
    const { db } = database;
    const user = await aUser(db, { username: '0-aaa' });
    const given = { issuer: '0-sso', subject: unique('s') };
    const { id } = await identities.create(db, given, at('2024-05-02'));
    const words = ['manage-identity', 'bind'];
    const both = await runCommand(database, words, { terminal: true, answers: ['', ''] });
    expect(both.stderr).toMatch(/Which identity\?[^]*Which user\?/);
    expect((await identities.get(db, id)).userId).toBe(user.id);
    const one = await runCommand(database, [...words, String(id)], { terminal: true, answers: [''] });
    expect([one.exitCode, one.stderr]).toEqual([0, expect.not.stringContaining('Which identity')]);
  });

  test('of a template is one of the workspace that is named', async ({ database }) => {
    const { db } = database;
    const [here, there] = [await aWorkspace(db), await aWorkspace(db)];
    await aWorkflowTemplate(db, { name: '0-elsewhere', workspaceId: there.id });
    await aWorkflowTemplate(db, { name: '1-here', workspaceId: here.id });
    const words = ['manage-workflow-template', '--priority', '3', '--json', '--workspace'];
    const terminal = { terminal: true, answers: [''] };
    const { stdout, stderr } = await runCommand(database, [...words, here.name], terminal);
    expect(stderr).toContain(`Which workflow template of "${here.name}"?`);
    expect(JSON.parse(stdout)).toMatchObject({ name: '1-here' });
    const empty = await aWorkspace(db);
    expect(await runCommand(database, [...words, empty.name], terminal)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('has no workflow template'),
    });
    expect((await runCommand(database, [...words, 'nosuch'], terminal)).exitCode).toBe(3);
  });

  test('is said to be none where there is nothing to choose', async ({ database }) => {
    const outcome = await runCommand(database, ['show-file-store', '--no-input'], { terminal: true });
    expect(outcome.exitCode).toBe(2);
    expect(await runCommand(database, ['delete-notification-channel'], { terminal: true })).toMatchObject({
      exitCode: 3,
      stderr:
        'error: there is no notification channel; hint: debusine-admin create-notification-channel makes one\n',
    });
  });

  test('with control characters is shown harmlessly, and meant as it is', async ({ database }) => {
    const name = '\u001b[31m0-red\u0007';
    await aWorkspace(database.db, { name });
    const { exitCode, stdout, stderr } = await runCommand(database, ['show-workspace', '--json'], {
      terminal: true,
      answers: [''],
    });
    expect([exitCode, JSON.parse(stdout).name]).toEqual([0, name]);
    expect(stderr).toContain(String.raw`\x1b[31m0-red\x07`);
    expect(stderr).not.toContain('\u001b[31m0-red');
  });

  test('is no worker where --id says that a number is meant', async ({ database }) => {
    const outcome = await runCommand(database, ['show-worker', '--id'], { terminal: true, answers: [''] });
    expect([outcome.exitCode, outcome.stderr]).toEqual([2, expect.stringContaining('needs WORKER')]);
  });
});

plain('only the last arguments can be left out, as far as they are names', async () => {
  const found: Record<string, readonly string[]> = {};
  for (const { name, load } of catalog) {
    const { default: command } = await load();
    found[name] = [...choosable(command.arguments).keys()];
  }
  expect(found).toMatchObject({
    'create-workflow': ['template'],
    'delete-workspace': ['name'],
    'manage-identity bind': ['username', 'identity'],
    // A new address cannot be chosen, so the account in front of it has to be there, too.
    'manage-user change-email': [],
    'create-user': [],
    'show-workflow-template': [],
  });
});
