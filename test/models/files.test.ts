import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { transaction } from '../../src/db/transaction.ts';
import type { Id } from '../../src/db/ids.ts';
import {
  ArgumentError,
  ConstraintError,
  DataError,
  NotFoundError,
  ProtectedError,
  StorageError,
} from '../../src/errors.ts';
import * as files from '../../src/models/files.ts';
import { files as table } from '../../src/schema/files.ts';
import { aDirectory, aLocalFile, contentOf } from '../storage/scratch.ts';
import { test } from '../support/database.ts';
import { aFile, aFileInArtifact, aFileInStore, aFileStore, anArtifact } from '../support/factories.ts';

const ofText = (text: string) => ({ hashDigest: contentOf(text).sha256, size: text.length });

describe('rows', () => {
  test('a file has an id, its SHA-256 as raw bytes and its size', async ({ db }) => {
    const file = await aFile(db, 'abc');

    expect(await files.get(db, file.id)).toEqual({ id: file.id, sha256: contentOf('abc').sha256, size: 3 });
    expect(await files.get(db, file.id)).toMatchObject({ sha256: expect.any(Buffer) });
  });

  test('a size of more than four gigabytes is kept exactly', async ({ db }) => {
    const size = 2 ** 53 - 1;

    const [file] = await files.getOrCreate(db, { hashDigest: contentOf('abc').sha256, size });

    expect((await files.get(db, file.id)).size).toBe(size);
  });

  test('a file that does not exist is not found', async ({ db }) => {
    await expect(files.get(db, 0 as Id<'File'>)).rejects.toThrow(NotFoundError);
  });

  test('all gives every file by id', async ({ db }) => {
    const one = await aFile(db);
    const two = await aFile(db);

    expect(await files.all(db)).toEqual([one, two]);
  });

  test('a size below zero is refused by db_file_size_check', async ({ db }) => {
    const failure = transaction(db, (tx) => tx.insert(table).values({ sha256: Buffer.from('a'), size: -1 }));

    await expect(failure).rejects.toMatchObject({ constraint: 'db_file_size_check', kind: 'check' });
  });

  test('a second row of the same content is refused by db_file_unique_sha256_size', async ({ db }) => {
    const { sha256, size } = await aFile(db);

    const failure = transaction(db, (tx) => tx.insert(table).values({ sha256, size }));

    await expect(failure).rejects.toMatchObject({ constraint: 'db_file_unique_sha256_size', kind: 'unique' });
  });
});

describe('digests', () => {
  test('the current hash algorithm is sha256, which is also the name of the column', async ({ db }) => {
    expect(files.currentHashAlgorithm).toBe('sha256');
    expect(await aFile(db)).toHaveProperty(files.currentHashAlgorithm);
  });

  test('hashDigest reads the hash column, withHashDigest fills it', async ({ db }) => {
    const file = await aFile(db, 'abc');

    expect(files.hashDigest(file)).toBe(file.sha256);
    const other = files.withHashDigest(file, contentOf('abd').sha256);
    expect(other).toEqual({ ...file, sha256: contentOf('abd').sha256 });
    expect(files.hashDigest(other)).toEqual(contentOf('abd').sha256);
    expect(files.hashDigest(file)).toEqual(contentOf('abc').sha256);
  });

  test('calculateHash gives the SHA-256 of a file on this machine', async () => {
    const long = 'x'.repeat(3_000_000);

    expect(await files.calculateHash(aLocalFile('abc'))).toEqual(contentOf('abc').sha256);
    expect(await files.calculateHash(aLocalFile(long))).toEqual(contentOf(long).sha256);
    await expect(files.calculateHash(join(aDirectory(), 'no'))).rejects.toThrow(StorageError);
  });
});

describe('getOrCreate', () => {
  test('makes a file once, then gives the same', async ({ db }) => {
    const [made, created] = await files.getOrCreate(db, ofText('abc'));
    const [found, createdAgain] = await files.getOrCreate(db, ofText('abc'));

    expect(created).toBe(true);
    expect(createdAgain).toBe(false);
    expect(found).toEqual(made);
    expect(await files.all(db)).toEqual([made]);
  });

  test('takes the same digest with another size for another file', async ({ db }) => {
    const [one] = await files.getOrCreate(db, ofText('abc'));
    const [two, created] = await files.getOrCreate(db, { ...ofText('abc'), size: 4 });

    expect(created).toBe(true);
    expect(two.id).not.toBe(one.id);
  });

  test('refuses an empty digest with db_file_sha256_not_empty', async ({ db }) => {
    const failure = files.getOrCreate(db, { hashDigest: Buffer.alloc(0), size: 0 });

    await expect(failure).rejects.toBeInstanceOf(ConstraintError);
    await expect(failure).rejects.toMatchObject({ constraint: 'db_file_sha256_not_empty', kind: 'check' });
  });

  test('refuses a digest that has not 32 bytes', async ({ db }) => {
    const failure = files.getOrCreate(db, { hashDigest: Buffer.alloc(20), size: 0 });

    await expect(failure).rejects.toThrow(ArgumentError);
    expect(await files.all(db)).toEqual([]);
  });

  test('refuses a size that the column cannot hold', async ({ db }) => {
    await expect(files.getOrCreate(db, { ...ofText('abc'), size: 1e30 })).rejects.toThrow(DataError);
  });
});

describe('hold', () => {
  test('gives one file for each content in the order given, equal ones the same row', async ({ db }) => {
    const known = await aFile(db, 'b');
    const contents = ['c', 'b', 'a', 'c'].map(contentOf);

    const held = await files.hold(db, contents);

    expect(held.map(({ file }) => file.sha256)).toEqual(contents.map(({ sha256 }) => sha256));
    expect(held.map(({ created }) => created)).toEqual([true, false, true, false]);
    expect(held[1]?.file).toEqual(known);
    expect(held[3]?.file).toEqual(held[0]?.file);
    expect(await files.hold(db, [])).toEqual([]);
  });
});

describe('fromLocalPath', () => {
  test('gives the stored row of the content, and the same again', async ({ db }) => {
    const path = aLocalFile('abc');

    const file = await files.fromLocalPath(db, path);

    expect(file).toMatchObject(contentOf('abc'));
    expect(await files.fromLocalPath(db, path)).toEqual(file);
    expect(await files.all(db)).toEqual([file]);
  });

  test('makes no row for a file that is not there', async ({ db }) => {
    await expect(files.fromLocalPath(db, join(aDirectory(), 'no'))).rejects.toThrow(StorageError);
    expect(await files.all(db)).toEqual([]);
  });
});

describe('accessors', () => {
  test('artifactSet gives the artifacts containing a file, twice when under two paths', async ({ db }) => {
    const file = await aFile(db);
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    await aFileInArtifact(db, two, file);
    await aFileInArtifact(db, one, file);
    await aFileInArtifact(db, two, file);
    await aFileInArtifact(db, one, await aFile(db));

    expect((await files.artifactSet(db, file.id)).map(({ id }) => id)).toEqual([two.id, one.id, two.id]);
    expect((await files.artifactSet(db, file.id))[1]).toEqual(one);
  });

  test('fileInArtifactSet, fileInStoreSet and fileStoreSet give the rows of this file only', async ({
    db,
  }) => {
    const file = await aFile(db);
    const other = await aFile(db);
    const artifact = await anArtifact(db);
    const store = await aFileStore(db);
    const part = await aFileInArtifact(db, artifact, file);
    await aFileInArtifact(db, artifact, other);
    const inDefault = await aFileInStore(db, file);
    const inStore = await aFileInStore(db, file, store);
    await aFileInStore(db, other, store);

    expect(await files.fileInArtifactSet(db, file.id)).toEqual([part]);
    expect(await files.fileInStoreSet(db, file.id)).toEqual([inDefault, inStore]);
    expect((await files.fileStoreSet(db, file.id)).map(({ name }) => name)).toEqual(['Default', store.name]);
    expect(await files.fileStoreSet(db, (await aFile(db)).id)).toEqual([]);
  });
});

describe('delete', () => {
  test('deletes a file that nothing refers to', async ({ db }) => {
    const file = await aFile(db);
    const other = await aFile(db);

    await files.delete(db, file.id);

    expect(await files.all(db)).toEqual([other]);
    await expect(files.delete(db, file.id)).rejects.toThrow(NotFoundError);
  });

  test('is refused while an artifact names the file or a store has it, and changes nothing', async ({
    db,
  }) => {
    const file = await aFile(db);
    const artifact = await anArtifact(db);
    const one = await aFileInArtifact(db, artifact, file);
    const two = await aFileInArtifact(db, artifact, file);
    const stored = await aFileInStore(db, file);

    const failure = files.delete(db, file.id);

    await expect(failure).rejects.toThrow(ProtectedError);
    await expect(failure).rejects.toThrow(
      `file ${file.id} is needed by 2 files in artifacts (${one.id}, ${two.id}) and 1 file in store (${stored.id})`,
    );
    expect(await files.fileInArtifactSet(db, file.id)).toHaveLength(2);
    expect(await files.fileInStoreSet(db, file.id)).toHaveLength(1);
  });

  test('names the first three of many references', async ({ db }) => {
    const file = await aFile(db);
    const artifact = await anArtifact(db);
    for (let i = 0; i < 5; i++) await aFileInArtifact(db, artifact, file);

    await expect(files.delete(db, file.id)).rejects.toThrow(/ 5 files in artifacts \(\d+, \d+, \d+, …\)$/);
  });
});
