import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { notificationChannels } from '../../../src/schema/notification-channels.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aWorkRequest } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

let last = 0;
const aName = (): string => `channel-${(last += 1)}`;

const mail = ['--set', 'from=a@example.org', '--set', 'to=[b@example.org]'];
const data = { from: 'a@example.org', to: ['b@example.org'] };

async function create(database: TestDatabase, name: string, ...words: readonly string[]) {
  return runCommand(database, ['create-notification-channel', name, 'email', ...mail, ...words]);
}

const stored = async ({ db }: TestDatabase, name: string) =>
  (await db.select().from(notificationChannels).where(eq(notificationChannels.name, name)))[0];

const naming = (channel: string) => ({
  eventReactionsJson: { on_success: [{ action: 'send-notification', channel, data: null }], on_failure: [] },
});

describe('create-notification-channel', () => {
  test('stores what is valid, and gives every key', async ({ database }) => {
    const name = aName();
    expect(await create(database, name)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const channel = await stored(database, name);
    expect(channel).toMatchObject({ method: 'email', data });
    const again = await create(database, name, '--if-not-exists', '--json');
    const record = JSON.parse(again.stdout) as Record<string, unknown>;
    expect(record).toEqual({
      was_created: false,
      changed: false,
      id: channel?.id,
      name,
      method: 'email',
      data,
    });
    expect(Object.keys(record)).toEqual(['was_created', 'changed', 'id', 'name', 'method', 'data']);
    expect((await create(database, name)).exitCode).toBe(4);
    expect((await create(database, name, '--set', 'subject=x', '--if-not-exists')).exitCode).toBe(4);
    expect((await create(database, name, '--set', 'subject=x', '--update')).exitCode).toBe(0);
    expect((await stored(database, name))?.data).toEqual({ ...data, subject: 'x' });
  });

  test('without sender or recipients is accepted with a warning', async ({ database }) => {
    const words = ['create-notification-channel', aName(), 'email', '--set', 'from=a@example.org'];
    const { exitCode, stderr } = await runCommand(database, words);
    expect([exitCode, stderr]).toEqual([
      0,
      `warning: notification channel "${words[1]}" has no "to"; each work request must supply it\n`,
    ]);
  });

  test.for([
    [['x'.repeat(24), 'email'], 3, 'error: channel name has 24 characters, at most 20 are stored\n'],
    [['ok', 'email', '--set', 'to=[x]'], 3, 'error: data: to.0: "x" is not an e-mail address\n'],
    [['ok', 'email', '--set', 'bcc=[]'], 3, /^error: data: bcc: unknown key/],
    [['', 'email'], 3, /^error: channel name is empty/],
    [['ok', 'sms'], 2, /^error: METHOD: "sms" is none of email/],
    [['ok'], 2, /^error: create-notification-channel needs METHOD/],
  ] as const)('refuses %j with status %i and stores nothing', async ([words, status, line], { database }) => {
    const outcome = await runCommand(database, ['create-notification-channel', ...words]);
    expect([outcome.exitCode, outcome.stdout]).toEqual([status, '']);
    if (typeof line === 'string') expect(outcome.stderr).toBe(line);
    else expect(outcome.stderr).toMatch(line);
    expect(await stored(database, words[0])).toBeUndefined();
  });

  test('a dry run stores nothing', async ({ database }) => {
    const name = aName();
    const { exitCode, stdout } = await create(database, name, '--dry-run');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(name)]);
    expect(await stored(database, name)).toBeUndefined();
  });
});

describe('list-notification-channels', () => {
  test('is by name, with the keys of the original under its name', async ({ database }) => {
    const [first, second] = [`a-${aName()}`, `b-${aName()}`];
    await create(database, second);
    await create(database, first);
    const { stdout } = await runCommand(database, [
      'list-notification-channels',
      '--match',
      '-channel-',
      '--json',
    ]);
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual([first, second]);
    expect(Object.keys((JSON.parse(stdout) as object[])[0] ?? {})).toEqual(['id', 'name', 'method', 'data']);
    const yaml = await runCommand(database, ['list_notification_channels', '--match', first, '--yaml']);
    expect(yaml.stdout).toBe(
      `- data:\n    from: a@example.org\n    to:\n    - b@example.org\n  method: email\n  name: ${first}\n\n`,
    );
    expect((await runCommand(database, ['list-notification-channels', '--method', 'sms'])).exitCode).toBe(2);
  });
});

describe('manage-notification-channel', () => {
  test('change-name warns of unfinished work requests that name it', async ({ database }) => {
    const [name, next, other] = [aName(), aName(), aName()];
    await create(database, name);
    await create(database, other);
    await aWorkRequest(database.db, naming(name));
    const words = ['manage-notification-channel', 'change-name', name];
    expect((await runCommand(database, [...words, other])).exitCode).toBe(4);
    expect((await runCommand(database, [...words, 'x'.repeat(21)])).exitCode).toBe(3);
    expect((await runCommand(database, [...words, next, '--dry-run'])).exitCode).toBe(0);
    expect(await stored(database, name)).toBeDefined();
    const { exitCode, stdout, stderr } = await runCommand(database, [...words, next, '--json']);
    expect([exitCode, stderr]).toEqual([
      0,
      `warning: 1 unfinished work request names notification channel "${name}" and will not find it\n`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ name: next, method: 'email', data, changed: true });
    expect((await runCommand(database, [...words, next])).exitCode).toBe(3);
    const same = await runCommand(database, [
      ...['manage_notification_channel', 'change-name', next, next, '--json'],
    ]);
    expect(JSON.parse(same.stdout)).toMatchObject({ changed: false });
  });

  test('change-data replaces with --data and changes keys with --set and --unset', async ({ database }) => {
    const name = aName();
    await create(database, name);
    const words = ['manage-notification-channel', 'change-data', name];
    expect(await runCommand(database, words)).toMatchObject({ exitCode: 2, stdout: '' });
    await runCommand(database, [...words, '--set', 'subject=x', '--unset', 'to']);
    expect((await stored(database, name))?.data).toEqual({ from: 'a@example.org', subject: 'x' });
    const stdin = 'from: c@example.org\nto: [d@example.org]\n';
    expect((await runCommand(database, [...words, '--data', '-'], { stdin })).exitCode).toBe(0);
    expect((await stored(database, name))?.data).toEqual({ from: 'c@example.org', to: ['d@example.org'] });
    const original = ['manage_notification_channel', 'change-data', name];
    expect((await runCommand(database, original, { stdin: 'from: e@example.org\n' })).exitCode).toBe(0);
    expect((await stored(database, name))?.data).toEqual({ from: 'e@example.org' });
    expect((await runCommand(database, [...words, '--set', 'to=x'])).exitCode).toBe(3);
    expect(
      (await runCommand(database, ['manage-notification-channel', 'change-data', 'nosuch', ...mail]))
        .exitCode,
    ).toBe(3);
  });

  test('needs one of its actions', async ({ database }) => {
    for (const words of [['manage-notification-channel'], ['manage_notification_channel', 'nope']]) {
      expect(await runCommand(database, words)).toMatchObject({ exitCode: 2, stdout: '' });
    }
  });
});

describe('delete-notification-channel', () => {
  test('deletes all or none, without a question', async ({ database }) => {
    const [name, other] = [aName(), aName()];
    await create(database, name);
    await create(database, other);
    await aWorkRequest(database.db, { ...naming(name), status: 'running' });
    const words = ['delete-notification-channel', name, 'nosuch', other];
    const refused = await runCommand(database, words);
    expect([refused.exitCode, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toMatch(/^error: notification channel "nosuch" not found/);
    expect(await stored(database, other)).toBeDefined();
    expect((await runCommand(database, [...words, '--if-exists', '--dry-run'])).exitCode).toBe(0);
    const { exitCode, stdout } = await runCommand(database, [...words, '--if-exists', '--json']);
    expect([exitCode, stdout]).toEqual([
      0,
      `[{"name":"${name}","deleted":true,"named_by_unfinished_work_requests":1},` +
        '{"name":"nosuch","deleted":false,"named_by_unfinished_work_requests":0},' +
        `{"name":"${other}","deleted":true,"named_by_unfinished_work_requests":0}]\n`,
    ]);
    expect((await runCommand(database, ['delete_notification_channel', name])).exitCode).toBe(3);
  });
});
