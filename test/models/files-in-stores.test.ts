import { describe, expect } from 'vitest';
import type { Id } from '../../src/db/ids.ts';
import { transaction } from '../../src/db/transaction.ts';
import { NotFoundError } from '../../src/errors.ts';
import * as filesInStores from '../../src/models/files-in-stores.ts';
import { test } from '../support/database.ts';
import { aFile, aFileInStore, aFileStore } from '../support/factories.ts';

test('a record has an id, its file, its store and data, which is {} for a local store', async ({ db }) => {
  const file = await aFile(db);
  const store = await aFileStore(db);

  const row = await aFileInStore(db, file, store);

  expect(await filesInStores.get(db, row.id)).toEqual({
    id: row.id,
    fileId: file.id,
    storeId: store.id,
    data: {},
  });
  await expect(filesInStores.get(db, 0 as Id<'FileInStore'>)).rejects.toThrow(NotFoundError);
});

test('data keeps the relative URL of a file of an external suite', async ({ db }) => {
  const row = await aFileInStore(db, await aFile(db), undefined, { relative_url: 'pool/h/hello.deb' });

  expect((await filesInStores.get(db, row.id)).data).toEqual({ relative_url: 'pool/h/hello.deb' });
});

test('file and store give the loaded rows', async ({ db }) => {
  const file = await aFile(db);
  const store = await aFileStore(db);
  const row = await aFileInStore(db, file, store);

  expect(await filesInStores.file(db, row)).toEqual(file);
  expect(await filesInStores.store(db, row)).toEqual(store);
});

test('find gives the record of a file in a store, or undefined', async ({ db }) => {
  const file = await aFile(db);
  const store = await aFileStore(db);
  const row = await aFileInStore(db, file, store);

  expect(await filesInStores.find(db, { fileId: file.id, storeId: store.id })).toEqual(row);
  expect(await filesInStores.find(db, { fileId: file.id, storeId: 1 as Id<'FileStore'> })).toBeUndefined();
});

test('all gives every record by id', async ({ db }) => {
  const one = await aFileInStore(db, await aFile(db));
  const two = await aFileInStore(db, await aFile(db));

  expect(await filesInStores.all(db)).toEqual([one, two]);
});

test('a second record of a file in a store is refused by db_fileinstore_unique_store_file', async ({
  db,
}) => {
  const file = await aFile(db);
  await aFileInStore(db, file);

  await expect(transaction(db, (tx) => aFileInStore(tx, file))).rejects.toMatchObject({
    constraint: 'db_fileinstore_unique_store_file',
    kind: 'unique',
  });
});

describe('foreign keys are checked at the commit', () => {
  test('a record of a file or store that does not exist is accepted until then', async ({ database }) => {
    const file = { id: 99_999 as Id<'File'>, sha256: Buffer.alloc(32), size: 0 };
    let reached = false;

    const failure = transaction(database.db, async (tx) => {
      await aFileInStore(tx, file);
      reached = true;
    });

    await expect(failure).rejects.toMatchObject({ kind: 'foreign-key' });
    expect(reached).toBe(true);
    expect(await filesInStores.all(database.db)).toEqual([]);
  });
});
