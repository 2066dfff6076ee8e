/** list-identities, manage-identity bind and unbind, delete-identity. */
import { describe, expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { all } from '../../../src/db/listing.ts';
import * as identities from '../../../src/models/identities.ts';
import * as users from '../../../src/models/users.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { at, aUser, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const then = at('2024-05-02 09:14:07.53');

const anIdentity = (
  { db }: TestDatabase,
  given: Partial<identities.NewIdentity> = {},
): Promise<identities.Identity> =>
  identities.create(db, { issuer: unique('https://sso'), subject: unique('subject'), ...given }, then);

const idsIn = (stdout: string): unknown => stdout.trim().split('\n').filter(Boolean).map(Number);

describe('list-identities', () => {
  test('tells who is known where and bound to whom, with the claims in JSON', async ({ database }) => {
    const user = await aUser(database.db);
    const claims = { groups: ['a'], name: 'Ä' };
    const { id, issuer, subject } = await anIdentity(database, { userId: user.id, claims });
    const { stdout } = await runCommand(database, ['list-identities', '--issuer', issuer, '--json']);
    expect(JSON.parse(stdout)).toEqual([
      { id, issuer, subject, user: user.username, last_used: '2024-05-02T09:14:07.530000Z', claims },
    ]);
    const seen = await runCommand(database, ['list-identities', '--issuer', issuer], { terminal: true });
    expect(seen.stdout).not.toContain('groups');
    expect(seen.stderr).toBe('1 identity\n');
  });

  test('filters: several issuers are alternatives, different filters must all hold', async ({ database }) => {
    const user = await aUser(database.db);
    const [a, b] = [unique('https://a'), unique('https://b')];
    const bound = await anIdentity(database, { issuer: a, subject: 'x-1', userId: user.id });
    const free = await anIdentity(database, { issuer: a, subject: 'x-2' });
    const other = await anIdentity(database, { issuer: b, subject: 'y%1', userId: user.id });
    const found = async (...words: string[]): Promise<unknown> => {
      const shown = ['list-identities', '--columns', 'id', '--no-headers', ...words];
      return idsIn((await runCommand(database, shown)).stdout);
    };
    expect(await found('--issuer', a)).toEqual([bound.id, free.id]);
    expect(await found('--issuer', a, '--issuer', b)).toEqual([bound.id, free.id, other.id]);
    expect(await found('--issuer', `${a.slice(0, -2)}*`)).toEqual([bound.id, free.id]);
    expect(await found('--issuer', a, '--bound')).toEqual([bound.id]);
    expect(await found('--issuer', a, '--unbound')).toEqual([free.id]);
    expect(await found('--user', user.username)).toEqual([bound.id, other.id]);
    expect(await found('--user', user.username, '--match', 'y%')).toEqual([other.id]);
    expect(await found('--user', user.username, '--order', '-subject', '--limit', '1')).toEqual([other.id]);
    expect(await found('--issuer', unique('nosuch'))).toEqual([]);
    const count = await runCommand(database, ['list-identities', '--issuer', a, '--count']);
    expect(count.stdout).toBe('2\n');
  });

  test('an unknown user is no empty list, and contradictions are refused', async ({ database }) => {
    const run = (...words: string[]) => runCommand(database, ['list-identities', ...words]);
    expect(await run('--user', 'nosuch')).toMatchObject({ exitCode: 3, stdout: '' });
    expect(await run('--bound', '--unbound')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await run('--user', 'alice', '--unbound')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await run('--order', 'claims')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/known keys: id, issuer/),
    });
  });
});

describe('manage-identity bind', () => {
  test('binds by number and by text, once; what is bound elsewhere needs --force', async ({ database }) => {
    const { db } = database;
    const [alice, bob] = [await aUser(db), await aUser(db)];
    const identity = await anIdentity(database);
    const text = identities.toText(identity);
    const bind = (...words: string[]) => runCommand(database, ['manage-identity', 'bind', ...words]);

    const dry = await bind(text, alice.username, '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ user: alice.username, changed: true });
    expect(await identities.get(db, identity.id)).toMatchObject({ userId: null, lastUsed: then });

    expect(await bind(text, alice.username)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const saved = await identities.get(db, identity.id);
    expect(saved.userId).toBe(alice.id);
    expect(saved.lastUsed).not.toBe(then);

    const again = await bind(String(identity.id), alice.username, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ id: identity.id, changed: false });
    expect(await identities.get(db, identity.id)).toEqual(saved);

    expect(await bind(text, bob.username)).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: `error: identity "${text}" is bound to user "${alice.username}"; hint: --force binds it anew\n`,
    });
    expect(await identities.get(db, identity.id)).toEqual(saved);
    expect(await bind(text, bob.username, '--force', '-v')).toMatchObject({
      exitCode: 0,
      stderr: `bound identity ${identity.id} (${text}) to user "${bob.username}"\n`,
    });
    expect((await identities.get(db, identity.id)).userId).toBe(bob.id);
  });

  test('of many who bind one identity to different accounts at once only one succeeds', async ({
    database,
  }) => {
    const identity = await anIdentity(database);
    const accounts = await Promise.all(Array.from({ length: 6 }, () => aUser(database.db)));
    const outcomes = await Promise.all(
      accounts.map(({ username }) =>
        runCommand(database, ['manage-identity', 'bind', String(identity.id), username]),
      ),
    );
    expect(outcomes.map(({ exitCode }) => exitCode).sort()).toEqual([0, 4, 4, 4, 4, 4]);
    const winner = accounts[outcomes.findIndex(({ exitCode }) => exitCode === 0)];
    expect((await identities.get(database.db, identity.id)).userId).toBe(winner?.id);
  });

  test('says what is unknown, what was meant, and which text fits several', async ({ database }) => {
    const user = await aUser(database.db, { isActive: false });
    const bind = (...words: string[]) => runCommand(database, ['manage-identity', 'bind', ...words]);
    const { issuer, subject, id } = await anIdentity(database);
    expect(await bind(`${issuer}:${subject}x`, user.username)).toMatchObject({
      exitCode: 3,
      stderr: `error: identity "${issuer}:${subject}x" not found; hint: did you mean "${issuer}:${subject}"? see debusine-admin list-identities\n`,
    });
    expect(await bind('987654321', user.username)).toMatchObject({ exitCode: 3, stdout: '' });
    expect(await bind('0', user.username)).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await bind(':'.repeat(100_000), user.username)).toMatchObject({ exitCode: 3, stdout: '' });
    expect(await bind(String(id), 'nosuch')).toMatchObject({ exitCode: 3, stdout: '' });
    expect(await bind(String(id))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/needs USERNAME/),
    });
    expect(await bind(String(id), user.username)).toMatchObject({
      exitCode: 0,
      stderr: `warning: user "${user.username}" is switched off and cannot log in\n`,
    });

    const start = unique('a');
    const twins = [
      await anIdentity(database, { issuer: `${start}:b`, subject: 'c' }),
      await anIdentity(database, { issuer: start, subject: 'b:c' }),
    ];
    const both = await bind(`${start}:b:c`, user.username);
    expect([both.exitCode, both.stderr]).toEqual([3, expect.stringContaining('is ambiguous: identities')]);
    for (const twin of twins) expect(both.stderr).toContain(String(twin.id));
  });
});

describe('manage-identity unbind', () => {
  test('frees all or none, and says of each whether it was bound', async ({ database }) => {
    const { db } = database;
    const user = await aUser(db);
    const [bound, free] = [await anIdentity(database, { userId: user.id }), await anIdentity(database)];
    const unbind = (...words: string[]) => runCommand(database, ['manage-identity', 'unbind', ...words]);

    expect(await unbind(String(bound.id), 'nosuch')).toMatchObject({ exitCode: 3, stdout: '' });
    expect(await unbind()).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/needs IDENTITY/) });
    await unbind(String(bound.id), '--dry-run');
    expect((await identities.get(db, bound.id)).userId).toBe(user.id);

    const { exitCode, stdout, stderr } = await runCommand(
      database,
      ['manage-identity', 'unbind', identities.toText(bound), String(free.id), '--json'],
      { terminal: true },
    );
    expect([exitCode, stderr]).toEqual([
      0,
      `unbound identity ${bound.id}; identity ${free.id} was bound to no account\n`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject([
      { id: bound.id, user: null, changed: true },
      { id: free.id, user: null, changed: false },
    ]);
    expect((await identities.get(db, bound.id)).userId).toBeNull();
    // What did not change was not saved either.
    expect((await identities.get(db, free.id)).lastUsed).toBe(then);
  });
});

describe('delete-identity', () => {
  const exists = async ({ db }: TestDatabase, id: Id<'Identity'>): Promise<boolean> =>
    (await all(identities.list(db, { ids: [id] }))).length === 1;

  test('asks, and deletes what was shown', async ({ database }) => {
    const user = await aUser(database.db);
    const identity = await anIdentity(database, { userId: user.id });
    const words = ['delete-identity', identities.toText(identity)];
    expect(await runCommand(database, words)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: refusing to delete identity ${identity.id} without confirmation; hint: add --yes\n`,
    });
    expect(await runCommand(database, words, { terminal: true, answers: ['n'] })).toMatchObject({
      exitCode: 8,
      stderr: expect.stringContaining(user.username) as never,
    });
    expect(await runCommand(database, [...words, '--dry-run'])).toMatchObject({ exitCode: 0 });
    expect(await exists(database, identity.id)).toBe(true);
    expect(await runCommand(database, words, { terminal: true, answers: ['y'] })).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    expect(await exists(database, identity.id)).toBe(false);
    expect(await users.get(database.db, user.id)).toBeDefined();
  });

  test('what has gone is a failure, or none with --if-exists; what goes meanwhile is none', async ({
    database,
  }) => {
    const [one, two] = [await anIdentity(database), await anIdentity(database)];
    const words = ['delete-identity', '987654321', String(one.id), '--yes'];
    expect(await runCommand(database, words)).toMatchObject({ exitCode: 3, stdout: '' });
    expect(await exists(database, one.id)).toBe(true);
    const { stdout } = await runCommand(database, [...words, '--if-exists', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ id: one.id, deleted: true }]);

    const raced = await runCommand(database, ['delete-identity', String(two.id), '--json'], {
      terminal: true,
      answers: ['y'],
      beforeAnswer: () => identities.remove(database.connect(), two.id),
    });
    expect([raced.exitCode, JSON.parse(raced.stdout)]).toEqual([
      0,
      [expect.objectContaining({ id: two.id, deleted: false })],
    ]);
  });
});

test('delete-user says how the links to single sign-on are cut', async ({ database }) => {
  const user = await aUser(database.db);
  await anIdentity(database, { userId: user.id });
  const { exitCode, stderr } = await runCommand(database, ['delete-user', user.username, '--yes']);
  expect([exitCode, stderr]).toEqual([4, expect.stringContaining(`list-identities --user ${user.username}`)]);
});
