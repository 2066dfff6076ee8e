import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { hashTokenKey } from '../../../src/data/token-keys.ts';
import type { WorkerSummary } from '../../../src/models/workers.ts';
import { tokens } from '../../../src/schema/tokens.ts';
import { workRequests } from '../../../src/schema/work-requests.ts';
import { workers } from '../../../src/schema/workers.ts';
import { test } from '../../support/database.ts';
import { aToken, aUser, aWorkRequest, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

describe('create-worker', () => {
  test('registers a worker by its host name and prints its key, switched off', async ({
    database: { db, url },
  }) => {
    const host = `${unique('build')}.example.org`;
    const { exitCode, stdout, stderr } = await runCommand({ url }, ['create-worker', host]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    const name = host.replaceAll('.', '-');
    const [worker] = await db.select().from(workers).where(eq(workers.name, name));
    const [token] = await db
      .select()
      .from(tokens)
      .where(eq(tokens.hash, hashTokenKey(stdout.trim())));
    expect(worker?.tokenId).toBe(token?.id);
    expect(token?.enabled).toBe(false);
    const second = await runCommand({ url }, ['create-worker', host, '--enable', '--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({ was_created: true, name: `${name}-2`, enabled: true });
  });

  test('with its own key nothing is printed, and --if-not-exists knows it again', async ({
    database: { url },
  }) => {
    const key = unique('own key');
    const create = (...words: string[]) =>
      runCommand({ url }, ['create-worker', 'own.example.org', '--token-file', '-', ...words], {
        stdin: key,
      });
    expect(await create()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect((await create()).exitCode).toBe(4);
    const again = await create('--if-not-exists', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({
      was_created: false,
      token: null,
      name: 'own-example-org',
    });
    const twice = ['create-worker', 'twice.example.org', '--token-file', '-', '--data', '-'];
    expect((await runCommand({ url }, twice, { stdin: 'a: 1' })).exitCode).toBe(2);
  });

  test.for([
    [['bad host'], 3, /is not a host name/],
    [['x'.repeat(60)], 3, /longer than 50 characters; hint: give a shorter one with --name/],
    [['ok.example.org', '--concurrency', '0'], 2, /1 to/],
    [['ok.example.org', '--if-not-exists'], 2, /needs --token-file/],
    [['ok.example.org', '--name', 'a b'], 3, /refused/],
    [['ok.example.org', '--data', '/nonexistent'], 3, /cannot read/],
  ] as const)(
    '%j is refused and leaves neither worker nor token',
    async ([words, status, message], { database: { db, url } }) => {
      const before = [await db.$count(workers), await db.$count(tokens)];
      const { exitCode, stdout, stderr } = await runCommand({ url }, ['create-worker', ...words]);
      expect([exitCode, stdout]).toEqual([status, '']);
      expect(stderr).toMatch(message);
      expect([await db.$count(workers), await db.$count(tokens)]).toEqual(before);
    },
  );

  test("a user's key cannot be that of a worker", async ({ database: { db, url } }) => {
    const user = await aUser(db);
    await aToken(db, { userId: user.id, hash: hashTokenKey('users key') });
    const words = ['create-worker', 'u.example.org', '--token-file', '-'];
    expect(await runCommand({ url }, words, { stdin: 'users key' })).toMatchObject({ exitCode: 4 });
  });
});

describe('delete-worker', () => {
  test('removes a registration with its token, but none that has worked', async ({
    database: { db, url },
  }) => {
    const created = await runCommand({ url }, ['create-worker', 'mistake.example.org', '--json']);
    const { name, token_id: tokenId, id } = JSON.parse(created.stdout) as WorkerSummary;
    if (tokenId === null) throw new Error('no token');
    const words = ['delete-worker', name];
    expect((await runCommand({ url }, words)).exitCode).toBe(2);
    const dry = await runCommand({ url }, [...words, '--dry-run', '--json']);
    expect(JSON.parse(dry.stdout)).toEqual({ name, deleted: true, token_id: tokenId });
    const request = await aWorkRequest(db, { workerId: id });
    expect(await runCommand({ url }, [...words, '--yes'])).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: `error: worker "${name}" has run 1 work request; hint: debusine-admin manage-worker disable ${name}\n`,
    });
    await db.delete(workRequests).where(eq(workRequests.id, request.id));
    expect(await runCommand({ url }, [...words, '--yes'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await db.$count(tokens, eq(tokens.id, tokenId))).toBe(0);
    expect((await runCommand({ url }, [...words, '--yes'])).exitCode).toBe(3);
    const gone = await runCommand({ url }, [...words, '--yes', '--if-exists', '--json']);
    expect(JSON.parse(gone.stdout)).toEqual({ name, deleted: false, token_id: null });
  });
});
