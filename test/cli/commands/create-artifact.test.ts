import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { artifacts } from '../../../src/schema/artifacts.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aFileStore, aUser, aWorkRequest, aWorkspace } from '../../support/factories.ts';
import { runCommand, type Surroundings } from '../../support/run-command.ts';

const logs = 'debusine:work-request-debug-logs';
const aDirectory = (): string => mkdtempSync(path.join(tmpdir(), 'artifact-'));

const aFile = (name: string, text = name): string => {
  const file = path.join(aDirectory(), name);
  writeFileSync(file, text);
  return file;
};

/** Runs it with a store of its own. */
function create(database: TestDatabase, words: readonly string[], surroundings: Surroundings = {}) {
  const store = aDirectory();
  const env = { DEBUSINE_STORE_DIRECTORY: store, ...surroundings.env };
  const outcome = runCommand(database, ['create-artifact', ...words], { ...surroundings, env });
  return outcome.then((result) => ({ ...result, store }));
}

const count = ({ db }: TestDatabase): Promise<number> => db.$count(artifacts);
const bytesIn = (store: string): readonly string[] =>
  existsSync(store)
    ? readdirSync(store, { recursive: true, encoding: 'utf8' }).filter((name) => /-\d+$/.test(name))
    : [];

describe('create-artifact', () => {
  test('prints the number, and in JSON all that it made', async ({ database: { db }, database }) => {
    const [user, request] = [await aUser(db), await aWorkRequest(db)];
    const plain = await create(database, [logs, aFile('a.txt')]);
    expect([plain.exitCode, plain.stderr]).toEqual([0, '']);
    expect(plain.stdout).toMatch(/^\d+\n$/);
    const { stdout, store } = await create(database, [
      ...[logs, `in/b.txt=${aFile('b.txt', 'content')}`, '--created-by', user.username],
      ...['--work-request', String(request.id), '--expiration-delay', '10', '--json'],
    ]);
    const record = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(record)).toEqual([
      ...['was_created', 'changed', 'id', 'category', 'workspace', 'data', 'created_at', 'created_by'],
      ...['work_request', 'expiration_delay_seconds', 'expire_at', 'files'],
    ]);
    expect(record).toMatchObject({
      was_created: true,
      category: logs,
      workspace: 'System',
      data: {},
      created_by: user.username,
      work_request: request.id,
      expiration_delay_seconds: 864_000,
      expire_at: expect.stringMatching(/^20\d\d-/) as string,
      files: [
        {
          path: 'in/b.txt',
          sha256: createHash('sha256').update('content').digest('hex'),
          size: 7,
          new: true,
        },
      ],
    });
    expect(bytesIn(store)).toHaveLength(1);
  });

  test('takes directories sorted, with paths relative to --base-directory', async ({ database }) => {
    const base = aDirectory();
    mkdirSync(path.join(base, 'logs'));
    for (const name of ['b', 'a']) writeFileSync(path.join(base, 'logs', name), name);
    const { stdout } = await create(database, [
      logs,
      path.join(base, 'logs'),
      '--base-directory',
      base,
      '--json',
    ]);
    const { files } = JSON.parse(stdout) as { files: { path: string }[] };
    expect(files.map(({ path: inner }) => inner)).toEqual(['logs/a', 'logs/b']);
  });

  test('tells all problems at once, one line each, and stores nothing', async ({ database }) => {
    const before = await count(database);
    const directory = aDirectory();
    symlinkSync('/etc/hostname', path.join(directory, 'link'));
    const [one, other] = [aFile('a.txt'), aFile('a.txt')];
    const { exitCode, stdout, stderr, store } = await create(database, [
      ...['debian:source-package', one, other, 'missing.dsc', path.join(directory, 'link'), `../x=${one}`],
      ...['--set', 'nope=1'],
    ]);
    expect([exitCode, stdout]).toEqual([3, '']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.every((line) => line.startsWith('error: '))).toBe(true);
    for (const part of [
      'error: data: "name" is required',
      'error: data: nope: unknown key',
      'error: "a.txt" is given twice',
      'error: cannot read missing.dsc: no such file',
      `error: cannot take "${directory}/link": it is a symbolic link`,
      'error: path "../x" leaves the artifact',
    ]) {
      expect(lines.filter((line) => line.startsWith(part))).toHaveLength(1);
    }
    expect(lines.at(-1)).toMatch(/; hint: PATH=FILE$/);
    expect(bytesIn(store)).toEqual([]);
    expect(await count(database)).toBe(before);
  });

  test('holds the files to what the category lists', async ({ database }) => {
    const dsc = aFile(
      'hello.dsc',
      'Source: hello\nFiles:\n d41d8cd98f00b204e9800998ecf8427e 0 hello.tar.xz\n',
    );
    const { exitCode, stderr } = await create(database, [
      ...['debian:source-package', dsc, aFile('other.txt'), '--set', 'name=hello', '--set', 'version="1"'],
      ...['--set', 'type=dpkg', '--set', 'dsc_fields={Source: hello}'],
    ]);
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      'error: file "hello.tar.xz" is listed in "hello.dsc", but not given\n' +
        'error: file "other.txt" is given, but not listed in "hello.dsc"\n',
    );
  });

  test.for([
    [
      ['debian:sourcepackage'],
      3,
      'error: artifact category "debian:sourcepackage" is not known; hint: did you mean "debian:source-package"?\n',
    ],
    [[logs, 'missing.log'], 3, 'error: cannot read missing.log: no such file\n'],
    [[logs, '--workspace', 'nosuch'], 3, /^error: workspace "nosuch" not found/],
    [[logs, '--work-request', '999999'], 3, /^error: work request 999999 not found/],
    [[logs, '--created-by', 'nosuch'], 3, /^error: user "nosuch" not found/],
    [[logs, '--expiration-delay', '-5'], 2, /is negative/],
    [[], 2, /^error: create-artifact needs CATEGORY/],
  ] as const)('refuses %j with status %i', async ([words, status, line], { database }) => {
    const before = await count(database);
    const { exitCode, stdout, stderr } = await create(database, words);
    expect([exitCode, stdout]).toEqual([status, '']);
    if (typeof line === 'string') expect(stderr).toBe(line);
    else expect(stderr).toMatch(line);
    expect(await count(database)).toBe(before);
  });

  test('a read-only default store is status 4, also in a dry run', async ({ database: { db }, database }) => {
    const store = await aFileStore(db, {
      backend: 'ExternalDebianSuite',
      configuration: { archive_root_url: 'https://deb.example.org', suite: 'sid', components: ['main'] },
    });
    const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
    for (const more of [[], ['--dry-run']]) {
      const words = [logs, aFile('a.txt'), '--workspace', workspace.name, ...more];
      const { exitCode, stderr } = await create(database, words);
      expect([exitCode, stderr]).toEqual([
        4,
        `error: file store "${store.name}" (ExternalDebianSuite) cannot store new files\n`,
      ]);
    }
  });

  test('an interruption in the middle leaves neither artifact nor bytes', async ({ database }) => {
    const before = await count(database);
    const controller = new AbortController();
    controller.abort('SIGINT');
    const { exitCode, store } = await create(database, [logs, aFile('a.txt')], { signal: controller.signal });
    expect(exitCode).toBe(130);
    expect(bytesIn(store)).toEqual([]);
    expect(await count(database)).toBe(before);
  });

  test('a dry run changes nothing', async ({ database }) => {
    const before = await count(database);
    const { exitCode, stdout, store } = await create(database, [logs, aFile('a.txt'), '--dry-run', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: null, created_at: null, files: [{ path: 'a.txt' }] });
    expect(bytesIn(store)).toEqual([]);
    expect(await count(database)).toBe(before);
  });
});
