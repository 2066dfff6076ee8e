/** What bin/debusine-admin.js does by itself. It starts the program that `npm ci` or `npm run build` has built. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { catalog } from '../../src/cli/catalog.ts';
import { test } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const launcher = path.join(root, 'bin', 'debusine-admin.js');
const main = path.join(root, 'dist', 'main.cjs');

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'launcher-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function launch(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: home, ...env },
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr };
}

describe('texts that the launcher prints by itself', () => {
  test('are there for every command, and are what the program prints', async () => {
    for (const words of [...catalog.map(({ name }) => name.split(' ')), ['database'], ['formats']]) {
      const file = path.join(
        root,
        'dist',
        'ready',
        words[0] === 'formats' ? 'topics' : 'help',
        words.join(' '),
      );
      const { stdout } = await runCommand(null, ['help', ...words]);
      expect(readFileSync(`${file}.txt`, 'utf8'), `${words.join(' ')}; npm run build`).toBe(stdout);
    }
  });

  const same = [
    [],
    ['--help'],
    ['-h'],
    ['help'],
    ['--version'],
    ['-V'],
    ['--version', '--json'],
    ['list-workers', '--help'],
    ['database', 'migrate', '-h'],
    ['database', '--help'],
    ['help', 'database', 'migrate'],
    ['help', 'formats'],
    ['formats', '--help'],
    ['help', '--json', 'list-workers'],
    ['help', 'nothing'],
    ['help', '../version'],
    ['nothing', '--help'],
    ['list-workers', '--help', '--nothing'],
    ['--help', 'list-workers'],
    ['list_workers', '--help'],
  ];
  test.for(same)('debusine-admin %s says what the program says', async (words) => {
    expect(launch(words)).toEqual(await runCommand(null, words));
  });

  test('--help loads neither the program nor anything of its libraries', () => {
    const spy = path.join(home, 'spy.cjs');
    writeFileSync(
      spy,
      `const fs = require('node:fs'), read = fs.readFileSync;
       fs.readFileSync = (file, ...rest) => (/dist.*js$/.test(file) && fs.writeSync(2, file + '\\n'), read(file, ...rest));`,
    );
    const words = [['--help'], ['--version'], ['list-workers', '--help'], ['help', 'formats']];
    for (const asked of words) expect(launch(asked, { NODE_OPTIONS: `--require=${spy}` }).stderr).toBe('');
  });

  test('a list loads only the file that most runs need', ({ database }) => {
    const spy = path.join(home, 'spy.cjs');
    writeFileSync(
      spy,
      `const fs = require('node:fs'), read = fs.readFileSync;
       fs.readFileSync = (file, ...rest) => (/\\.cjs$/.test(file) && fs.writeSync(2, file + '\\n'), read(file, ...rest));`,
    );
    for (const format of ['--json', '--jsonl', '--format=plain', '--format=table']) {
      const env = { NODE_OPTIONS: `--require=${spy}`, DATABASE_URL: database.url };
      expect(launch(['list-workers', format], env)).toMatchObject({ exitCode: 0, stderr: `${main}\n` });
    }
  });
});

describe('compiled code of an earlier run', () => {
  const directory = (): string => path.join(home, '.cache', 'debusine-admin');
  const slots = (): string[] => (existsSync(directory()) ? readdirSync(directory()) : []);
  const failing = ['list-workers', '--nothing'];

  /** Compiled code that is taken for that of main.cjs, and leaves with 77. */
  function foreignCode(): Buffer {
    const text = readFileSync(main, 'latin1');
    const last = /module\.exports = piece\('\.\/main\.js'\);/;
    const foreign = text.replace(last, (found) => 'process.exit(77);'.padEnd(found.length));
    expect(foreign).toHaveLength(text.length);
    const code = new Script(foreign, { filename: main }).createCachedData();
    return Buffer.concat([code, code]);
  }

  /** Puts foreign code where list-workers looks for its own. */
  function plant(): string {
    const id = /\/\/ ([0-9a-f]{32})\n/.exec(readFileSync(main, 'latin1'))?.[1] ?? '';
    const slot = path.join(directory(), `${id}-${process.version}-${process.arch}-list-workers`);
    mkdirSync(directory(), { recursive: true, mode: 0o700 });
    writeFileSync(slot, foreignCode(), { mode: 0o600 });
    return slot;
  }

  test('is kept where only the user can write, after a run that succeeded', ({ database }) => {
    expect(launch(failing).exitCode).toBe(2);
    expect(launch(['list-workers', '--help', '--json']).exitCode).toBe(0);
    expect(slots()).toEqual([]);
    expect(launch(['list-workers'], { DATABASE_URL: database.url })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(slots()).toEqual([expect.stringMatching(/-list-workers$/)]);
    expect(statSync(directory()).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(directory(), slots()[0] ?? '')).mode & 0o777).toBe(0o600);
  });

  test('is executed; so the tests below would notice', () => {
    plant();
    expect(launch(failing).exitCode).toBe(77);
  });

  test('is not executed when NODE_DISABLE_COMPILE_CACHE is set', () => {
    plant();
    expect(launch(failing, { NODE_DISABLE_COMPILE_CACHE: '1' }).exitCode).toBe(2);
  });

  test('is not executed from a file or below a directory that others can write to', () => {
    const slot = plant();
    for (const place of [slot, directory(), path.join(home, '.cache'), home]) {
      for (const mode of [0o775, 0o707, 0o757]) {
        const before = statSync(place).mode;
        chmodSync(place, mode);
        expect(launch(failing).exitCode, `${place} with mode ${mode.toString(8)}`).toBe(2);
        chmodSync(place, before);
      }
    }
    expect(launch(failing).exitCode).toBe(77);
  });

  test('is not executed from a symbolic link, nor by way of one to such a directory', () => {
    const slot = plant();
    const elsewhere = path.join(home, 'elsewhere');
    writeFileSync(elsewhere, readFileSync(slot), { mode: 0o600 });
    rmSync(slot);
    symlinkSync(elsewhere, slot);
    expect(launch(failing).exitCode).toBe(2);
    rmSync(slot);
    plant();
    const link = path.join(home, 'link');
    symlinkSync(path.join(home, '.cache'), link);
    expect(launch(failing, { XDG_CACHE_HOME: link }).exitCode).toBe(77);
    chmodSync(path.join(home, '.cache'), 0o777);
    expect(launch(failing, { XDG_CACHE_HOME: link }).exitCode).toBe(2);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'is not executed when it, or a directory above it, belongs to somebody else',
    () => {
      const slot = plant();
      for (const place of [slot, directory(), path.join(home, '.cache'), home]) {
        chownSync(place, 1234, 1234);
        expect(launch(failing).exitCode, place).toBe(2);
        chownSync(place, 0, 0);
      }
    },
  );

  test.skipIf(process.getuid?.() !== 0)('is not left in the home of somebody else', ({ database }) => {
    chownSync(home, 1234, 1234);
    expect(launch(['list-workers'], { DATABASE_URL: database.url }).exitCode).toBe(0);
    expect(readdirSync(home)).toEqual([]);
  });

  test('does no harm when it is damaged, and is written anew', ({ database }) => {
    const env = { DATABASE_URL: database.url };
    const expected = launch(['list-workers'], env);
    const slot = path.join(directory(), slots()[0] ?? '');
    const good = readFileSync(slot);
    const flipped = Buffer.from(good);
    const middle = good.length >> 2;
    flipped.writeUInt8(flipped.readUInt8(middle) ^ 0x10, middle);
    const bad = [Buffer.alloc(0), Buffer.from('x'), good.subarray(0, good.length / 2), flipped];
    for (const content of bad) {
      writeFileSync(slot, content);
      expect(launch(['list-workers'], env)).toEqual(expected);
      expect(readFileSync(slot).length).toBeGreaterThan(100_000);
      expect(readFileSync(slot).equals(content)).toBe(false);
    }
  });

  test('of builds that nobody has used for a month is removed', ({ database }) => {
    mkdirSync(directory(), { recursive: true, mode: 0o700 });
    const [old, young] = ['old', 'young'].map((name) => path.join(directory(), name)) as [string, string];
    for (const file of [old, young]) writeFileSync(file, '');
    const days = (count: number): number => Date.now() / 1000 - count * 86_400;
    utimesSync(old, days(31), days(31));
    utimesSync(young, days(29), days(29));
    launch(['list-workers'], { DATABASE_URL: database.url });
    expect(slots()).toEqual([expect.stringMatching(/-list-workers$/), 'young']);
  });

  test('that is older than a day is written anew, so that it has what the command has needed since', ({
    database,
  }) => {
    const env = { DATABASE_URL: database.url };
    launch(['list-workers'], env);
    const slot = path.join(directory(), slots()[0] ?? '');
    const yesterday = Date.now() / 1000 - 90_000;
    utimesSync(slot, yesterday, yesterday);
    launch(['list-workers', '--json'], env);
    expect(statSync(slot).mtimeMs / 1000).toBeGreaterThan(yesterday + 80_000);
  });
});
