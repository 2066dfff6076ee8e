import { describe, expect, test as plain } from 'vitest';
import { catalog } from '../../src/cli/catalog.ts';
import { test } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

describe('the command line', () => {
  plain('without a command shows the overview on standard output, at most 80 columns wide', async () => {
    const { exitCode, stdout } = await runCommand(null, []);
    expect(exitCode).toBe(0);
    for (const { name } of catalog) expect(stdout).toContain(`  ${name}`);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  plain.for(catalog.map(({ name }) => name))(
    '%s answers --help and help without a database',
    async (name) => {
      const words = name.split(' ');
      const { exitCode, stdout, stderr } = await runCommand(null, [...words, '--help']);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(new RegExp(`^Usage: debusine-admin ${name}`));
      expect(stdout).toContain('Examples:');
      expect((await runCommand(null, ['help', ...words])).stdout).toBe(stdout);
      expect((await runCommand(null, [...words, '-h'])).stdout).toBe(stdout);
    },
  );

  plain.for([
    ['create-tokn', 'create-token'],
    ['list_worker', 'list-workers'],
    ['create-workspaces', 'create-workspace'],
  ])('%s is unknown, and %s is suggested', async ([word = '', suggestion]) => {
    const { exitCode, stdout, stderr } = await runCommand(null, [word]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`unknown command "${word}"`);
    expect(stderr).toContain(String(suggestion));
  });

  plain('names of later releases and of the framework are refused by name', async () => {
    expect(await runCommand(null, ['worker_pool', 'list'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/later release/),
    });
    expect(await runCommand(null, ['runserver'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/framework/),
    });
  });

  plain('an unfinished command shows what can follow, on standard error', async () => {
    const { exitCode, stdout, stderr } = await runCommand(null, ['database']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('database migrate');
  });

  plain('tells its version and the level of the database', async () => {
    expect((await runCommand(null, ['--version'])).stdout).toMatch(
      /^debusine-admin \d+\.\d+\.\d+ \(database level 0041\)\n$/,
    );
  });

  plain('with nothing configured and nobody to ask no database is made', async () => {
    const { exitCode, stdout, stderr } = await runCommand(null, ['create-workspace', 'qa']);
    expect([exitCode, stdout]).toEqual([5, '']);
    expect(stderr).toBe(
      'error: no database is configured; hint: set DATABASE_URL or PGHOST, or run debusine-admin database init\n',
    );
  });

  plain('a server that is down gives exit 5 and the address without the password', async () => {
    const database = { url: 'postgres://alice:hunter2@127.0.0.1:9/debusine' };
    for (const extra of [[], ['--debug'], ['--json']]) {
      const { exitCode, stdout, stderr } = await runCommand(database, ['list-workers', ...extra]);
      expect([exitCode, stdout]).toEqual([5, '']);
      expect(stderr).toContain('127.0.0.1:9 as alice: connection refused');
      expect(stderr).not.toContain('hunter2');
    }
  });

  test('a database that does not exist, and an empty one, are told apart', async ({ database }) => {
    const missing = { url: database.url.replace(database.name, 'nosuch') };
    const { stderr } = await runCommand(missing, ['list-workers', '--json']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'database_missing', exit_code: 5 } });
    const empty = { url: database.url.replace(database.name, 'postgres') };
    const outcome = await runCommand(empty, ['list-workers', '--json']);
    expect(JSON.parse(outcome.stderr)).toMatchObject({ error: { code: 'schema_missing', exit_code: 5 } });
  });

  plain('a password on the command line is refused and not repeated', async () => {
    const { exitCode, stderr } = await runCommand(null, [
      'list-workers',
      '--database-url',
      'postgres://a:hunter2@h/d',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('PGPASSWORD');
    expect(stderr).not.toContain('hunter2');
  });

  test('with --json an error is one JSON object, also for a mistake in the arguments', async ({
    database,
  }) => {
    const { stderr } = await runCommand(database, ['create-token', 'nosuch', '--json']);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'not_found',
        exit_code: 3,
        message: 'user "nosuch" not found',
        hint: 'see debusine-admin list-users',
        details: { kind: 'user', name: 'nosuch' },
      },
    });
    const usage = await runCommand(database, ['create-token', '--json']);
    expect(JSON.parse(usage.stderr)).toMatchObject({ error: { code: 'usage', exit_code: 2 } });
  });

  plain('a signal ends a command with its own status', async () => {
    const controller = new AbortController();
    controller.abort('SIGTERM');
    const database = { url: 'postgres://127.0.0.1:9/debusine' };
    const { exitCode, stdout } = await runCommand(database, ['list-workers'], { signal: controller.signal });
    expect([exitCode, stdout]).toEqual([143, '']);
  });

  test('shared options stand before or after the command, and those of the original work under its names', async ({
    database,
  }) => {
    expect((await runCommand(database, ['--json', 'list-workers'])).stdout).toBe('[]\n');
    expect(
      (await runCommand(database, ['list_workers', '-v', '0', '--no-color', '--skip-checks', '--yaml']))
        .stdout,
    ).toBe('[]\n\n');
    expect(
      (await runCommand(database, ['list_workers', '--traceback', '--settings', 'x', '--yaml'])).exitCode,
    ).toBe(0);
  });
});
