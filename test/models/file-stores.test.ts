import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { all as allOf } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import {
  ArgumentError,
  ConflictError,
  ConstraintError,
  InvalidInputError,
  NotFoundError,
  NotSupportedError,
  ProtectedError,
  StorageError,
  UsageError,
  ValidationError,
} from '../../src/errors.ts';
import * as fileStores from '../../src/models/file-stores.ts';
import * as files from '../../src/models/files.ts';
import * as filesInStores from '../../src/models/files-in-stores.ts';
import { workspaceOtherFileStores } from '../../src/schema/workspaces.ts';
import { aDirectory, aLocalFile, contentOf, filesBelow } from '../storage/scratch.ts';
import { test } from '../support/database.ts';
import {
  aFile,
  aFileInArtifact,
  aFileInStore,
  aFileStore,
  anArtifact,
  aWorkspace,
  systemWorkspace,
  unique,
} from '../support/factories.ts';
import { countStatements } from './sessions.ts';
import vectors from '../vectors/file-store-configuration.json' with { type: 'json' };

const noSettings = { storeDirectory: undefined };
const archive = {
  archive_root_url: 'https://deb.example.org/debian/',
  suite: 'bookworm',
  components: ['main'],
};

async function aLocalBackend(db: Db) {
  const baseDirectory = aDirectory();
  const store = await aFileStore(db, { configuration: { base_directory: baseDirectory } });
  return { baseDirectory, store, backend: fileStores.getBackendObject(store, noSettings) };
}

async function anExternalBackend(db: Db, configuration = archive) {
  const store = await aFileStore(db, { backend: 'ExternalDebianSuite', configuration });
  return { store, backend: fileStores.getBackendObject(store, noSettings) };
}

async function link(db: Db, workspace: { id: Id<'Workspace'> }, store: { id: Id<'FileStore'> }) {
  await db.insert(workspaceOtherFileStores).values({ workspaceId: workspace.id, fileStoreId: store.id });
}

describe('rows', () => {
  test('a store has an id, a name, a backend and a configuration', async ({ db }) => {
    const store = await aFileStore(db, { name: 'archive', configuration: { base_directory: '/srv' } });

    expect(await fileStores.get(db, store.id)).toEqual({
      id: store.id,
      name: 'archive',
      backend: 'Local',
      configuration: { base_directory: '/srv' },
    });
    expect(await fileStores.getByName(db, 'archive')).toEqual(store);
    await expect(fileStores.get(db, 0 as Id<'FileStore'>)).rejects.toThrow(NotFoundError);
    await expect(fileStores.getByName(db, 'Archive')).rejects.toThrow('file store "Archive" not found');
  });

  test('all gives every store by id', async ({ db }) => {
    const store = await aFileStore(db);

    expect((await fileStores.all(db)).map(({ name }) => name)).toEqual(['Default', store.name]);
  });

  test('a name that is taken is refused by db_filestore_name_key', async ({ db }) => {
    const failure = transaction(db, (tx) => aFileStore(tx, { name: 'Default' }));

    await expect(failure).rejects.toMatchObject({ constraint: 'db_filestore_name_key', kind: 'unique' });
  });

  test('the backends are Local and ExternalDebianSuite, and their label is their name', () => {
    expect(fileStores.BackendChoices.LOCAL).toBe('Local');
    expect(fileStores.BackendChoices.EXTERNAL_DEBIAN_SUITE).toBe('ExternalDebianSuite');
    expect(fileStores.backends).toEqual(Object.values(fileStores.BackendChoices));
    expect(fileStores.backendDisplay({ backend: 'Local' })).toBe('Local');
    expect(fileStores.backendDisplay({ backend: 'S3' })).toBe('S3');
  });

  test('the default store is the one named Default, or not found', async ({ db }) => {
    expect((await fileStores.default(db)).name).toBe('Default');
    expect(await fileStores.defaultFileStore(db)).toEqual(await fileStores.default(db));

    await db.execute(`update db_filestore set name = 'default'`);

    await expect(fileStores.default(db)).rejects.toThrow(NotFoundError);
    await expect(fileStores.defaultFileStore(db)).rejects.toThrow(NotFoundError);
  });
});

describe('clean', () => {
  test.each(vectors.cases)(
    'agrees with the original about configuration $id',
    ({ backend, configuration, valid }) => {
      // The vectors hold configurations that are no objects, which other programs may store.
      const given = {
        backend,
        configuration: configuration as Parameters<typeof fileStores.clean>[0]['configuration'],
      };

      if (valid) fileStores.clean(given);
      else expect(() => fileStores.clean(given)).toThrow(ValidationError);
    },
  );

  test('there is a schema for each backend', () => {
    expect(Object.keys(fileStores.configurationValidators)).toEqual(fileStores.backends);
  });
});

describe('accessors', () => {
  test('files and fileInStoreSet give what this store has', async ({ db }) => {
    const store = await aFileStore(db);
    const file = await aFile(db);
    const record = await aFileInStore(db, file, store);
    await aFileInStore(db, await aFile(db));

    expect(await fileStores.files(db, store.id)).toEqual([file]);
    expect(await fileStores.fileInStoreSet(db, store.id)).toEqual([record]);
  });

  test('defaultWorkspaces and otherWorkspaces give the workspaces that use it in either way', async ({
    db,
  }) => {
    const store = await aFileStore(db);
    const one = await aWorkspace(db, { defaultFileStoreId: store.id });
    const two = await aWorkspace(db);
    await link(db, two, store);

    expect(await fileStores.defaultWorkspaces(db, store.id)).toEqual([one]);
    expect(await fileStores.otherWorkspaces(db, store.id)).toEqual([two]);
    expect(await fileStores.otherWorkspaces(db, 1 as Id<'FileStore'>)).toEqual([]);
  });
});

describe('getBackendObject', () => {
  const store = (given: object) => ({
    id: 2 as Id<'FileStore'>,
    name: 'archive',
    backend: 'Local',
    configuration: {},
    ...given,
  });

  test('of a local store has the directory of its configuration', () => {
    const given = store({ configuration: { base_directory: '/srv/store' } });

    expect(fileStores.getBackendObject(given, { storeDirectory: '/var/store' })).toEqual({
      kind: 'Local',
      store: given,
      baseDirectory: '/srv/store',
    });
  });

  test.each([{}, { base_directory: null }])(
    'of the store Default with %j has the configured directory',
    (configuration) => {
      const given = store({ name: 'Default', configuration });

      expect(fileStores.getBackendObject(given, { storeDirectory: '/var/store' })).toMatchObject({
        baseDirectory: '/var/store',
      });
    },
  );

  test('of the store Default prefers a directory of its own', () => {
    const given = store({ name: 'Default', configuration: { base_directory: '/srv/store' } });

    expect(fileStores.getBackendObject(given, { storeDirectory: '/var/store' })).toMatchObject({
      baseDirectory: '/srv/store',
    });
  });

  test('is refused for another local store without a directory, naming store and setting', () => {
    const make = () => fileStores.getBackendObject(store({}), { storeDirectory: '/var/store' });

    expect(make).toThrow(StorageError);
    expect(make).toThrow('file store "archive" has no directory: "base_directory" is missing');
    expect(() => fileStores.getBackendObject(store({ name: 'Default' }), noSettings)).toThrow(
      'file store "Default" has no directory: the setting store_directory is missing',
    );
  });

  test.each(['relative/dir', ''])('is refused for the directory %j, which is not absolute', (directory) => {
    const given = store({ configuration: { base_directory: directory } });

    expect(() => fileStores.getBackendObject(given, noSettings)).toThrow(StorageError);
  });

  test('of an external suite has its configuration', () => {
    const given = store({ backend: 'ExternalDebianSuite', configuration: archive });

    expect(fileStores.getBackendObject(given, noSettings)).toEqual({
      kind: 'ExternalDebianSuite',
      store: given,
      archiveRootUrl: archive.archive_root_url,
      suite: 'bookworm',
      components: ['main'],
    });
  });

  test('is refused for a backend that is not known, and a configuration that does not fit', () => {
    expect(() => fileStores.getBackendObject(store({ backend: 'S3' }), noSettings)).toThrow(
      NotSupportedError,
    );
    expect(() => fileStores.getBackendObject(store({ configuration: { x: 1 } }), noSettings)).toThrow(
      ValidationError,
    );
    expect(() => fileStores.getBackendObject(store({ backend: 'ExternalDebianSuite' }), noSettings)).toThrow(
      ValidationError,
    );
  });
});

describe('the local backend', () => {
  test('tells the path of a file, whether it is there or not, and has no URL', async ({ db }) => {
    const { backend, baseDirectory } = await aLocalBackend(db);
    const file = await aFile(db, 'abc');

    expect(fileStores.getLocalPath(backend, file)).toBe(
      `${baseDirectory}/ba/78/16/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad-3`,
    );
    expect(await fileStores.getUrl(db, backend, file)).toBeNull();
  });

  test('addFile stores the bytes and makes both rows', async ({ db }) => {
    const { backend, store } = await aLocalBackend(db);

    const file = await fileStores.addFile(db, backend, aLocalFile('abc'));

    expect(file).toMatchObject(contentOf('abc'));
    expect(readFileSync(fileStores.getLocalPath(backend, file) ?? '', 'utf8')).toBe('abc');
    expect(await fileStores.fileInStoreSet(db, store.id)).toMatchObject([{ fileId: file.id, data: {} }]);
    expect(await text(await fileStores.getStream(db, backend, file))).toBe('abc');
  });

  test('addFile of content that is there already does not copy again, and gives the same file', async ({
    db,
  }) => {
    const { backend, baseDirectory, store } = await aLocalBackend(db);

    const one = await fileStores.addFile(db, backend, aLocalFile('abc'));
    const two = await fileStores.addFile(db, backend, aLocalFile('abc'));

    expect(two).toEqual(one);
    expect(filesBelow(baseDirectory)).toHaveLength(1);
    expect(await fileStores.fileInStoreSet(db, store.id)).toHaveLength(1);
  });

  test('addFile takes a file that is known, and refuses one of another size, naming path and sizes', async ({
    db,
  }) => {
    const { backend, store } = await aLocalBackend(db);
    const file = await aFile(db, 'abc');
    const path = aLocalFile('abcd');

    expect(await fileStores.addFile(db, backend, aLocalFile('abc'), file)).toEqual(file);
    const failure = fileStores.addFile(db, backend, path, file);

    await expect(failure).rejects.toThrow(ArgumentError);
    await expect(failure).rejects.toThrow(`${path} has 4 bytes, but file ${file.id} has 3`);
    await expect(fileStores.addFile(db, backend, aLocalFile('xyz'), file)).rejects.toThrow(ArgumentError);
    expect(await fileStores.fileInStoreSet(db, store.id)).toHaveLength(1);
  });

  test('addFile makes a known file afresh that was removed meanwhile', async ({ db }) => {
    const { backend } = await aLocalBackend(db);
    const file = await aFile(db, 'abc');
    await files.delete(db, file.id);

    const made = await fileStores.addFile(db, backend, aLocalFile('abc'), file);

    expect(await files.get(db, made.id)).toEqual(made);
  });

  test('addFile refuses when the stored bytes are not what the record says', async ({ db }) => {
    const { backend, store } = await aLocalBackend(db);
    const file = await fileStores.addFile(db, backend, aLocalFile('abc'));
    const stored = fileStores.getLocalPath(backend, file) ?? '';
    writeFileSync(stored, 'xyz');

    await expect(fileStores.addFile(db, backend, aLocalFile('abc'))).rejects.toThrow(StorageError);

    expect(readFileSync(stored, 'utf8')).toBe('xyz');
    expect(await fileStores.fileInStoreSet(db, store.id)).toHaveLength(1);
  });

  test('addFile overwrites wrong bytes that no record names, and puts missing ones of a record back', async ({
    db,
  }) => {
    const { backend } = await aLocalBackend(db);
    const path = fileStores.getLocalPath(backend, contentOf('abc')) ?? '';
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'xyz');

    await fileStores.addFile(db, backend, aLocalFile('abc'));
    expect(readFileSync(path, 'utf8')).toBe('abc');

    rmSync(path);
    await fileStores.addFile(db, backend, aLocalFile('abc'));
    expect(readFileSync(path, 'utf8')).toBe('abc');
  });

  test('addFile leaves neither rows nor bytes when the store directory is missing', async ({ db }) => {
    const { backend, baseDirectory, store } = await aLocalBackend(db);
    rmSync(baseDirectory, { recursive: true });

    await expect(fileStores.addFile(db, backend, aLocalFile('abc'))).rejects.toThrow(
      `store directory ${baseDirectory} does not exist`,
    );

    expect(existsSync(baseDirectory)).toBe(false);
    expect(await files.all(db)).toEqual([]);
    expect(await fileStores.fileInStoreSet(db, store.id)).toEqual([]);
  });

  test('addFile leaves neither rows nor bytes when the local file is missing', async ({ db }) => {
    const { backend, baseDirectory } = await aLocalBackend(db);

    await expect(fileStores.addFile(db, backend, join(baseDirectory, 'no'))).rejects.toThrow(StorageError);

    expect(await files.all(db)).toEqual([]);
    expect(filesBelow(baseDirectory)).toEqual([]);
  });

  test('removeFile takes record and bytes away; the row of the file stays', async ({ db }) => {
    const { backend, baseDirectory, store } = await aLocalBackend(db);
    const file = await fileStores.addFile(db, backend, aLocalFile('abc'));

    await fileStores.removeFile(db, backend, file);

    expect(filesBelow(baseDirectory)).toEqual([]);
    expect(await fileStores.fileInStoreSet(db, store.id)).toEqual([]);
    expect(await files.get(db, file.id)).toEqual(file);
  });

  test('removeFile does not mind missing bytes, nor a missing record', async ({ db }) => {
    const { backend, store } = await aLocalBackend(db);
    const file = await aFile(db, 'abc');
    await aFileInStore(db, file, store);

    await fileStores.removeFile(db, backend, file);
    await fileStores.removeFile(db, backend, file);

    expect(await fileStores.fileInStoreSet(db, store.id)).toEqual([]);
  });

  test('removeFile keeps the record when the bytes cannot be removed', async ({ db }) => {
    const { backend, store } = await aLocalBackend(db);
    const file = await aFile(db, 'abc');
    const record = await aFileInStore(db, file, store);
    mkdirSync(fileStores.getLocalPath(backend, file) ?? '', { recursive: true });

    await expect(fileStores.removeFile(db, backend, file)).rejects.toThrow(StorageError);

    expect(await fileStores.fileInStoreSet(db, store.id)).toEqual([record]);
  });

  test('refuses to register a remote file', async ({ db }) => {
    const { backend } = await aLocalBackend(db);

    await expect(
      fileStores.addRemoteFile(db, backend, {
        relativeUrl: 'a',
        hashDigest: contentOf('abc').sha256,
        size: 3,
      }),
    ).rejects.toThrow(NotSupportedError);
  });
});

describe('addingFiles', () => {
  const sourceOf = (bytes: string) => ({ path: aLocalFile(bytes), content: contentOf(bytes) });

  test('removes what it stored when the work fails afterwards, and keeps what was there', async ({ db }) => {
    const { backend, baseDirectory } = await aLocalBackend(db);
    await fileStores.addFile(db, backend, aLocalFile('before'));

    const failure = fileStores.addingFiles(db, backend, async (_tx, addFiles) => {
      await addFiles([sourceOf('before'), sourceOf('new')]);
      throw new Error('no');
    });

    await expect(failure).rejects.toThrow('no');
    expect(filesBelow(baseDirectory)).toHaveLength(1);
    expect(existsSync(fileStores.getLocalPath(backend, contentOf('before')) ?? '')).toBe(true);
    expect(await files.all(db)).toHaveLength(1);
  });

  test('removes what it stored when one of several files cannot be stored', async ({ db }) => {
    const { backend, baseDirectory } = await aLocalBackend(db);

    const failure = fileStores.addingFiles(db, backend, (_tx, addFiles) =>
      addFiles([sourceOf('one'), { path: aLocalFile('other'), content: contentOf('two') }]),
    );

    await expect(failure).rejects.toThrow(StorageError);
    expect(filesBelow(baseDirectory)).toEqual([]);
    expect(await files.all(db)).toEqual([]);
  });

  test('stores equal contents once, and says which were new', async ({ db }) => {
    const { backend, baseDirectory } = await aLocalBackend(db);
    await fileStores.addFile(db, backend, aLocalFile('known'));

    const added = await fileStores.addingFiles(db, backend, (_tx, addFiles) =>
      addFiles(['known', 'a', 'a', 'b'].map(sourceOf)),
    );

    expect(added.map(({ isNew }) => isNew)).toEqual([false, true, false, true]);
    expect(added[1]?.file).toEqual(added[2]?.file);
    expect(filesBelow(baseDirectory)).toHaveLength(3);
    expect(await fileStores.addingFiles(db, backend, (_tx, addFiles) => addFiles([]))).toEqual([]);
  });

  test('tells all bytes of all files, stored or not', async ({ db }) => {
    const { backend } = await aLocalBackend(db);
    await fileStores.addFile(db, backend, aLocalFile('known'));
    let told = 0;
    const onBytes = (bytes: number) => (told += bytes);

    await fileStores.addingFiles(db, backend, (_tx, addFiles) =>
      addFiles(['known', 'a', 'a'].map((bytes) => ({ ...sourceOf(bytes), onBytes }))),
    );

    expect(told).toBe('known'.length + 2);
  });
});

describe('the external backend', () => {
  const remote = { relativeUrl: 'pool/h/hello.deb', hashDigest: contentOf('hello').sha256, size: 5 };

  test('addRemoteFile registers a file without downloading it, and gives the same again', async ({ db }) => {
    const { backend, store } = await anExternalBackend(db);

    const file = await fileStores.addRemoteFile(db, backend, remote);

    expect(file).toMatchObject(contentOf('hello'));
    expect(await filesInStores.all(db)).toMatchObject([
      { fileId: file.id, storeId: store.id, data: { relative_url: 'pool/h/hello.deb' } },
    ]);
    expect(await fileStores.addRemoteFile(db, backend, remote)).toEqual(file);
    expect(await filesInStores.all(db)).toHaveLength(1);
  });

  test('addRemoteFile refuses a second URL for a file with db_fileinstore_unique_store_file', async ({
    db,
  }) => {
    const { backend } = await anExternalBackend(db);
    await fileStores.addRemoteFile(db, backend, remote);

    const failure = fileStores.addRemoteFile(db, backend, { ...remote, relativeUrl: 'pool/other.deb' });

    await expect(failure).rejects.toThrow(ConstraintError);
    await expect(failure).rejects.toMatchObject({ constraint: 'db_fileinstore_unique_store_file' });
    expect(await filesInStores.all(db)).toHaveLength(1);
  });

  test('tells the URL of a registered file, and has no local path', async ({ db }) => {
    const { backend } = await anExternalBackend(db);
    const file = await fileStores.addRemoteFile(db, backend, remote);

    expect(fileStores.getLocalPath(backend, file)).toBeNull();
    expect(await fileStores.getUrl(db, backend, file)).toBe(
      'https://deb.example.org/debian/pool/h/hello.deb',
    );
    await expect(fileStores.getUrl(db, backend, await aFile(db))).rejects.toThrow(NotFoundError);
  });

  test('says so when a record does not tell where the file is', async ({ db }) => {
    const { backend, store } = await anExternalBackend(db);
    const file = await aFile(db);
    await aFileInStore(db, file, store);

    await expect(fileStores.getUrl(db, backend, file)).rejects.toThrow(StorageError);
  });

  test('getStream downloads the file', async ({ db }) => {
    const server = createServer((request, response) => response.end(`bytes of ${request.url}`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const root = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
    const { backend } = await anExternalBackend(db, { ...archive, archive_root_url: root });
    const file = await fileStores.addRemoteFile(db, backend, remote);

    expect(await text(await fileStores.getStream(db, backend, file))).toBe('bytes of /pool/h/hello.deb');
  });

  test('refuses to add or remove files, since it is read-only', async ({ db }) => {
    const { backend, store } = await anExternalBackend(db);
    const file = await fileStores.addRemoteFile(db, backend, remote);
    const words = `file store "${store.name}" is read-only`;

    await expect(fileStores.addFile(db, backend, aLocalFile('hello'))).rejects.toThrow(NotSupportedError);
    await expect(fileStores.removeFile(db, backend, file)).rejects.toThrow(words);
    await expect(fileStores.addingFiles(db, backend, async () => undefined)).rejects.toThrow(words);
    expect(await filesInStores.all(db)).toHaveLength(1);
  });
});

describe('create', () => {
  const local = (directory: string, name = unique('store')) => ({
    name,
    backend: 'Local',
    configuration: { base_directory: directory },
  });

  test('registers a local store whose directory exists', async ({ db }) => {
    const given = local(aDirectory());

    const { store, wasCreated } = await fileStores.create(db, given, {}, noSettings);

    expect(wasCreated).toBe(true);
    expect(store).toEqual({ id: store.id, ...given });
    expect(await fileStores.get(db, store.id)).toEqual(store);
  });

  test('registers an external suite', async ({ db }) => {
    const given = { name: 'archive', backend: 'ExternalDebianSuite', configuration: archive };

    expect((await fileStores.create(db, given, {}, noSettings)).store).toMatchObject(given);
  });

  test.each([
    ['an unknown key', 'Local', { base_directory: '/srv', x: 1 }],
    ['no directory', 'Local', {}],
    ['a relative directory', 'Local', { base_directory: 'srv' }],
    ['an unknown backend', 'Tape', {}],
    ['a URL that is none', 'ExternalDebianSuite', { ...archive, archive_root_url: 'deb.example.org' }],
    ['no components', 'ExternalDebianSuite', { ...archive, components: [] }],
  ])('refuses %s', async (_what, backend, configuration) => {
    const create = fileStores.create({} as Db, { name: 'x', backend, configuration }, {}, noSettings);

    await expect(create).rejects.toThrow(ValidationError);
  });

  test('refuses an empty name', async ({ db }) => {
    await expect(fileStores.create(db, local(aDirectory(), ''), {}, noSettings)).rejects.toThrow(
      InvalidInputError,
    );
  });

  test('refuses a missing directory and leaves no row, unless it is not checked', async ({ db }) => {
    const directory = join(aDirectory(), 'store');
    const given = local(directory);

    await expect(fileStores.create(db, given, {}, noSettings)).rejects.toThrow(StorageError);
    await expect(fileStores.getByName(db, given.name)).rejects.toThrow(NotFoundError);

    const unchecked = await fileStores.create(db, given, { directory: 'unchecked' }, noSettings);
    expect(unchecked.wasCreated).toBe(true);
    expect(existsSync(directory)).toBe(false);
  });

  test('makes a missing directory when told to', async ({ db }) => {
    const directory = join(aDirectory(), 'store');

    await fileStores.create(db, local(directory), { directory: 'created' }, noSettings);

    expect(existsSync(directory)).toBe(true);
  });

  test('takes a directory back when the store that it was made for is refused at the commit', async ({
    database,
  }) => {
    const directory = join(aDirectory(), 'store');
    await database.db.execute(`
      create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
      create constraint trigger refuse after insert on db_filestore
        deferrable initially deferred for each row execute function refuse()`);
    onTestFinished(async () => {
      await database.db.execute('drop function refuse cascade');
    });

    const failure = fileStores.create(database.db, local(directory), { directory: 'created' }, noSettings);

    await expect(failure).rejects.toThrow();
    expect(existsSync(directory)).toBe(false);
    expect(await fileStores.all(database.db)).toHaveLength(1);
  });

  test('a dry run says what would be made, and makes neither row nor directory', async ({ db }) => {
    const directory = join(aDirectory(), 'store');
    const given = local(directory);

    const { wasCreated } = await fileStores.create(
      db,
      given,
      { directory: 'created', dryRun: true },
      noSettings,
    );

    expect(wasCreated).toBe(true);
    expect(existsSync(directory)).toBe(false);
    await expect(fileStores.getByName(db, given.name)).rejects.toThrow(NotFoundError);
  });

  test('refuses a name that is taken, unless an equal store is welcome', async ({ db }) => {
    const given = local(aDirectory());
    const { store } = await fileStores.create(db, given, {}, noSettings);

    await expect(fileStores.create(db, given, {}, noSettings)).rejects.toThrow(ConflictError);
    expect(await fileStores.create(db, given, { ifNotExists: true }, noSettings)).toEqual({
      store,
      wasCreated: false,
    });
    const other = fileStores.create(db, local(aDirectory(), given.name), { ifNotExists: true }, noSettings);
    await expect(other).rejects.toThrow(
      `file store "${given.name}" exists with another backend or configuration`,
    );
    expect(await fileStores.all(db)).toHaveLength(2);
  });

  test('refuses a directory that another store uses, or one above or below it', async ({ db }) => {
    const directory = aDirectory();
    mkdirSync(join(directory, 'inner', 'most'), { recursive: true });
    const { store } = await fileStores.create(db, local(join(directory, 'inner')), {}, noSettings);

    for (const path of ['inner', 'inner/most', '.', 'inner/../inner']) {
      const failure = fileStores.create(db, local(join(directory, path)), {}, noSettings);
      await expect(failure).rejects.toThrow(ConflictError);
      await expect(failure).rejects.toThrow(`is shared with file store "${store.name}"`);
    }
    expect(await fileStores.all(db)).toHaveLength(2);
  });

  test('refuses the directory of the store Default, and is not disturbed by stores that cannot be used', async ({
    db,
  }) => {
    const directory = aDirectory();
    await aFileStore(db, { configuration: {} });
    await aFileStore(db, { configuration: { nonsense: true } });

    const failure = fileStores.create(db, local(directory), {}, { storeDirectory: directory });
    await expect(failure).rejects.toThrow('is shared with file store "Default"');

    expect((await fileStores.create(db, local(directory), {}, noSettings)).wasCreated).toBe(true);
  });

  test('called by two sessions at once for one directory makes one store', async ({ database }) => {
    const directory = aDirectory();
    const names = [unique('store'), unique('store')];

    const results = await Promise.allSettled(
      names.map((name) => fileStores.create(database.connect(), local(directory, name), {}, noSettings)),
    );

    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const made = await fileStores.all(database.db);
    expect(made.filter(({ name }) => names.includes(name))).toHaveLength(1);
    for (const { name } of made) if (names.includes(name)) await fileStores.delete(database.db, name);
  });
});

describe('delete', () => {
  test('removes a store that nothing uses', async ({ db }) => {
    const { name } = await aFileStore(db);

    expect(await fileStores.delete(db, name)).toEqual({ name, linksRemoved: [], fileRecordsRemoved: 0 });

    await expect(fileStores.getByName(db, name)).rejects.toThrow(NotFoundError);
    await expect(fileStores.delete(db, name)).rejects.toThrow(NotFoundError);
  });

  test('refuses the store Default and the default store of a workspace, even by force', async ({ db }) => {
    const store = await aFileStore(db);
    const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });

    await expect(fileStores.delete(db, 'Default', { force: true })).rejects.toThrow(ProtectedError);
    const failure = fileStores.delete(db, store.name, { force: true });
    await expect(failure).rejects.toThrow(ProtectedError);
    await expect(failure).rejects.toMatchObject({
      message: `file store "${store.name}" is the default of workspace "${workspace.name}"`,
      hint: `debusine-admin manage-workspace ${workspace.name} --default-file-store Default`,
    });
    expect(await fileStores.all(db)).toHaveLength(2);
  });

  test('refuses a store with records of files; by force they go and the bytes stay', async ({ db }) => {
    const { backend, baseDirectory, store } = await aLocalBackend(db);
    const file = await fileStores.addFile(db, backend, aLocalFile('abc'));

    const failure = fileStores.delete(db, store.name);
    await expect(failure).rejects.toThrow(ProtectedError);
    await expect(failure).rejects.toThrow(`file store "${store.name}" holds 1 file`);
    expect(await fileStores.fileInStoreSet(db, store.id)).toHaveLength(1);

    expect(await fileStores.delete(db, store.name, { force: true })).toMatchObject({ fileRecordsRemoved: 1 });
    expect(filesBelow(baseDirectory)).toHaveLength(1);
    expect(await files.get(db, file.id)).toEqual(file);
  });

  test('refuses a store that workspaces list as other store; by force the links go with it', async ({
    db,
  }) => {
    const store = await aFileStore(db);
    const one = await aWorkspace(db);
    const two = await aWorkspace(db);
    await link(db, two, store);
    await link(db, one, store);

    await expect(fileStores.delete(db, store.name)).rejects.toThrow(ProtectedError);
    expect(await fileStores.otherWorkspaces(db, store.id)).toHaveLength(2);

    expect(await fileStores.delete(db, store.name, { force: true })).toEqual({
      name: store.name,
      linksRemoved: [one.name, two.name],
      fileRecordsRemoved: 0,
    });
    expect(await db.select().from(workspaceOtherFileStores)).toEqual([]);
  });

  test('a dry run tells what would go, and removes nothing', async ({ db }) => {
    const store = await aFileStore(db);
    await aFileInStore(db, await aFile(db), store);

    expect(await fileStores.delete(db, store.name, { force: true, dryRun: true })).toMatchObject({
      fileRecordsRemoved: 1,
    });

    expect(await fileStores.fileInStoreSet(db, store.id)).toHaveLength(1);
  });

  test('removes a store that cannot be used', async ({ db }) => {
    const { name } = await aFileStore(db, { backend: 'S3', configuration: { nonsense: true } });

    expect(await fileStores.delete(db, name)).toMatchObject({ name });
  });
});

describe('list', () => {
  test('tells where stores are, what they hold and who uses them', async ({ db }) => {
    const { backend, baseDirectory, store } = await aLocalBackend(db);
    await fileStores.addFile(db, backend, aLocalFile('abc'));
    await fileStores.addFile(db, backend, aLocalFile('hello'));
    const external = await anExternalBackend(db);
    const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
    await link(db, workspace, external.store);
    const settings = { storeDirectory: join(baseDirectory, 'missing') };

    const records = await allOf(await fileStores.list(db, {}, {}, settings));

    expect(records).toEqual([
      {
        id: 1,
        name: 'Default',
        backend: 'Local',
        configuration: {},
        location: settings.storeDirectory,
        files: 0,
        size_bytes: 0,
        default_of: ['System'],
        other_of: [],
        reachable: false,
      },
      {
        id: store.id,
        name: store.name,
        backend: 'Local',
        configuration: { base_directory: baseDirectory },
        location: baseDirectory,
        files: 2,
        size_bytes: 8,
        default_of: [workspace.name],
        other_of: [],
        reachable: true,
      },
      {
        id: external.store.id,
        name: external.store.name,
        backend: 'ExternalDebianSuite',
        configuration: archive,
        location: archive.archive_root_url,
        files: 0,
        size_bytes: 0,
        default_of: [],
        other_of: [workspace.name],
        reachable: null,
      },
    ]);
    expect(Object.keys(records[0] ?? {})).toEqual(
      'id name backend configuration location files size_bytes default_of other_of reachable'.split(' '),
    );
  });

  test('the texts are those of the records', async ({ db }) => {
    await aFileStore(db);
    const listing = await fileStores.list(db, {}, {}, noSettings);
    const texts: string[] = [];
    for await (const batch of listing.json()) texts.push(...batch);

    expect(texts.map((json) => JSON.parse(json) as unknown)).toEqual(await allOf(listing));
  });

  test('keeps those of a backend, or of a workspace, and counts them', async ({ db }) => {
    const external = await anExternalBackend(db);
    const other = await aFileStore(db);
    const workspace = await aWorkspace(db);
    await link(db, workspace, other);
    const names = async (filter: fileStores.FileStoreFilter) =>
      (await allOf(await fileStores.list(db, filter, {}, noSettings))).map(({ name }) => name);

    expect(await names({ backends: ['ExternalDebianSuite'] })).toEqual([external.store.name]);
    expect(await names({ backends: ['Local', 'ExternalDebianSuite'] })).toHaveLength(3);
    expect(await names({ workspaces: [workspace.name] })).toEqual(['Default', other.name]);
    expect(await names({ workspaces: [workspace.name], backends: ['ExternalDebianSuite'] })).toEqual([]);
    expect(await (await fileStores.list(db, { backends: ['Local'] }, { limit: 1 }, noSettings)).count()).toBe(
      2,
    );
  });

  test('orders by the keys asked for, and refuses others', async ({ db }) => {
    await aFileStore(db, { name: 'Zebra' });
    const names = async (order: string[]) =>
      (await allOf(await fileStores.list(db, {}, { order }, noSettings))).map(({ name }) => name);

    expect(await names(['name'])).toEqual(['Default', 'Zebra']);
    expect(await names(['-id'])).toEqual(['Zebra', 'Default']);
    await expect(fileStores.list(db, {}, { order: ['colour'] }, noSettings)).rejects.toThrow(UsageError);
  });

  test('a workspace that does not exist is not found', async ({ db }) => {
    const known = (await systemWorkspace(db)).name;

    await expect(fileStores.list(db, { workspaces: [known, 'nosuch'] }, {}, noSettings)).rejects.toThrow(
      'workspace "nosuch" not found',
    );
  });

  test('does not mind configurations that other programs stored', async ({ db }) => {
    await aFileStore(db, { backend: 'S3', configuration: { archive_root_url: 7 } });
    await aFileStore(db, { configuration: { base_directory: ['x'] } });
    await aFileStore(db, { configuration: { base_directory: 'relative' } });

    const records = await allOf(await fileStores.list(db, {}, {}, noSettings));

    expect(records.slice(1).map(({ location, reachable }) => [location, reachable])).toEqual([
      [null, null],
      [null, false],
      ['relative', false],
    ]);
  });
});

describe('show', () => {
  test('adds the room that is left and the files that no artifact names', async ({ db }) => {
    const { backend, store } = await aLocalBackend(db);
    await fileStores.addFile(db, backend, aLocalFile('abc'));
    const used = await fileStores.addFile(db, backend, aLocalFile('hello'));
    await aFileInArtifact(db, await anArtifact(db), used);

    const details = await fileStores.show(db, store.name, noSettings);

    expect(details).toMatchObject({
      name: store.name,
      files: 2,
      size_bytes: 8,
      unused_files: 1,
      unused_bytes: 3,
    });
    expect(details.free_bytes).toBeGreaterThan(0);
    expect(Object.keys(details).slice(-3)).toEqual(['free_bytes', 'unused_files', 'unused_bytes']);
  });

  test('knows no room of a store that is elsewhere or missing, and no store that does not exist', async ({
    db,
  }) => {
    const { store } = await anExternalBackend(db);

    expect(await fileStores.show(db, store.name, noSettings)).toMatchObject({
      free_bytes: null,
      reachable: null,
    });
    expect(await fileStores.show(db, 'Default', noSettings)).toMatchObject({
      free_bytes: null,
      location: null,
    });
    await expect(fileStores.show(db, 'nosuch', noSettings)).rejects.toThrow(NotFoundError);
  });

  test.skipIf(process.geteuid?.() === 0)(
    'a directory that may not be written to is not reachable',
    async ({ db }) => {
      const { baseDirectory, store } = await aLocalBackend(db);
      chmodSync(baseDirectory, 0o500);

      expect(await fileStores.show(db, store.name, noSettings)).toMatchObject({ reachable: false });
    },
  );
});

test('a list and a store need as many statements when there is much to show as when there is little', async ({
  database,
}) => {
  const store = await aFileStore(database.db);
  const listed = async () =>
    countStatements(database, async (db) => {
      await allOf(await fileStores.list(db, { workspaces: ['System'] }, {}, noSettings));
      await fileStores.show(db, store.name, noSettings);
    });

  const little = await listed();
  for (let i = 0; i < 20; i++) {
    await aFileInStore(database.db, await aFile(database.db), store);
    await aWorkspace(database.db, { defaultFileStoreId: (await aFileStore(database.db)).id });
  }

  expect(await listed()).toBe(little);
});
