import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { fileStores } from '../../../src/schema/file-stores.ts';
import { filesInStores } from '../../../src/schema/files-in-stores.ts';
import { workspaceOtherFileStores } from '../../../src/schema/workspaces.ts';
import { aDirectory } from '../../storage/scratch.ts';
import { test } from '../../support/database.ts';
import {
  aFile,
  aFileInArtifact,
  aFileInStore,
  aFileStore,
  anArtifact,
  aWorkspace,
  unique,
} from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const json = (text: string): unknown => JSON.parse(text);

const stored = async (db: Db, name: string) =>
  (await db.select().from(fileStores).where(eq(fileStores.name, name)))[0];

const local = (name: string, directory: string, ...more: readonly string[]) => [
  'create-file-store',
  name,
  'Local',
  '--set-string',
  `base_directory=${directory}`,
  ...more,
];

const archive = [
  ...['--set', 'archive_root_url=https://deb.example.org/debian/', '--set', 'suite=bookworm'],
  ...['--set', 'components=[main]'],
];

describe('create-file-store', () => {
  test('registers a directory and says nothing in a pipe; JSON shows the store', async ({ database }) => {
    const name = unique('store');
    expect(await runCommand(database, local(name, aDirectory()))).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    const directory = aDirectory();
    const { stdout } = await runCommand(database, local(unique('store'), directory, '--json'));
    expect(json(stdout)).toEqual({
      was_created: true,
      changed: true,
      id: expect.any(Number) as number,
      name: expect.stringMatching(/^store-/) as string,
      backend: 'Local',
      configuration: { base_directory: directory },
    });
    expect(await stored(database.db, name)).toMatchObject({ backend: 'Local' });
  });

  test('registers an archive without contacting it', async ({ database }) => {
    const name = unique('archive');
    const words = ['create-file-store', name, 'externaldebiansuite', ...archive];
    const { exitCode, stderr } = await runCommand(database, words, { terminal: true });
    expect([exitCode, stderr]).toEqual([0, `created file store "${name}" (ExternalDebianSuite)\n`]);
    expect((await stored(database.db, name))?.configuration).toEqual({
      archive_root_url: 'https://deb.example.org/debian/',
      suite: 'bookworm',
      components: ['main'],
    });
  });

  test.for([
    [['', 'Local', '--set', 'base_directory=/srv'], 3, 'file store name is empty'],
    [['x'.repeat(256), 'Local', '--set', 'base_directory=/srv'], 3, 'has 256 characters'],
    [['x', 'Local'], 3, '"base_directory" is required unless the store is called Default'],
    [['x', 'Local', '--set', 'base_directory=srv'], 3, '"srv" is not an absolute path'],
    [['x', 'Local', '--set', 'base_directory=/srv', '--set', 'a=1'], 3, 'a'],
    [['x', 'Local', '--set', 'base_directory=/nonexistent/store'], 3, 'does not exist'],
    [['x', 'Local', '--set', 'base_directory=/etc/passwd'], 3, 'is not a directory'],
    [
      ['x', 'Local', '--set', 'base_directory=/nonexistent/a', '--create-directory'],
      3,
      'cannot make the directory /nonexistent/a: no such file or directory',
    ],
    [
      ['x', 'Local', '--set', 'base_directory=/nonexistent/a', '--create-directory', '--dry-run'],
      3,
      'cannot make the directory /nonexistent/a: no such file or directory',
    ],
    [['x', 'ExternalDebianSuite'], 3, 'archive_root_url'],
    [['x', 'ExternalDebianSuite', ...archive, '--set', 'archive_root_url=ftp://x/'], 3, 'http or https'],
    [['x', 'S3'], 2, '"S3" is none of Local, ExternalDebianSuite'],
    [['x', 'Local', '--create-directory', '--no-check'], 2, '--no-check'],
    [['x', 'Local', '--configuration', '/nonexistent/x.yaml'], 3, 'cannot read /nonexistent/x.yaml'],
    [['x'], 2, 'create-file-store needs BACKEND'],
  ] as const)('refuses %j with %d and makes nothing', async ([words, code, message], { database }) => {
    const before = await database.db.$count(fileStores);
    const { exitCode, stdout, stderr } = await runCommand(database, ['create-file-store', ...words]);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toContain(message);
    expect(await database.db.$count(fileStores)).toBe(before);
  });

  test('a configuration must be a mapping', async ({ database }) => {
    const words = ['create-file-store', 'x', 'Local', '--configuration', '-'];
    expect(await runCommand(database, words, { stdin: '[1]' })).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'error: configuration must be a mapping, got a list\n',
    });
  });

  test('makes a missing directory on request with the mode 0750, whatever the umask', async ({
    database,
  }) => {
    const directory = join(aDirectory(), 'store');
    const name = unique('store');
    const dry = local(name, directory, '--create-directory', '--dry-run');
    const would = await runCommand(database, dry, { terminal: true });
    expect(would.stderr).toContain(`would create file store "${name}"`);
    expect([existsSync(directory), await stored(database.db, name)]).toEqual([false, undefined]);

    const umask = process.umask(0o077);
    try {
      expect((await runCommand(database, local(name, directory, '--create-directory'))).exitCode).toBe(0);
    } finally {
      process.umask(umask);
    }
    expect(statSync(directory).mode & 0o7777).toBe(0o750);
  });

  test('takes a directory that is missing without looking, when told to', async ({ database }) => {
    const name = unique('store');
    const { exitCode } = await runCommand(database, local(name, '/nonexistent/store', '--no-check'));
    expect([exitCode, existsSync('/nonexistent/store')]).toEqual([0, false]);
    const shown = await runCommand(database, ['show-file-store', name, '--json']);
    expect(json(shown.stdout)).toMatchObject({ reachable: false, free_bytes: null });
  });

  test('refuses a directory that meets that of another store, through a symbolic link, too', async ({
    database,
  }) => {
    const directory = aDirectory();
    await runCommand(database, local('first', directory));
    mkdirSync(join(directory, 'inner'));
    const link = join(aDirectory(), 'link');
    symlinkSync(directory, link);
    for (const other of [directory, join(directory, 'inner'), link]) {
      for (const more of [[], ['--no-check']]) {
        const { exitCode, stderr } = await runCommand(database, local(unique('other'), other, ...more));
        expect([exitCode, stderr]).toEqual([4, expect.stringContaining('is shared with file store "first"')]);
      }
    }
  });

  test('an existing one is a conflict; an equal one is accepted on request', async ({ database }) => {
    const directory = aDirectory();
    const name = unique('store');
    const create = (...more: string[]) => runCommand(database, local(name, directory, ...more));
    expect((await create()).exitCode).toBe(0);
    expect(await create()).toMatchObject({ exitCode: 4, stdout: '' });
    const again = await create('--if-not-exists', '--json');
    expect(again.exitCode).toBe(0);
    expect(json(again.stdout)).toMatchObject({ was_created: false, changed: false, name });
    const other = await runCommand(database, local(name, aDirectory(), '--if-not-exists'));
    expect(other.exitCode).toBe(4);
    expect(other.stderr).toContain('exists with another backend or configuration');
  });

  test('of eight at once exactly one makes it', async ({ database }) => {
    const words = local(unique('race'), join(aDirectory(), 'store'), '--create-directory', '--if-not-exists');
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => runCommand(database, [...words, '--json'])),
    );
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: 8 }, () => 0));
    const made = outcomes.filter(({ stdout }) => (json(stdout) as { was_created: boolean }).was_created);
    expect(made).toHaveLength(1);
  });

  test("the original's name reads standard input, accepts an equal store and answers 3 for another", async ({
    database,
  }) => {
    const words = ['create_file_store', unique('store'), 'Local'];
    const given = { stdin: `base_directory: ${aDirectory()}\n` };
    expect(await runCommand(database, words, given)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect((await runCommand(database, words, given)).exitCode).toBe(0);
    const other = { stdin: `base_directory: ${aDirectory()}\n` };
    expect((await runCommand(database, words, other)).exitCode).toBe(3);
  });
});

describe('show-file-store', () => {
  test('adds the room and the files that no artifact has', async ({ database }) => {
    const { db } = database;
    const directory = aDirectory();
    const store = await aFileStore(db, { configuration: { base_directory: directory } });
    const used = await aFile(db, 'used');
    await aFileInArtifact(db, await anArtifact(db), used);
    await aFileInStore(db, used, store);
    await aFileInStore(db, await aFile(db, 'unused'), store);
    const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });

    const { stdout } = await runCommand(database, ['show-file-store', store.name, '--json']);

    expect(json(stdout)).toEqual({
      id: store.id,
      name: store.name,
      backend: 'Local',
      configuration: { base_directory: directory },
      location: directory,
      files: 2,
      size_bytes: 10,
      default_of: [workspace.name],
      other_of: [],
      reachable: true,
      free_bytes: expect.any(Number) as number,
      unused_files: 1,
      unused_bytes: 6,
    });
    const { stdout: text } = await runCommand(database, ['show-file-store', store.name, '--no-color'], {
      terminal: true,
    });
    expect(text).toContain(`Location:      ${directory}\n`);
  });

  test('an unknown one is 3 and a name that may have been meant', async ({ database }) => {
    const { exitCode, stdout, stderr } = await runCommand(database, ['show-file-store', 'Defualt']);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toContain('error: file store "Defualt" not found; hint: did you mean "Default"?');
  });

  test('a relative directory, one that is no text, and an unknown backend are shown and not looked into', async ({
    database,
  }) => {
    const { db } = database;
    const relative = await aFileStore(db, { configuration: { base_directory: '.' } });
    const strange = await aFileStore(db, { configuration: { base_directory: { a: [1] } } });
    const later = await aFileStore(db, { backend: 'S3', configuration: {} });
    const show = async (name: string) =>
      json((await runCommand(database, ['show-file-store', name, '--json'])).stdout);
    expect(await show(relative.name)).toMatchObject({ location: '.', reachable: false, free_bytes: null });
    expect(await show(strange.name)).toMatchObject({ location: null, reachable: false });
    expect(await show(later.name)).toMatchObject({ location: null, reachable: null });
  });
});

describe('delete-file-store', () => {
  test('asks, and deletes what was shown', async ({ database }) => {
    const store = await aFileStore(database.db);
    const words = ['delete-file-store', store.name];
    const refused = await runCommand(database, words);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toBe(
      `error: refusing to delete file store "${store.name}" without confirmation; hint: add --yes\n`,
    );
    const no = await runCommand(database, words, { terminal: true, answers: ['n'] });
    expect(no.exitCode).toBe(8);
    expect(await stored(database.db, store.name)).toBeDefined();

    const yes = await runCommand(database, words, { terminal: true, answers: ['y'] });
    expect([yes.exitCode, yes.stdout]).toEqual([0, '']);
    expect(yes.stderr).toContain(`deleted file store "${store.name}"`);
    expect(await stored(database.db, store.name)).toBeUndefined();
  });

  test('does not touch a store that took the name while the question stood', async ({ database }) => {
    const store = await aFileStore(database.db);
    const { exitCode } = await runCommand(database, ['delete-file-store', store.name], {
      terminal: true,
      answers: ['y'],
      async beforeAnswer() {
        await database.db.delete(fileStores).where(eq(fileStores.id, store.id));
        await aFileStore(database.db, { name: store.name });
      },
    });
    expect(exitCode).toBe(3);
    expect(await stored(database.db, store.name)).toBeDefined();
  });

  test('is refused in use, without a question and even by force for a default store', async ({
    database,
  }) => {
    const { db } = database;
    const store = await aFileStore(db);
    await aFileInStore(db, await aFile(db), store);
    const holds = await runCommand(database, ['delete-file-store', store.name], { terminal: true });
    expect(holds).toMatchObject({ exitCode: 4, stdout: '' });
    expect(holds.stderr).toBe(
      `error: file store "${store.name}" holds 1 file; hint: --force drops the records and leaves the bytes\n`,
    );
    const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
    const used = await runCommand(database, ['delete-file-store', store.name, '--force', '--yes']);
    expect([used.exitCode, used.stderr]).toEqual([
      4,
      `error: file store "${store.name}" is the default of workspace "${workspace.name}"; hint: debusine-admin ` +
        `manage-workspace ${workspace.name} --default-file-store Default\n`,
    ]);
    expect((await runCommand(database, ['delete-file-store', 'Default', '--force', '--yes'])).exitCode).toBe(
      4,
    );
    expect(await stored(db, store.name)).toBeDefined();
  });

  test('by force takes links and records along, and leaves the bytes', async ({ database }) => {
    const { db } = database;
    const directory = aDirectory();
    writeFileSync(join(directory, 'bytes'), 'abc');
    const store = await aFileStore(db, { configuration: { base_directory: directory } });
    const workspace = await aWorkspace(db);
    await db.insert(workspaceOtherFileStores).values({ workspaceId: workspace.id, fileStoreId: store.id });
    await aFileInStore(db, await aFile(db), store);
    const words = ['delete-file-store', store.name, '--force', '--json'];
    const gone = {
      name: store.name,
      deleted: true,
      links_removed: [workspace.name],
      file_records_removed: 1,
    };
    const dry = await runCommand(database, [...words, '--dry-run']);
    expect(json(dry.stdout)).toEqual(gone);
    expect(await stored(db, store.name)).toBeDefined();
    expect(
      (await runCommand(database, words.filter((word) => word !== '--force').concat('--yes'))).exitCode,
    ).toBe(4);

    const done = await runCommand(database, [...words, '--yes']);
    expect(json(done.stdout)).toEqual(gone);
    expect(await stored(db, store.name)).toBeUndefined();
    expect(await db.select().from(filesInStores).where(eq(filesInStores.storeId, store.id))).toEqual([]);
    expect(existsSync(join(directory, 'bytes'))).toBe(true);
  });

  test('a missing one is 3, or success on request', async ({ database }) => {
    expect((await runCommand(database, ['delete-file-store', 'nosuch', '--yes'])).exitCode).toBe(3);
    const { exitCode, stdout } = await runCommand(database, [
      ...['delete-file-store', 'nosuch', '--if-exists', '--json'],
    ]);
    expect([exitCode, json(stdout)]).toEqual([
      0,
      { name: 'nosuch', deleted: false, links_removed: [], file_records_removed: 0 },
    ]);
  });

  test('a store that cannot be used is deleted like any other; later releases name the command otherwise', async ({
    database,
  }) => {
    const bad = await aFileStore(database.db, { configuration: { base_directory: 'relative', x: 1 } });
    const strange = await aFileStore(database.db, { backend: 'S3' });
    expect((await runCommand(database, ['delete-file-store', bad.name, '--yes'])).exitCode).toBe(0);
    expect((await runCommand(database, ['file_store', 'delete', strange.name])).exitCode).toBe(0);
    expect(await stored(database.db, strange.name)).toBeUndefined();
  });
});

describe('list-file-stores', () => {
  test('tells where each is, what it holds and who uses it, by id', async ({ database }) => {
    const { db } = database;
    const directory = aDirectory();
    const store = await aFileStore(db, { configuration: { base_directory: directory } });
    const workspace = await aWorkspace(db);
    await db.insert(workspaceOtherFileStores).values({ workspaceId: workspace.id, fileStoreId: store.id });
    await aFileInStore(db, await aFile(db, 'abc'), store);
    const words = ['list-file-stores', '--workspace', workspace.name];
    const { stdout } = await runCommand(database, [...words, '--backend', 'Local', '--json']);
    expect(json(stdout)).toEqual([
      expect.objectContaining({
        name: 'Default',
        default_of: expect.arrayContaining([workspace.name]) as [],
      }),
      {
        id: store.id,
        name: store.name,
        backend: 'Local',
        configuration: { base_directory: directory },
        location: directory,
        files: 1,
        size_bytes: 3,
        default_of: [],
        other_of: [workspace.name],
        reachable: true,
      },
    ]);
    const plain = await runCommand(database, words);
    expect(plain.stdout.split('\n')[0]?.trim().split(/ +/)).toEqual([
      ...['NAME', 'BACKEND', 'LOCATION', 'FILES', 'SIZE_BYTES', 'DEFAULT_OF', 'OTHER_OF', 'REACHABLE'],
    ]);
    const counted = await runCommand(database, [...words, '--backend', 'ExternalDebianSuite', '--count']);
    expect(counted.stdout).toBe('0\n');
  });

  test('an unknown workspace is 3, an unknown backend 2', async ({ database }) => {
    expect((await runCommand(database, ['list-file-stores', '--workspace', 'nosuch'])).exitCode).toBe(3);
    expect((await runCommand(database, ['list-file-stores', '--backend', 'Memory'])).exitCode).toBe(2);
  });

  test.skipIf(process.geteuid?.() === 0)(
    'a directory without the right to write is not reachable',
    async ({ database }) => {
      const directory = aDirectory();
      chmodSync(directory, 0o500);
      const store = await aFileStore(database.db, { configuration: { base_directory: directory } });
      const { stdout } = await runCommand(database, ['show-file-store', store.name, '--json']);
      expect(json(stdout)).toMatchObject({ reachable: false });
    },
  );
});
