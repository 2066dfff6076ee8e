/** show-workspace, manage-workspace, delete-workspace and list-workspaces by store. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import * as workspaces from '../../../src/models/workspaces.ts';
import { test } from '../../support/database.ts';
import {
  aCollection,
  aFile,
  aFileInArtifact,
  aFileInStore,
  aFileStore,
  anArtifact,
  anItem,
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
