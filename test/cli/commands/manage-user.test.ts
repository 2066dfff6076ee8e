import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { verifyPassword } from '../../../src/data/passwords.ts';
import { tokens } from '../../../src/schema/tokens.ts';
import { users } from '../../../src/schema/users.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aToken, aUser, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const stored = async ({ db }: TestDatabase, username: string) => {
  const [user] = await db.select().from(users).where(eq(users.username, username));
  if (user === undefined) throw new Error(`no user ${username}`);
  return user;
};

describe('manage-user', () => {
  test('gives the account with whether anything changed', async ({ database }) => {
    const { id, username, dateJoined } = await aUser(database.db);
    const email = `${unique('new')}@example.org`;
    const words = ['manage-user', 'change-email', username, email, '--json'];
    const record = {
      id,
      username,
      email,
      date_joined: dateJoined,
      last_login: null,
      first_name: '',
      last_name: '',
      is_active: true,
      is_staff: false,
      is_superuser: false,
      tokens: 0,
      identities: 0,
    };
    const outcome = async () => JSON.parse((await runCommand(database, words)).stdout) as unknown;
    expect(await outcome()).toEqual({ ...record, changed: true });
    expect(await outcome()).toEqual({ ...record, changed: false });
  });

  test('says nothing in a pipe, under the old name as well', async ({ database }) => {
    const { username } = await aUser(database.db);
    const email = `${unique('new')}@example.org`;
    for (const name of ['manage-user', 'manage_user']) {
      const words = [name, 'change-email', username, `${name}-${email}`];
      expect(await runCommand(database, words)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    }
    expect((await stored(database, username)).email).toBe(`manage_user-${email}`);
  });

  test('rename, enable and set', async ({ database }) => {
    const { username } = await aUser(database.db, { isActive: false });
    const renamed = unique('renamed');
    expect((await runCommand(database, ['manage-user', 'rename', username, renamed])).exitCode).toBe(0);
    await runCommand(database, ['manage-user', 'enable', renamed]);
    await runCommand(database, ['manage-user', 'set', renamed, '--first-name', 'Ann', '--staff']);
    expect(await stored(database, renamed)).toMatchObject({
      isActive: true,
      firstName: 'Ann',
      isStaff: true,
    });
    await runCommand(database, ['manage-user', 'set', renamed, '--no-staff']);
    expect((await stored(database, renamed)).isStaff).toBe(false);
  });

  test('disable says how many tokens still work, or switches them off too', async ({ database }) => {
    const { id, username } = await aUser(database.db);
    await aToken(database.db, { userId: id });
    const { stderr } = await runCommand(database, ['manage-user', 'disable', username, '-v']);
    expect(stderr).toBe(
      `disabled user "${username}"; 1 token still works: debusine-admin manage-token disable --user ${username}\n`,
    );
    await runCommand(database, ['manage-user', 'disable', username, '--with-tokens']);
    expect(await database.db.$count(tokens, eq(tokens.userId, id))).toBe(1);
    const [token] = await database.db.select().from(tokens).where(eq(tokens.userId, id));
    expect(token?.enabled).toBe(false);
  });

  test.for([
    [['change-email', 'nosuch', 'a@example.org'], 3, /user "nosuch" not found/],
    [['change-email', 'alice', 'garbage'], 3, 'error: "garbage" is not an e-mail address\n'],
    [['change-email', 'alice', 'bob@example.org'], 4, /belongs to user "bob"/],
    [['change-email', 'alice', 'BOB@example.org'], 4, /differs only in case/],
    [['rename', 'alice', 'bob'], 4, /user "bob" exists already/],
    [['rename', 'alice', 'bad name'], 3, /character that is not allowed/],
    [['set', 'alice'], 2, /nothing to change/],
    [['set', 'alice', '--staff', '--no-staff'], 2, /exclude each other/],
    [['set-password', 'alice'], 2, /--password-file, --generate or --disable-password is needed/],
    [['set-password', 'nosuch', '--generate'], 3, /not found/],
    [['frobnicate', 'alice'], 2, /unknown command/],
  ] as const)(
    '%j is refused and changes nothing',
    async ([words, status, message], { database: { db, url } }) => {
      await db
        .insert(users)
        .values([named('alice'), named('bob')])
        .onConflictDoNothing();
      const { exitCode, stdout, stderr } = await runCommand({ url }, ['manage-user', ...words]);
      expect([exitCode, stdout]).toEqual([status, '']);
      expect(stderr).toMatch(message);
      expect(await db.select().from(users).where(eq(users.username, 'alice'))).toMatchObject([
        { email: 'alice@example.org', isStaff: false, password: '!unusable' },
      ]);
    },
  );

  test('set-password takes it from a file, makes one, or none', async ({ database }) => {
    const { username } = await aUser(database.db);
    const set = (...words: string[]) =>
      runCommand(database, ['manage-user', 'set-password', username, ...words], {
        stdin: 'correct horse\nx',
      });
    const fits = async (password: string): Promise<boolean> =>
      (await verifyPassword(password, (await stored(database, username)).password)).ok;
    expect(await set('--password-file', '-')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await fits('correct horse')).toBe(true);
    const { stdout } = await set('--generate');
    expect(stdout).toMatch(/^[A-Za-z0-9]{20}\n$/);
    expect(await fits(stdout.trim())).toBe(true);
    await set('--disable-password');
    expect((await stored(database, username)).password).toMatch(/^!/);
  });

  test('on a terminal the password is asked for twice, without echo', async ({ database }) => {
    const { username } = await aUser(database.db);
    const type = (...answers: string[]) =>
      runCommand(database, ['changepassword', username], { terminal: true, answers });
    expect((await type('correct horse', 'another one')).exitCode).toBe(3);
    expect((await type('short')).stderr).toContain('at least 8 characters');
    const { exitCode, stderr } = await type('correct horse', 'correct horse');
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain('correct horse');
    expect((await verifyPassword('correct horse', (await stored(database, username)).password)).ok).toBe(
      true,
    );
  });

  test('a generated password that cannot be delivered changes nothing', async ({ database }) => {
    const { username } = await aUser(database.db);
    const words = ['manage-user', 'set-password', username, '--generate'];
    expect((await runCommand(database, words, { closedPipe: true })).exitCode).toBe(1);
    expect((await stored(database, username)).password).toBe('!unusable');
  });
});

const named = (username: string) => ({
  username,
  email: `${username}@example.org`,
  password: '!unusable',
  isSuperuser: false,
  firstName: '',
  lastName: '',
  isStaff: false,
  isActive: true,
  dateJoined: '2024-05-01T10:00:00.000000Z' as never,
});
