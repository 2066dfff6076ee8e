import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { verifyPassword } from '../../../src/data/passwords.ts';
import { users } from '../../../src/schema/users.ts';
import { test } from '../../support/database.ts';
import { unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

describe('create-user', () => {
  test('prints the password once, and the original accepts it', async ({ database: { db, url } }) => {
    const name = unique('john');
    const { exitCode, stdout, stderr } = await runCommand({ url }, ['create-user', name, ' j@Example.ORG ']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[A-Za-z0-9]{20}\n$/);
    const [user] = await db.select().from(users).where(eq(users.username, name));
    expect(user).toMatchObject({
      email: 'j@example.org',
      isActive: true,
      isStaff: false,
      isSuperuser: false,
    });
    expect(user?.password).toMatch(/^pbkdf2_sha256\$600000\$/);
    expect((await verifyPassword(stdout.trim(), user?.password ?? '')).ok).toBe(true);
  });

  test('--if-not-exists never prints or changes a password', async ({ database: { db, url } }) => {
    const name = unique('john');
    const words = ['create-user', name, `${name}@example.org`];
    const first = await runCommand({ url }, [...words, '--json', '--if-not-exists']);
    expect(JSON.parse(first.stdout)).toMatchObject({ was_created: true, changed: true, username: name });
    const before = await db.select().from(users).where(eq(users.username, name));
    expect((await runCommand({ url }, words)).stderr).toBe(
      `error: user "${name}" exists already; hint: --if-not-exists accepts that, --update changes it\n`,
    );
    const again = await runCommand({ url }, [...words, '--if-not-exists']);
    expect(again).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect((await runCommand({ url }, [...words, '--staff', '--if-not-exists'])).exitCode).toBe(4);
    const { stdout } = await runCommand({ url }, [...words, '--staff', '--update', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      was_created: false,
      changed: true,
      password: null,
      is_staff: true,
    });
    const [after] = await db.select().from(users).where(eq(users.username, name));
    expect(after?.password).toBe(before[0]?.password);
  });

  test.for([
    [
      ['bad name', 'a@example.org'],
      3,
      /user name "bad name" has a character that is not allowed; hint: letters/,
    ],
    [['', 'a@example.org'], 3, 'error: user name is empty\n'],
    [['alice', 'not-an-email'], 3, 'error: "not-an-email" is not an e-mail address\n'],
    [['alice'], 2, /create-user needs EMAIL/],
    [['alice', 'a@example.org', '--password-file', '/nonexistent'], 3, /cannot read/],
    [['alice', 'a@example.org', '--no-password', '--password-file', '-'], 2, /exclude each other/],
  ] as const)(
    '%j is refused and makes no account',
    async ([words, status, message], { database: { db, url } }) => {
      const before = await db.$count(users);
      const { exitCode, stdout, stderr } = await runCommand({ url }, ['create-user', ...words]);
      expect([exitCode, stdout]).toEqual([status, '']);
      expect(stderr).toMatch(message);
      expect(await db.$count(users)).toBe(before);
    },
  );

  test('createsuperuser makes one without a password, or asks', async ({ database: { db, url } }) => {
    const name = unique('root');
    const words = ['createsuperuser', '--noinput', '--username', name, '--email', `${name}@example.org`];
    expect(await runCommand({ url }, words)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const [user] = await db.select().from(users).where(eq(users.username, name));
    expect(user).toMatchObject({ isSuperuser: true, isStaff: true });
    expect(user?.password).toMatch(/^!/);
    expect((await runCommand({ url }, words)).exitCode).toBe(3);

    const other = unique('root');
    const asked = await runCommand({ url }, ['createsuperuser'], {
      terminal: true,
      answers: [other, `${other}@example.org`, 'correct horse'],
    });
    expect(asked.exitCode).toBe(0);
    expect(asked.stderr).not.toContain('correct horse');
    const [typed] = await db.select().from(users).where(eq(users.username, other));
    expect((await verifyPassword('correct horse', typed?.password ?? '')).ok).toBe(true);
    expect((await runCommand({ url }, ['createsuperuser'])).exitCode).toBe(2);
  });
});
