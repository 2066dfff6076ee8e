/** Root works as the account of `run_as`. Source: cli.md 5.3. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect } from 'vitest';
import { type Account, listAccounts } from '../../src/config/accounts.ts';
import { test } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'run-as-'));
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function configuration(text: string): string {
  const file = path.join(directory, 'admin.yaml');
  writeFileSync(file, text);
  return file;
}

/** Every system has accounts besides root. */
const [somebody] = listAccounts().filter(({ uid }) => uid !== 0);

test('root becomes the account before the database is opened', async ({ database }) => {
  const become: Account[] = [];
  const words = ['list-users', '--json', '--config', configuration(`run_as: ${somebody?.name}\n`)];
  const { exitCode, stderr } = await runCommand(database, words, {
    uid: 0,
    become: (account) => become.push(account),
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(become).toEqual([somebody]);
});

test.for(['none', 'root'])('root stays root with %s', async (name, { database }) => {
  const words = ['list-users', '--json', '--config', configuration(`run_as: ${name}\n`)];
  expect(await runCommand(database, words, { uid: 0 })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('an ordinary user stays what they are', async ({ database }) => {
  const words = ['list-users', '--json', '--config', configuration('run_as: nobody\n')];
  expect(await runCommand(database, words, { uid: 1000 })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('an account that does not exist is refused, not ignored', async ({ database }) => {
  const words = ['list-users', '--config', configuration('run_as: nobody-of-that-name\n')];
  const { exitCode, stdout, stderr } = await runCommand(database, words, { uid: 0 });
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  expect(stderr).toBe(
    'error: setting run_as: there is no account "nobody-of-that-name"; hint: name an account of this machine, or none to stay root\n',
  );
});

test('the setting is told with its origin', async ({ database }) => {
  const file = configuration('run_as: none\n');
  const { stdout } = await runCommand(database, ['database', 'info', '--json', '--config', file], { uid: 0 });
  expect(JSON.parse(stdout).settings).toContainEqual({
    key: 'run_as',
    value: 'none',
    origin: `configuration ${file}`,
  });
});

test.skipIf(userInfo().uid !== 0)('a real process gives up the rights of root', () => {
  const launcher = fileURLToPath(new URL('../../bin/debusine-admin.js', import.meta.url));
  const secret = path.join(directory, 'url');
  writeFileSync(secret, 'postgres://nobody@localhost:1/debusine\n', { mode: 0o600 });
  const status = (runAs: string) =>
    spawnSync(process.execPath, [launcher, 'list-users', '--config', configuration(`run_as: ${runAs}\n`)], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', HOME: directory, DATABASE_URL_FILE: secret },
    });
  const asNobody = status('nobody');
  expect(asNobody.stderr).toBe(`error: cannot read ${secret}: permission denied\n`);
  // Root may read it, and gets as far as the server that is not there.
  expect(status('none').status).toBe(5);
});
