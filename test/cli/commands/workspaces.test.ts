/** show-workspace, manage-workspace, delete-workspace and list-workspaces by store. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eq } from 'drizzle-orm';
import { describe, expect, onTestFinished } from 'vitest';
import * as workspaces from '../../../src/models/workspaces.ts';
import { collectionItems } from '../../../src/schema/collection-items.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import {
  aCollection,
  aFile,
  aFileInArtifact,
  aFileInStore,
  aFileStore,
  anArtifact,
  anItem,
  anUpload,
  at,
  aWorkRequest,
  aWorkspace,
  unique,
} from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

test('show-workspace tells what expired, and what of it nothing keeps', async ({ database }) => {
  const { db } = database;
  const workspace = await aWorkspace(db, { defaultExpirationDelay: '1 day' });
  const own = { workspaceId: workspace.id, createdAt: at('2020-01-01'), category: 'debusine:test' };
  const kept = await anArtifact(db, own);
  await anArtifact(db, own);
  await anItem(db, await aCollection(db), kept);
  const { exitCode, stdout } = await runCommand(database, ['show-workspace', workspace.name, '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    name: workspace.name,
    artifacts: 2,
    artifacts_by_category: [{ category: 'debusine:test', count: 2, size_bytes: 0 }],
    expired_now: 2,
    deletable_now: 1,
  });
  expect(await runCommand(database, ['show-workspace', 'nosuch'])).toMatchObject({ exitCode: 3, stdout: '' });
});

test('list-workspaces --file-store finds default and other stores, and refuses an unknown one', async ({
  database,
}) => {
  const store = await aFileStore(database.db);
  const { name } = await aWorkspace(database.db, { defaultFileStoreId: store.id });
  const words = ['list-workspaces', '--columns', 'name', '--no-headers', '--file-store'];
  expect(await runCommand(database, [...words, store.name])).toMatchObject({ stdout: `${name}\n` });
  expect(await runCommand(database, [...words, 'nosuch'])).toMatchObject({ exitCode: 3, stdout: '' });
});

describe('list-workspaces --usage', () => {
  test('counts a file once in each workspace, however many artifacts name it', async ({ database }) => {
    const { db } = database;
    const prefix = unique('usage');
    const [large, empty] = [
      await aWorkspace(db, { name: `${prefix}-large` }),
      await aWorkspace(db, { name: `${prefix}-empty` }),
    ];
    const [twice, once] = [await aFile(db, unique('shared')), await aFile(db, 'x'.repeat(100) + prefix)];
    for (const file of [twice, twice, once]) {
      await aFileInArtifact(db, await anArtifact(db, { workspaceId: large.id }), file);
    }
    await aWorkRequest(db, { workspaceId: large.id });
    await aCollection(db, { workspaceId: large.id });
    const words = ['list-workspaces', '--usage', '--match', prefix];

    const { stdout } = await runCommand(database, [...words, '--json']);
    const size = twice.size + once.size;
    const plain = JSON.parse(
      (await runCommand(database, ['list-workspaces', '--match', prefix, '--json'])).stdout,
    );
    expect(JSON.parse(stdout)).toEqual([
      { ...plain[0], artifacts: 3, size_bytes: size, work_requests: 1, collections: 1 },
      { ...plain[1], artifacts: 0, size_bytes: 0, work_requests: 0, collections: 0 },
    ]);

    const names = async (...more: string[]) =>
      (await runCommand(database, [...words, '--columns', 'name', '--no-headers', ...more])).stdout;
    expect(await names('--order', 'size_bytes')).toBe(`${empty.name}\n${large.name}\n`);
    expect(await names('--order', '-size_bytes', '--limit', '1')).toBe(`${large.name}\n`);
    expect((await runCommand(database, [...words, '--count'])).stdout).toBe('2\n');

    const { stdout: table } = await runCommand(database, words, { terminal: true, env: { COLUMNS: '100' } });
    expect(table.split('\n').find((line) => line.includes(large.name))).toContain('█'.repeat(8));
    const piped = await runCommand(database, words);
    expect(piped.stdout).toMatch(new RegExp(`^${large.name} .* 3 +${size} +1 +1$`, 'm'));
  });

  test('without it there is nothing to order by but what is shown', async ({ database }) => {
    expect(await runCommand(database, ['list-workspaces', '--order', 'artifacts'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('known keys: id, name'),
    });
    expect(
      await runCommand(database, ['list-workspaces', '--usage', '--file-store', 'nosuch']),
    ).toMatchObject({ exitCode: 3, stdout: '' });
  });
});

test('show-workspace draws the size of each category on a terminal', async ({ database }) => {
  const { db } = database;
  const workspace = await aWorkspace(db);
  for (const [category, text] of [
    ['debusine:test', 'x'.repeat(200)],
    ['debian:package-build-log', 'y'.repeat(100)],
  ] as const) {
    const artifact = await anArtifact(db, { workspaceId: workspace.id, category });
    await aFileInArtifact(db, artifact, await aFile(db, text + unique('')));
  }
  const words = ['show-workspace', workspace.name];
  const { stdout } = await runCommand(database, words, { terminal: true });
  const bars = Object.fromEntries(
    stdout.split('\n').flatMap((line) => {
      const found = /^│ (\S+).* (█+)/.exec(line);
      return found === null ? [] : [[found[1], found[2]?.length]];
    }),
  );
  expect(bars['debusine:test']).toBe(16);
  expect(bars['debian:package-build-log']).toBeLessThan(10);
  expect((await runCommand(database, words)).stdout).not.toContain('█');
});

describe('manage-workspace', () => {
  test('changes what is given and says on a terminal what will expire', async ({ database }) => {
    const { db } = database;
    const workspace = await aWorkspace(db);
    await anArtifact(db, { workspaceId: workspace.id, createdAt: at('2020-01-01') });
    const words = ['manage-workspace', workspace.name, '--public', '--default-expiration-delay', '10'];
    const dry = await runCommand(database, [...words, '--dry-run'], { terminal: true });
    expect(dry).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/would delete 1 artifact of it/),
    });
    expect(await workspaces.get(db, workspace.id)).toMatchObject({ public: false });
    const { exitCode, stdout, stderr } = await runCommand(database, words);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const again = await runCommand(database, [...words, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, public: true, expiration: 10 });
  });

  test('without anything to change is a usage error, under the original name it is none', async ({
    database,
  }) => {
    expect(await runCommand(database, ['manage-workspace', 'System'])).toMatchObject({ exitCode: 2 });
    expect(await runCommand(database, ['manage_workspace', 'System'])).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
  });

  test('refuses unknown workspaces and stores, names that are taken, and links that are not', async ({
    database,
  }) => {
    const { name } = await aWorkspace(database.db);
    const store = await aFileStore(database.db);
    const run = (...words: string[]) => runCommand(database, ['manage-workspace', ...words]);
    expect(await run('nosuch', '--public')).toMatchObject({ exitCode: 3 });
    expect(await run(name, '--add-other-file-store', 'nosuch')).toMatchObject({ exitCode: 3 });
    expect(await run(name, '--rename', 'System')).toMatchObject({ exitCode: 4 });
    expect(await run(name, '--remove-other-file-store', store.name)).toMatchObject({ exitCode: 4 });
    expect(await run(name, '--default-expiration-delay', '-5')).toMatchObject({ exitCode: 2 });
  });
});

describe('delete-workspace', () => {
  test('removes the rows, then the bytes that only it used; --keep-files leaves them', async ({
    database,
  }) => {
    const { db } = database;
    const directory = await mkdtemp(join(tmpdir(), 'delete-workspace-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const store = await aFileStore(db, { configuration: { base_directory: directory } });
    for (const keep of [true, false]) {
      const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
      const content = unique('content');
      const file = await aFile(db, content);
      await aFileInArtifact(db, await anArtifact(db, { workspaceId: workspace.id }), file);
      await aFileInStore(db, file, store);
      const hex = Buffer.from(file.sha256).toString('hex');
      const path = join(
        directory,
        hex.slice(0, 2),
        hex.slice(2, 4),
        hex.slice(4, 6),
        `${hex}-${content.length}`,
      );
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      const words = [
        'delete-workspace',
        workspace.name,
        '--yes',
        '--json',
        ...(keep ? ['--keep-files'] : []),
      ];
      const { exitCode, stdout } = await runCommand(database, words);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ artifacts: 1, files: 1, blocked_by: [], deleted: true });
      expect(await workspaces.findByName(db, workspace.name)).toBeUndefined();
      expect(existsSync(path)).toBe(keep);
    }
  });

  /** A workspace with one file that only it uses, whose bytes are there. */
  async function withFile(db: TestDatabase['db']) {
    const directory = await mkdtemp(join(tmpdir(), 'delete-workspace-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const store = await aFileStore(db, { configuration: { base_directory: directory } });
    const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
    const content = unique('content');
    const file = await aFile(db, content);
    const artifact = await anArtifact(db, { workspaceId: workspace.id });
    const part = await aFileInArtifact(db, artifact, file);
    await aFileInStore(db, file, store);
    const hex = Buffer.from(file.sha256).toString('hex');
    const folders = [hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6)];
    const path = join(directory, ...folders, `${hex}-${content.length}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return { workspace, artifact, part, path, directory };
  }

  test('removes the files also when nobody reads what it prints', async ({ database }) => {
    const { workspace, path } = await withFile(database.db);
    const words = ['delete-workspace', workspace.name, '--yes', '--json'];
    expect(await runCommand(database, words, { closedPipe: true })).toMatchObject({ exitCode: 0 });
    expect(await workspaces.findByName(database.db, workspace.name)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test('ends with 7 when a file cannot be removed; the workspace is gone all the same', async ({
    database,
  }) => {
    const { workspace, path } = await withFile(database.db);
    // A directory cannot be unlinked, by root neither.
    await rm(path);
    await mkdir(path);
    const outcome = await runCommand(database, ['delete-workspace', workspace.name, '--yes']);
    expect(outcome).toMatchObject({
      exitCode: 7,
      stdout: '',
      stderr: expect.stringMatching(/^error: workspace ".*" is gone, but .*; hint: .*vacuum-storage/),
    });
    expect(await workspaces.findByName(database.db, workspace.name)).toBeUndefined();
    expect(existsSync(path)).toBe(true);
  });

  test('removes unfinished uploads, unless files are kept', async ({ database }) => {
    for (const keep of [false, true]) {
      const { workspace, part, directory } = await withFile(database.db);
      const { path } = await anUpload(database.db, part);
      await writeFile(join(directory, path), 'half');
      const words = ['delete-workspace', workspace.name, '--yes', ...(keep ? ['--keep-files'] : [])];
      const env = { DEBUSINE_UPLOAD_DIRECTORY: directory };
      expect(await runCommand(database, words, { env })).toMatchObject({ exitCode: 0, stderr: '' });
      expect(existsSync(join(directory, path))).toBe(keep);
    }
  });

  test('refuses when more came in after it was shown what goes', async ({ database }) => {
    const { db } = database;
    const { id, name } = await aWorkspace(db);
    await anArtifact(db, { workspaceId: id });
    const outcome = await runCommand(database, ['delete-workspace', name], {
      terminal: true,
      answers: [name],
      beforeAnswer: async () => void (await anArtifact(database.connect(), { workspaceId: id })),
    });
    expect(outcome).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('more has come into the workspace meanwhile; nothing was deleted'),
    });
    expect(await workspaces.findByName(db, name)).toBeDefined();
  });

  test('--detach cuts what other workspaces have of it', async ({ database }) => {
    const { db } = database;
    const { id, name } = await aWorkspace(db);
    const artifact = await anArtifact(db, { workspaceId: id });
    const item = await anItem(db, await aCollection(db), artifact);
    const words = ['delete-workspace', name, '--yes'];
    expect(await runCommand(database, words)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('--detach'),
    });
    expect(await workspaces.findByName(db, name)).toBeDefined();
    expect(await runCommand(database, [...words, '--detach'])).toMatchObject({ exitCode: 0, stderr: '' });
    const [left] = await db.select().from(collectionItems).where(eq(collectionItems.id, item.id));
    expect(left).toMatchObject({ artifactId: null, removedAt: expect.any(String) });
  });

  test('asks for the name of what is not empty, and nobody without a terminal', async ({ database }) => {
    const { db } = database;
    const { id, name } = await aWorkspace(db);
    await anArtifact(db, { workspaceId: id });
    const words = ['delete-workspace', name];
    expect(await runCommand(database, words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/add --yes/),
    });
    expect(await runCommand(database, words, { terminal: true, answers: ['y'] })).toMatchObject({
      exitCode: 8,
    });
    expect(await workspaces.findByName(db, name)).toBeDefined();
    expect(await runCommand(database, words, { terminal: true, answers: [name] })).toMatchObject({
      exitCode: 0,
    });
    expect(await workspaces.findByName(db, name)).toBeUndefined();
  });

  test('refuses the default workspace, unknown ones and work in progress', async ({ database }) => {
    const { db } = database;
    const { id, name } = await aWorkspace(db);
    await aWorkRequest(db, { workspaceId: id, status: 'pending' });
    const run = (...words: string[]) => runCommand(database, [...words, '--yes']);
    expect(await run('delete-workspace', 'System')).toMatchObject({ exitCode: 4 });
    expect(await run('delete_workspace', 'System')).toMatchObject({ exitCode: 3 });
    expect(await run('delete-workspace', 'nosuch')).toMatchObject({ exitCode: 3 });
    expect(await run('delete_workspace', 'nosuch', '--force')).toMatchObject({ exitCode: 0 });
    expect(await run('delete-workspace', name)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/--abort-running/),
    });
    expect(await run('delete-workspace', name, '--abort-running', '--dry-run')).toMatchObject({
      exitCode: 0,
    });
    expect(await workspaces.findByName(db, name)).toBeDefined();
    expect(await run('delete-workspace', name, '--abort-running')).toMatchObject({ exitCode: 0 });
  });
});
