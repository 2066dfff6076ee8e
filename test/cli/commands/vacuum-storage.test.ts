import { existsSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { takeRunLock, releaseRunLock, runLocks } from '../../../src/db/run-lock.ts';
import { localPath } from '../../../src/storage/local.ts';
import { contentOf } from '../../storage/scratch.ts';
import { test as base } from '../../support/database.ts';
import { type Outcome, runCommand, type Surroundings } from '../../support/run-command.ts';
import {
  age,
  anInstallation,
  emptyDatabase,
  type Installation,
  put,
  putContent,
  used,
} from '../../models/vacuum/installation.ts';

type Run = (words?: readonly string[], surroundings?: Surroundings) => Promise<Outcome>;

const test = base.extend<{ place: Installation; vacuum: Run }>({
  place: async ({ database }, use) => {
    await emptyDatabase(database.db);
    await use(anInstallation(database.db));
  },
  vacuum: async ({ database, place }, use) => {
    const env = { DEBUSINE_STORE_DIRECTORY: place.store, DEBUSINE_UPLOAD_DIRECTORY: place.uploads };
    await use((words = [], surroundings = {}) =>
      runCommand(database, ['vacuum-storage', ...words], { env, ...surroundings }),
    );
  },
});

/** What the original's own trial had: an orphan, two empty directories, an orphan upload, one file missing. */
async function theTrial(place: Installation): Promise<void> {
  put(place.store, 'ab/cd/ef/orphan', 'orphan');
  mkdirSync(join(place.store, 'empty/dir'), { recursive: true });
  age(join(place.store, 'empty/dir'));
  age(join(place.store, 'empty'));
  put(place.uploads, 'orphan', 'orphan');
  unlinkSync(localPath(place.store, await used(place, 'missing')));
}

const hex = contentOf('missing').sha256.toString('hex');
const missing = `problem: store "Default": bytes of ${hex.slice(0, 6)}…${hex.slice(-4)} (7 B) are missing\n`;

describe('vacuum-storage', () => {
  test('is silent in a pipe when all is well, and ends with 0', async ({ place, vacuum }) => {
    await used(place, 'fine');
    expect(await vacuum()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await vacuum(['--verify'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('repairs what it may, tells of the rest on stderr, and ends with 1; the next run only tells', async ({
    place,
    vacuum,
  }) => {
    await theTrial(place);

    expect(await vacuum()).toEqual({ exitCode: 1, stdout: '', stderr: missing });
    expect(existsSync(join(place.store, 'empty'))).toBe(false);
    expect(await vacuum()).toEqual({ exitCode: 1, stdout: '', stderr: missing });
  });

  test('--json gives one document with the keys of the manual', async ({ place, vacuum }) => {
    await theTrial(place);

    const { exitCode, stdout } = await vacuum(['--json']);

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'vacuum-storage',
      dry_run: false,
      complete: true,
      deleted: { store_files: 1, file_records: 0, artifacts: 0, upload_files: 1, directories: 2 },
      freed_bytes: 12,
      problems: [
        {
          code: 'missing_bytes',
          store: 'Default',
          sha256: hex,
          size: 7,
          path: `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4, 6)}/${hex}-7`,
        },
      ],
      errors: [],
    });
  });

  test('--jsonl streams what happens, the summary last', async ({ place, vacuum }) => {
    await theTrial(place);

    const { stdout } = await vacuum(['--jsonl', '--dry-run']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly event: string });

    expect(lines.map(({ event }) => event)).toEqual([
      ...['start', 'would-delete', 'would-delete', 'would-delete', 'would-delete', 'problem', 'summary'],
    ]);
    expect(lines.at(-1)).toMatchObject({ dry_run: true, deleted: { directories: 2 }, freed_bytes: 12 });
  });

  test('--dry-run lists what would go, never says that it went, and changes nothing', async ({
    place,
    vacuum,
  }) => {
    await theTrial(place);

    const { exitCode, stdout, stderr } = await vacuum(['--dry-run', '-v']);

    expect(exitCode).toBe(1);
    expect(stdout).toBe(
      [
        'KIND         STORE    ARTIFACT  PATH             SIZE',
        'store file   Default  -         ab/cd/ef/orphan  6',
        'upload file  -        -         orphan           6',
        'directory    Default  -         empty/dir        0',
        'directory    Default  -         empty            0',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe(
      `${missing}would delete 1 file without a record, 1 upload file, 2 empty directories, and free 12 B; nothing was changed\n`,
    );
    expect(stdout + stderr).not.toMatch(/deleted/i);
    expect(
      existsSync(join(place.store, 'ab/cd/ef/orphan')) && existsSync(join(place.store, 'empty/dir')),
    ).toBe(true);
  });

  test('-v says each thing that went and a summary; so does a terminal, the summary alone', async ({
    place,
    vacuum,
  }) => {
    await theTrial(place);
    const { stdout } = await vacuum(['-v']);
    expect(stdout).toBe(
      [
        'deleted store file of store "Default" ab/cd/ef/orphan, 6 B',
        'deleted upload file orphan, 6 B',
        'deleted directory of store "Default" empty/dir',
        'deleted directory of store "Default" empty',
        'Checked 1 file in 1 store.',
        'Deleted 1 file without a record, 1 upload file, 2 empty directories, freed 12 B.',
        'Found 1 problem.',
        '',
      ].join('\n'),
    );
    const onTerminal = await vacuum([], { terminal: true, env: terminalEnv(place) });
    expect(onTerminal.stdout).toBe('Checked 1 file in 1 store.\nDeleted nothing.\nFound 1 problem.\n');
  });

  test('--quiet leaves the exit status', async ({ place, vacuum }) => {
    await theTrial(place);
    expect(await vacuum(['--quiet'])).toEqual({ exitCode: 1, stdout: '', stderr: '' });
  });

  test('--verify finds bytes that are not what their name says', async ({ place, vacuum }) => {
    const path = localPath(place.store, await used(place, 'right'));
    writeFileSync(path, 'wrong');

    expect((await vacuum()).exitCode).toBe(0);
    const { exitCode, stderr } = await vacuum(['--verify', '--sample', '100%']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^problem: store "Default": bytes of .* \(5 B\) are not what their name says\n$/);
  });

  test('control characters of a file name do not reach the terminal', async ({ place, vacuum }) => {
    put(place.store, 'a\u001b[31mred\nline');
    const { stderr } = await vacuum();
    expect(stderr).toBe('problem: store "Default": "a\\x1b[31mred\\nline" does not belong there\n');
  });

  test('--grace says what is old', async ({ place, vacuum }) => {
    putContent(place.store, 'young', 7200);
    expect((await vacuum(['--dry-run', '--grace', '3h'])).stdout.trim().split('\n')).toHaveLength(1);
    expect((await vacuum(['--dry-run', '--grace', '1h'])).stdout.trim().split('\n')).toHaveLength(2);
    expect((await vacuum(['--dry-run', '--grace', '0'])).stdout.trim().split('\n')).toHaveLength(2);
  });

  test('an upload directory that cannot be tidied ends with 7', async ({ place, database }) => {
    const env = { DEBUSINE_STORE_DIRECTORY: place.store, DEBUSINE_UPLOAD_DIRECTORY: place.store };
    const { exitCode, stderr } = await runCommand(database, ['vacuum-storage'], { env });
    expect(exitCode).toBe(7);
    expect(stderr).toBe(
      `error: the upload directory ${place.store} is that of store "Default"; nothing in it is looked at\n`,
    );
  });

  test('a second run at once is refused with 6; a dry run is not', async ({ database, place, vacuum }) => {
    putContent(place.store, 'orphan');
    const other = database.connect();
    await takeRunLock(other, runLocks.vacuum);

    const { exitCode, stdout, stderr } = await vacuum(['--lock-timeout', '0']);
    expect([exitCode, stdout]).toEqual([6, '']);
    expect(stderr).toMatch(
      /^error: another vacuum-storage run is active \(pid \d+ since .*\); hint: try again later\n$/,
    );
    expect((await vacuum(['--dry-run'])).exitCode).toBe(0);
    await releaseRunLock(other, runLocks.vacuum);
    expect((await vacuum()).exitCode).toBe(0);
  });

  test('a signal ends it with the report', async ({ place, vacuum }) => {
    putContent(place.store, 'orphan');
    const controller = new AbortController();
    controller.abort('SIGINT');
    const { exitCode, stdout } = await vacuum(['--json'], {
      signal: controller.signal,
      env: terminalEnv(place),
    });
    expect(exitCode).toBe(130);
    if (stdout !== '') expect(JSON.parse(stdout)).toMatchObject({ complete: false, stopped_by: 'signal' });
    expect(existsSync(localPath(place.store, contentOf('orphan')))).toBe(true);
  });

  test('--max-time 0 does nothing and says so in the summary', async ({ place, vacuum }) => {
    putContent(place.store, 'orphan');
    const { exitCode, stdout } = await vacuum(['--json', '--max-time', '0']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, stopped_by: 'max_time' });
  });

  test.for([
    [['--store', 'nosuch'], 3, 'error: file store "nosuch" not found'],
    [['--grace', '-1'], 2, 'error: option --grace: '],
    [['--sample', '5'], 2, 'error: --sample says how much --verify reads; hint: add --verify'],
    [['--verify', '--sample', '0'], 2, 'error: option --sample: "0" is no percentage'],
    [['--verify', '--sample', '101'], 2, 'error: option --sample: "101" is no percentage'],
    [['--progress', 'loud'], 2, 'error: option --progress: "loud" is none of'],
    [['extra'], 2, 'error: '],
  ] as const)('%j ends with %i', async ([words, code, message], { vacuum }) => {
    const { exitCode, stdout, stderr } = await vacuum(words);
    expect(exitCode).toBe(code);
    expect(stdout).toBe('');
    expect(stderr.startsWith(message)).toBe(true);
  });

  test("the original's names do the same", async ({ place, database }) => {
    await theTrial(place);
    for (const name of ['vacuum_storage', 'monthly_cleanup']) {
      const { exitCode, stderr } = await runCommand(database, [name, '--dry-run', '-v', '1'], {
        env: terminalEnv(place),
      });
      expect([exitCode, stderr]).toEqual([1, missing]);
    }
  });
});

const terminalEnv = (place: Installation) => ({
  DEBUSINE_STORE_DIRECTORY: place.store,
  DEBUSINE_UPLOAD_DIRECTORY: place.uploads,
});
