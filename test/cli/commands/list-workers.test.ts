import { describe, expect } from 'vitest';
import { workers } from '../../../src/schema/workers.ts';
import { createTestDatabase, test } from '../../support/database.ts';
import { at, aToken, aWorker, aWorkRequest } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

describe('list-workers', () => {
  test('an empty list is an empty array, and a header in plain text', async () => {
    const empty = await createTestDatabase();
    try {
      expect(await runCommand(empty, ['list-workers', '--json'])).toEqual({
        exitCode: 0,
        stdout: '[]\n',
        stderr: '',
      });
      expect((await runCommand(empty, ['list-workers'])).stdout).toMatch(/^NAME {2}TYPE/);
      expect((await runCommand(empty, ['list-workers'], { terminal: true })).stderr).toBe('no workers\n');
    } finally {
      await empty.close();
    }
  });

  test('gives every key, with the load and the microseconds of the database', async ({ database }) => {
    const token = await aToken(database.db);
    const worker = await aWorker(database.db, {
      tokenId: token.id,
      concurrency: 2,
      registeredAt: at('2024-05-01 13:23:30.200968'),
      connectedAt: at('2024-05-02 08:02:30.1'),
    });
    await aWorkRequest(database.db, { workerId: worker.id, status: 'running' });
    await aWorkRequest(database.db, { workerId: worker.id, status: 'pending' });
    await aWorkRequest(database.db, { workerId: worker.id, status: 'completed' });

    const { stdout } = await runCommand(database, ['list-workers', '--match', worker.name, '--json']);

    expect(JSON.parse(stdout)).toEqual([
      {
        id: worker.id,
        name: worker.name,
        type: 'external',
        internal: false,
        registered: '2024-05-01T13:23:30.200968Z',
        connected: '2024-05-02T08:02:30.100000Z',
        enabled: true,
        concurrency: 2,
        running: 1,
        pending: 1,
        busy: true,
        token_id: token.id,
        hash: token.hash,
      },
    ]);
  });

  test('filters by state', async ({ database }) => {
    const idle = await aWorker(database.db, { connectedAt: at('2024-05-02') });
    const disabled = await aWorker(database.db, {
      tokenId: (await aToken(database.db, { enabled: false })).id,
    });
    const internal = await aWorker(database.db, { internal: true });
    const names = async (...words: string[]): Promise<readonly string[]> => {
      const { stdout } = await runCommand(database, [
        'list-workers',
        ...words,
        '--plain',
        '--columns',
        'name',
        '--no-headers',
      ]);
      return stdout.trimEnd().split('\n');
    };
    expect(await names('--idle', '--connected')).toContain(idle.name);
    expect(await names('--disabled')).toEqual([disabled.name]);
    expect(await names('--internal')).toEqual([internal.name]);
    expect(await names('--enabled')).toContain(internal.name);
  });

  test('a pipe gets whole values, no escape codes and no blanks at the ends, however narrow it is', async ({
    database,
  }) => {
    const worker = await aWorker(database.db);
    const { stdout } = await runCommand(database, ['list-workers', '--match', worker.name], {
      env: { COLUMNS: '20' },
    });
    expect(stdout).toMatch(/[0-9a-f]{64}\n$/);

    expect(stdout).not.toMatch(/…|\u001b|[ \t]$/m);
  });

  test('a name with escape sequences stays on its line and drives no terminal', async ({ database }) => {
    const [hostile] = await database.db
      .insert(workers)
      .values({
        name: 'x\u001b]0;owned\u0007\ny\u202e',
        registeredAt: at('2030-01-01'),
        internal: true,
        concurrency: 1,
        staticMetadata: {},
        dynamicMetadata: {},
      })
      .returning();
    for (const terminal of [true, false]) {
      const { stdout } = await runCommand(database, ['list-workers', '--match', 'owned'], { terminal });

      expect(stdout.replaceAll(/\u001b\[\d+m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    }
    const { stdout } = await runCommand(database, ['list-workers', '--match', 'owned', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ name: hostile?.name }]);
  });

  test('--limit, --order and --count', async ({ database }) => {
    await aWorker(database.db, { name: 'aaa-first', registeredAt: at('2031-01-01') });
    await aWorker(database.db, { name: 'aaa-second', registeredAt: at('2030-01-01') });
    const words = ['list-workers', '--match', 'aaa-', '--columns', 'name', '--jsonl'];
    expect((await runCommand(database, words)).stdout).toBe('{"name":"aaa-second"}\n{"name":"aaa-first"}\n');
    expect((await runCommand(database, [...words, '--order', 'name', '--limit', '1'])).stdout).toBe(
      '{"name":"aaa-first"}\n',
    );
    expect((await runCommand(database, [...words, '--order', '-name', '--limit', '1'])).stdout).toBe(
      '{"name":"aaa-second"}\n',
    );
    expect((await runCommand(database, ['list-workers', '--match', 'aaa-', '--count'])).stdout).toBe('2\n');
  });

  test.for([
    [['--busy', '--idle'], /--busy and --idle exclude each other/],
    [['extra'], /takes no arguments/],
    [['--order', 'size'], /cannot order by "size"; hint: known keys: id, name/],
    [['--columns', 'size'], /size/],
    [['--json', '--yaml'], /one output format/],
    [['--limit', '-1'], /not a number of records/],
  ] as const)('%j is a usage error', async ([words, message], { database }) => {
    const { exitCode, stdout, stderr } = await runCommand(database, ['list-workers', ...words]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
  });

  test('a reader that closes the pipe early is no failure', async ({ database }) => {
    expect(await runCommand(database, ['list-workers'], { closedPipe: true })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });
});
