import { execFile } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
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

/** A shell that sets the umask before it becomes the command line. */
const withUmask = (umask: string, words: readonly string[]): readonly string[] => [
  '-c',
  `umask ${umask}; exec "$@"`,
  'sh',
  process.execPath,
  launcher,
  ...words,
];

/** The built command line in a process of its own, without a terminal. */
function run(...words: string[]): Promise<Outcome> {
  return start(process.execPath, [launcher, ...words], home);
}

function start(program: string, words: readonly string[], home: string): Promise<Outcome> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    HOME: home,
    XDG_DATA_HOME: path.join(home, 'data'),
    XDG_STATE_HOME: path.join(home, 'state'),
  };
  return new Promise((resolve) => {
    execFile(program, words, { env }, (error, stdout, stderr) => {
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

test('twenty processes share it, and the last one to leave stops the server', async () => {
  await run('create-user', 'alice', 'alice@example.org', '--no-password');
  await run('create-workflow-template', 'nothing', 'noop');
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      index % 4 === 0
        ? run('create-workspace', `qa${index}`)
        : index % 4 === 1
          ? run('create-workflow', 'nothing', '--created-by', 'alice')
          : run('create-token', 'alice'),
    ),
  );
  expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(Array(20).fill([0, '']));
  expect(new Set(outcomes.flatMap(({ stdout }) => stdout.match(/[0-9a-f]{64}/) ?? [])).size).toBe(10);
  const count = async (...words: string[]): Promise<number> =>
    Number((await run(...words, '--count')).stdout);
  expect(await count('list-tokens')).toBe(10);
  expect(await count('list-workflows')).toBe(5);
  expect(await count('list-workspaces')).toBe(6);
  const status = await run('database', 'status', '--json');
  expect(status.code).toBe(4);
  expect(JSON.parse(status.stdout)).toMatchObject({ exists: true, running: false, pid: null });
});

// Without a umask everything would be open that does not say its mode; with a strict one what the server's account
// must pass through would be closed.
test.for(['000', '022', '077'])(
  'with the umask %s data, socket, log and files are private',
  async (umask) => {
    const other = mkdtempSync(path.join(tmpdir(), 'embedded-'));
    chmodSync(other, 0o755);
    const command = (...words: string[]): Promise<Outcome> =>
      start('/bin/sh', withUmask(umask, words), other);
    try {
      expect(await command('database', 'init')).toMatchObject({ code: 0, stderr: '' });
      const started = await command('database', 'start', '--json');
      const { socket, data_directory: data } = JSON.parse(started.stdout) as Record<string, string>;
      const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);
      const log = path.join(other, 'state', 'debusine', 'postgres.log');
      const store = path.join(other, 'data', 'debusine', 'store');
      expect([data, socket, store].map((file) => mode(file ?? ''))).toEqual(['700', '700', '700']);
      expect(mode(log)).toBe('600');
      const open = readdirSync(other, { recursive: true, withFileTypes: true })
        .map(({ parentPath, name }) => path.join(parentPath, name))
        .filter((file) => (lstatSync(file).mode & 0o022) !== 0 && !lstatSync(file).isSymbolicLink());
      // The socket is open, its directory is not.
      expect(open.filter((file) => !path.basename(file).startsWith('.s.PGSQL'))).toEqual([]);
    } finally {
      await command('database', 'stop');
      rmSync(other, { recursive: true, force: true });
    }
  },
);
