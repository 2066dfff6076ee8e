import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../../bin/debusine-admin.js', import.meta.url));
let home: string;

beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'embedded-'));
  // The server runs as another account when this one is root, and must be able to reach its data.
  chmodSync(home, 0o755);
});
afterAll(async () => {
  await run('database', 'stop');
  rmSync(home, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line in a process of its own, without a terminal. */
function run(...words: string[]): Promise<Outcome> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    HOME: home,
    XDG_DATA_HOME: path.join(home, 'data'),
    XDG_STATE_HOME: path.join(home, 'state'),
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [launcher, ...words], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

test('a script without a configuration gets exit 5, and no database is made', async () => {
  expect(await run('list-workers')).toMatchObject({ code: 5, stdout: '' });
  expect(existsSync(path.join(home, 'data'))).toBe(false);
});

test('made by two processes at once, it is made once, and both succeed', async () => {
  const [one, other] = await Promise.all([
    run('database', 'init', '--json'),
    run('database', 'init', '--json'),
  ]);
  expect([one.code, one.stderr, other.code, other.stderr]).toEqual([0, '', 0, '']);
  expect((await run('list-workers', '--json')).stdout).toBe('[]\n');
});

test('many processes share it, and the last one to leave stops the server', async () => {
  await run('create-user', 'alice', 'alice@example.org', '--no-password');
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      index % 2 === 0 ? run('create-token', 'alice') : run('create-workspace', `qa${index}`),
    ),
  );
  expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(Array(8).fill([0, '']));
  expect(new Set(outcomes.flatMap(({ stdout }) => stdout.match(/[0-9a-f]{64}/) ?? [])).size).toBe(4);
  const status = await run('database', 'status', '--json');
  expect(status.code).toBe(4);
  expect(JSON.parse(status.stdout)).toMatchObject({ exists: true, running: false, pid: null });
});
