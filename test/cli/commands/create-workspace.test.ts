import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { workspaces } from '../../../src/schema/workspaces.ts';
import { test } from '../../support/database.ts';
import { aFileStore, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

describe('create-workspace', () => {
  test('makes a private workspace whose artifacts never expire, and says nothing in a pipe', async ({
    database,
  }) => {
    const name = unique('qa');
    expect(await runCommand(database, ['create-workspace', name])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    const [row] = await database.db.select().from(workspaces).where(eq(workspaces.name, name));
    expect(row).toMatchObject({ public: false, defaultExpirationDelay: '00:00:00', defaultFileStoreId: 1 });
  });

  test('--json gives the exact delay in seconds and the whole days of the original, rounded up', async ({
    database,
  }) => {
    const other = await aFileStore(database.db);
    const name = unique('qa');
    const words = [
      'create-workspace',
      name,
      '--public',
      '--default-expiration-delay',
      '12h',
      '--other-file-store',
      other.name,
    ];

    const { stdout } = await runCommand(database, [...words, '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      was_created: true,
      name,
      public: true,
      expiration: 1,
      default_expiration_delay_seconds: 43_200,
      default_file_store: 'Default',
      other_file_stores: [other.name],
    });
  });

  test('a delay is stored as days and time', async ({ database }) => {
    const name = unique('qa');
    await runCommand(database, ['create-workspace', name, '--default-expiration-delay', '1w36h']);
    const [row] = await database.db.select().from(workspaces).where(eq(workspaces.name, name));
    expect(row?.defaultExpirationDelay).toBe('8 days 12:00:00');
  });

  test('an existing one is a conflict; equal properties are accepted on request, others with --update', async ({
    database,
  }) => {
    const name = unique('qa');
    const create = async (...words: string[]): Promise<number> =>
      (await runCommand(database, ['create-workspace', name, ...words])).exitCode;
    expect(await create()).toBe(0);
    expect(await create()).toBe(4);
    expect(await create('--if-not-exists')).toBe(0);
    expect(await create('--if-not-exists', '--default-expiration-delay', '3')).toBe(4);
    expect(await create('--update', '--default-expiration-delay', '3')).toBe(0);
    const [row] = await database.db.select().from(workspaces).where(eq(workspaces.name, name));
    expect(row?.defaultExpirationDelay).toBe('3 days');
  });

  test('of twenty at once exactly one creates it, and the others find it', async ({ database }) => {
    const name = unique('qa');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        runCommand(database, ['create-workspace', name, '--if-not-exists', '--json']),
      ),
    );
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual(Array(20).fill(0));
    const made = outcomes.filter(
      ({ stdout }) => (JSON.parse(stdout) as { was_created: boolean }).was_created,
    );
    expect(made).toHaveLength(1);
    expect(await database.db.$count(workspaces, eq(workspaces.name, name))).toBe(1);
  });

  test.for([
    [[''], 3, /workspace name is empty/],
    [['debian/qa'], 3, /contains "\/"; hint: this database level has no scopes, use "qa"/],
    [['x'.repeat(256)], 3, /256 characters, at most 255/],
    [['a\u0007b'], 3, /control character/],
    [['ok', '--default-expiration-delay', '-5'], 2, /--default-expiration-delay: "-5"/],
    [['ok', '--default-expiration-delay', 'ten'], 2, /--default-expiration-delay: "ten"/],
    [['ok', '--default-file-store', 'nosuch'], 3, /file store "nosuch" not found/],
    [['ok', '--public', '--private'], 2, /exclude each other/],
    [['ok', '--other-file-store', 'Default'], 4, /default store already/],
    [[], 2, /needs NAME/],
  ] as const)('%j is refused and leaves no row', async ([words, status, message], { database }) => {
    const before = await database.db.$count(workspaces);
    const { exitCode, stderr } = await runCommand(database, ['create-workspace', ...words]);
    expect(exitCode).toBe(status);
    expect(stderr).toMatch(message);
    expect(await database.db.$count(workspaces)).toBe(before);
  });

  test('a read-only store cannot be the default', async ({ database }) => {
    const store = await aFileStore(database.db, { backend: 'ExternalDebianSuite' });
    const words = ['create-workspace', unique('qa'), '--default-file-store', store.name];
    expect(await runCommand(database, words)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/cannot store new files/),
    });
  });

  test('a name that later releases refuse is accepted with a warning', async ({ database }) => {
    const { exitCode, stderr } = await runCommand(database, ['create-workspace', `bad ${unique('name')}`]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: .* will not be accepted by later releases\n$/);
  });

  test('--dry-run answers the same and changes nothing', async ({ database }) => {
    const name = unique('qa');
    const { stdout } = await runCommand(database, ['create-workspace', name, '--dry-run', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ was_created: true, name });
    expect(await database.db.$count(workspaces, eq(workspaces.name, name))).toBe(0);
  });

  test('under the name of the original a default scope is dropped and an existing one is success', async ({
    database,
  }) => {
    const name = unique('qa');
    for (const _ of [1, 2]) {
      const { exitCode } = await runCommand(database, ['create_workspace', `debusine/${name}`, '--public']);
      expect(exitCode).toBe(0);
    }
    const [row] = await database.db.select().from(workspaces).where(eq(workspaces.name, name));
    expect(row?.public).toBe(true);
  });
});
