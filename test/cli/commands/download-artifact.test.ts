import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { eq } from 'drizzle-orm';
import { describe, expect, onTestFinished } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { type File, files } from '../../../src/schema/files.ts';
import type { TestDatabase } from '../../support/database.ts';
import { aDirectory, contentOf, filesBelow } from '../../storage/scratch.ts';
import { localPath } from '../../../src/storage/local.ts';
import { test } from '../../support/database.ts';
import {
  aFile,
  aFileInArtifact,
  aFileInStore,
  aFileStore,
  anArtifact,
  aWorkspace,
} from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

/** The database knows each content once. */
async function fileOf(db: Db, text: string): Promise<File> {
  const [known] = await db
    .select()
    .from(files)
    .where(eq(files.sha256, contentOf(text).sha256));
  return known ?? aFile(db, text);
}

/** An artifact whose files lie in a store of their own. */
async function anArtifactWith({ db }: TestDatabase, contents: Readonly<Record<string, string>>) {
  const base = aDirectory();
  const store = await aFileStore(db, { configuration: { base_directory: base } });
  const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
  const artifact = await anArtifact(db, { workspaceId: workspace.id });
  for (const [path, text] of Object.entries(contents)) {
    const file = await fileOf(db, text);
    await aFileInArtifact(db, artifact, file, path);
    await aFileInStore(db, file, store);
    const place = localPath(base, contentOf(text));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
  return {
    id: String(artifact.id),
    artifact,
    base,
    place: (text: string) => localPath(base, contentOf(text)),
  };
}

describe('into a directory', () => {
  test('copies all files below it, for their owner alone, and tells where they are', async ({ database }) => {
    const { id } = await anArtifactWith(database, { 'a.txt': 'one', 'sub/dir/b.txt': 'two' });
    const out = join(aDirectory(), 'new', 'out');
    expect(await runCommand(database, ['download-artifact', id, '--to', out])).toEqual({
      exitCode: 0,
      stdout: `${out}/a.txt\n${out}/sub/dir/b.txt\n`,
      stderr: '',
    });
    expect(filesBelow(out)).toEqual(['a.txt', 'sub/dir/b.txt']);
    expect(readFileSync(join(out, 'sub/dir/b.txt'), 'utf8')).toBe('two');
    expect(statSync(join(out, 'a.txt')).mode & 0o777).toBe(0o600);
    expect(statSync(join(out, 'sub')).mode & 0o777).toBe(0o700);
  });

  test('copies the chosen ones; JSON tells of each', async ({ database }) => {
    const { id } = await anArtifactWith(database, { a: 'one', b: 'two' });
    const out = aDirectory();
    const { stdout } = await runCommand(database, ['download-artifact', id, 'b', '--to', out, '--json']);
    expect(JSON.parse(stdout)).toEqual([{ path: 'b', to: join(out, 'b'), size: 3, ok: true }]);
    expect(filesBelow(out)).toEqual(['b']);
  });

  test('replaces nothing unless told to, and writes nothing at all then', async ({ database }) => {
    const { id } = await anArtifactWith(database, { a: 'one', b: 'two' });
    const out = aDirectory();
    writeFileSync(join(out, 'b'), 'mine');
    const words = ['download-artifact', id, '--to', out];
    const refused = await runCommand(database, words);
    expect([refused.exitCode, refused.stdout, refused.stderr]).toEqual([
      4,
      '',
      `error: ${out}/b exists already; hint: --force replaces it\n`,
    ]);
    expect([filesBelow(out), readFileSync(join(out, 'b'), 'utf8')]).toEqual([['b'], 'mine']);
    expect((await runCommand(database, [...words, '--force'])).exitCode).toBe(0);
    expect(readFileSync(join(out, 'b'), 'utf8')).toBe('two');
  });

  test.for(['../escaped', '/tmp/escaped', 'a/../../escaped', 'a/./b', 'a//b', 'x\u001b[2J'])(
    'a file called %j cannot leave the directory; the others are copied',
    async (path, { database }) => {
      const { id } = await anArtifactWith(database, { [path]: 'evil', good: 'good' });
      const around = aDirectory();
      const out = join(around, 'out');
      const { exitCode, stderr } = await runCommand(database, ['download-artifact', id, '--to', out]);
      expect(exitCode).toBe(7);
      expect(stderr).toMatch(/^error: cannot write "[^\n]*\nerror: copied 1 of 2 files\n$/);
      expect(stderr).not.toContain('\u001b');
      expect(filesBelow(around)).toEqual(['out/good']);
      expect(existsSync('/tmp/escaped')).toBe(false);
    },
  );

  test('a symbolic link inside the directory is not followed, and replaced, not written through', async ({
    database,
  }) => {
    const { id } = await anArtifactWith(database, { 'sub/a': 'evil', link: 'bytes' });
    const [out, outside] = [aDirectory(), aDirectory()];
    symlinkSync(outside, join(out, 'sub'));
    writeFileSync(join(outside, 'precious'), 'mine');
    symlinkSync(join(outside, 'precious'), join(out, 'link'));
    const words = ['download-artifact', id, '--to', out];
    expect((await runCommand(database, words)).exitCode).toBe(4);
    const { exitCode, stderr } = await runCommand(database, [...words, '--force']);
    expect([exitCode, stderr]).toEqual([
      7,
      expect.stringContaining(`cannot use ${out}/sub: is a symbolic link`),
    ]);
    expect(filesBelow(outside)).toEqual(['precious']);
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('mine');
    expect(readFileSync(join(out, 'link'), 'utf8')).toBe('bytes');
  });

  test('bytes that are missing, damaged or longer than they should be leave nothing behind', async ({
    database,
  }) => {
    const contents = { missing: 'one', damaged: 'two', longer: 'three' };
    const { id, place } = await anArtifactWith(database, contents);
    unlinkSync(place('one'));
    writeFileSync(place('two'), 'TWO');
    writeFileSync(place('three'), 'three and more');
    const out = aDirectory();
    const { exitCode, stdout, stderr } = await runCommand(database, ['download-artifact', id, '--to', out]);
    expect([exitCode, stdout, filesBelow(out)]).toEqual([3, '', []]);
    expect(stderr).toContain('error: cannot get "missing": cannot read');
    expect(stderr).toContain('"damaged" in file store');
    expect(stderr).toContain('"longer" in file store');
    const single = await runCommand(database, ['download-artifact', id, 'damaged', '--to', out]);
    expect([single.exitCode, single.stdout]).toEqual([3, '']);
    expect(single.stderr).toMatch(/^error: "damaged" in file store "[^"]+" does not hold the content/);
  });

  test('--quiet leaves what went wrong with each file, and JSON tells the paths at the end', async ({
    database,
  }) => {
    const { id, place } = await anArtifactWith(database, { missing: 'one', damaged: 'two', good: 'three' });
    unlinkSync(place('one'));
    writeFileSync(place('two'), 'TWO');
    const words = ['download-artifact', id, '--to', aDirectory(), '--quiet'];
    const people = await runCommand(database, words);
    expect(people.exitCode).toBe(7);
    expect(people.stderr).toContain('error: cannot get "missing": cannot read');
    expect(people.stderr).toContain('error: "damaged" in file store');
    expect(people.stderr).toMatch(/\nerror: copied 1 of 3 files\n$/);
    const programs = await runCommand(database, [...words, '--force', '--json']);
    expect(JSON.parse(programs.stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      error: { code: 'partial', exit_code: 7, details: { paths: ['damaged', 'missing'] } },
    });
  });

  test('takes another store of the workspace when the first has lost the bytes', async ({ database }) => {
    const { db } = database;
    const { id, artifact, place } = await anArtifactWith(database, { a: 'one' });
    unlinkSync(place('one'));
    const base = aDirectory();
    const other = await aFileStore(db, { configuration: { base_directory: base } });
    await aFileInStore(db, await fileOf(db, 'one'), other);
    const bytes = localPath(base, contentOf('one'));
    mkdirSync(dirname(bytes), { recursive: true });
    writeFileSync(bytes, 'one');
    const words = ['download-artifact', id, '--to', aDirectory()];
    // A store of another workspace does not count.
    expect((await runCommand(database, words)).exitCode).toBe(3);
    await db.execute(
      `insert into db_workspace_other_file_stores (workspace_id, filestore_id)
       values (${artifact.workspaceId}, ${other.id})`,
    );
    expect((await runCommand(database, words)).exitCode).toBe(0);
  });

  test('an interruption leaves no part of a file', async ({ database }) => {
    const { id } = await anArtifactWith(database, { a: 'x'.repeat(3_000_000) });
    const out = aDirectory();
    const controller = new AbortController();
    // The first look at the signal is in the middle of the copy: the draft is there by then.
    const seen: string[][] = [];
    const signal = new Proxy(controller.signal, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (key === 'throwIfAborted' && filesBelow(out).length > 0 && !target.aborted) {
          seen.push(filesBelow(out));
          controller.abort('SIGINT');
        }
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const { exitCode, stdout } = await runCommand(database, ['download-artifact', id, '--to', out], {
      signal,
    });
    expect(seen[0]?.[0]).toMatch(/^\.debusine-[0-9a-f]{32}\.temp$/);
    expect([exitCode, stdout, filesBelow(out)]).toEqual([130, '', []]);
  });

  test('archives on the web are contacted only when that is allowed', async ({ database }) => {
    const { db } = database;
    const server = createServer((_, response) => response.end('one')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const store = await aFileStore(db, {
      backend: 'ExternalDebianSuite',
      configuration: { archive_root_url: `http://127.0.0.1:${port}/`, suite: 's', components: ['main'] },
    });
    const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
    const artifact = await anArtifact(db, { workspaceId: workspace.id });
    const file = await fileOf(db, 'one');
    await aFileInArtifact(db, artifact, file, 'a');
    await aFileInStore(db, file, store, { relative_url: 'pool/a' });
    const words = ['download-artifact', String(artifact.id), 'a', '--stdout'];
    const refused = await runCommand(database, words);
    expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringContaining('hint: --allow-network')]);
    expect(await runCommand(database, [...words, '--allow-network'])).toMatchObject({
      exitCode: 0,
      stdout: 'one',
    });
  });
});

describe('to standard output', () => {
  test('writes the bytes and nothing else; "--to -" means the same', async ({ database }) => {
    const { id } = await anArtifactWith(database, { a: 'one\n', b: 'two' });
    const expected = { exitCode: 0, stdout: 'one\n', stderr: '' };
    expect(await runCommand(database, ['download-artifact', id, 'a', '--stdout'])).toEqual(expected);
    expect(await runCommand(database, ['download-artifact', id, 'a', '--to', '-'])).toEqual(expected);
  });

  test('damaged bytes end with 3, a reader that has gone with 0', async ({ database }) => {
    const { id, place } = await anArtifactWith(database, { a: 'one' });
    const words = ['download-artifact', id, 'a', '--stdout'];
    expect(await runCommand(database, words, { closedPipe: true })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    writeFileSync(place('one'), 'ONE');
    expect((await runCommand(database, words)).exitCode).toBe(3);
  });

  test('does not drive a terminal', async ({ database }) => {
    const { id } = await anArtifactWith(database, { a: '\u001b[2J' });
    const { exitCode, stdout } = await runCommand(database, ['download-artifact', id, 'a', '--stdout'], {
      terminal: true,
    });
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});

test.for([
  [[], 2, 'needs --to DIR or --stdout'],
  [['--stdout'], 2, '--stdout needs exactly one PATH'],
  [['a', 'b', '--stdout'], 2, '--stdout needs exactly one PATH'],
  [['a', '--stdout', '--json'], 2, 'writes the bytes of the file'],
  [['nosuch', '--to', '/nonexistent/out'], 3, 'has no file "nosuch"'],
  [['--to', '/proc/nonexistent/out'], 3, 'cannot write to /proc/nonexistent/out'],
  [['--to', '/etc/passwd'], 3, '/etc/passwd'],
] as const)('refuses %j with %d', async ([words, code, message], { database }) => {
  const { id } = await anArtifactWith(database, { a: 'one', b: 'two' });
  const { exitCode, stdout, stderr } = await runCommand(database, ['download-artifact', id, ...words]);
  expect([exitCode, stdout]).toEqual([code, '']);
  expect(stderr).toContain(message);
});

test('an unknown artifact is 3', async ({ database }) => {
  const { exitCode, stderr } = await runCommand(database, ['download-artifact', '999999', '--to', 'x']);
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('error: artifact 999999 not found')]);
});

test('an artifact without files gives none', async ({ database }) => {
  const { id } = await anArtifactWith(database, {});
  const words = ['download-artifact', id, '--to', aDirectory(), '--json'];
  expect(await runCommand(database, words)).toMatchObject({ exitCode: 0, stdout: '[]\n' });
});
