import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Id } from '../../src/db/ids.ts';
import { transaction } from '../../src/db/transaction.ts';
import { ArgumentError, DataError, NotFoundError, StorageError } from '../../src/errors.ts';
import * as fileUploads from '../../src/models/file-uploads.ts';
import { aDirectory } from '../storage/scratch.ts';
import { test } from '../support/database.ts';
import { aFile, aFileInArtifact, anArtifact, anUpload, at, unique } from '../support/factories.ts';
import type { Db } from '../../src/db/database.ts';

const settings = { uploadDirectory: '/uploads' };

const aPart = async (db: Db) => aFileInArtifact(db, await anArtifact(db), await aFile(db));

describe('rows', () => {
  test('create records the file, the path, and the time of the last activity', async ({ db }) => {
    const part = await aPart(db);

    const upload = await fileUploads.create(
      db,
      { fileInArtifactId: part.id, path: 'a' },
      at('2024-05-01 10:00:00.000001'),
    );

    expect(upload).toEqual({
      id: upload.id,
      fileInArtifactId: part.id,
      path: 'a',
      lastActivityAt: '2024-05-01T10:00:00.000001Z',
    });
    expect(await fileUploads.get(db, upload.id)).toEqual(upload);
    expect(await fileUploads.fileInArtifact(db, upload)).toEqual(part);
    await expect(fileUploads.get(db, 0 as Id<'FileUpload'>)).rejects.toThrow(NotFoundError);
  });

  test('all gives every upload by id', async ({ db }) => {
    const one = await anUpload(db, await aPart(db));
    const two = await anUpload(db, await aPart(db));

    expect(await fileUploads.all(db)).toEqual([one, two]);
  });

  test('a path that is taken is refused by db_fileupload_path_key', async ({ db }) => {
    await anUpload(db, await aPart(db), { path: 'a' });

    const failure = fileUploads.create(
      db,
      { fileInArtifactId: (await aPart(db)).id, path: 'a' },
      at('2024-05-01'),
    );

    await expect(failure).rejects.toMatchObject({ constraint: 'db_fileupload_path_key', kind: 'unique' });
  });

  test('a second upload of a file is refused by db_fileupload_file_in_artifact_id_key', async ({ db }) => {
    const part = await aPart(db);
    await anUpload(db, part);

    const failure = fileUploads.create(db, { fileInArtifactId: part.id, path: 'b' }, at('2024-05-01'));

    await expect(failure).rejects.toMatchObject({
      constraint: 'db_fileupload_file_in_artifact_id_key',
      kind: 'unique',
    });
  });

  test('a path has at most 500 characters', async ({ db }) => {
    const part = await aPart(db);

    const failure = fileUploads.create(
      db,
      { fileInArtifactId: part.id, path: 'x'.repeat(501) },
      at('2024-05-01'),
    );

    await expect(failure).rejects.toThrow(DataError);
  });
});

test('absoluteFilePath is the upload directory joined with the path', () => {
  expect(fileUploads.absoluteFilePath({ path: 'a/b' }, settings)).toBe('/uploads/a/b');
  expect(() => fileUploads.absoluteFilePath({ path: '../b' }, settings)).toThrow(StorageError);
});

describe('currentSize', () => {
  test('is 0 while there is no file, then the size on disk, which is not compared with the final one', async ({
    db,
  }) => {
    const uploadDirectory = aDirectory();
    const part = await aPart(db);
    await anUpload(db, part, { path: 'a' });
    const size = () => fileUploads.currentSize(db, part, { uploadDirectory });

    expect(await size()).toBe(0);
    writeFileSync(join(uploadDirectory, 'a'), '12345');
    expect(await size()).toBe(5);
    writeFileSync(join(uploadDirectory, 'a'), 'x'.repeat(100));
    expect(await size()).toBe(100);
  });

  test('refuses a path that the artifact does not have, naming both', async ({ db }) => {
    const part = await aPart(db);

    const failure = fileUploads.currentSize(db, { ...part, path: 'no' }, settings);

    await expect(failure).rejects.toThrow(ArgumentError);
    await expect(failure).rejects.toThrow(`artifact ${part.artifactId} has no file "no"`);
  });

  test('refuses a file that is not being uploaded, naming it', async ({ db }) => {
    const part = await aPart(db);

    const failure = fileUploads.currentSize(db, part, settings);

    await expect(failure).rejects.toThrow(ArgumentError);
    await expect(failure).rejects.toThrow(`file in artifact ${part.id} is not being uploaded`);
  });
});

describe('delete', () => {
  async function anUploadOnDisk(db: Db) {
    const uploadDirectory = aDirectory();
    const upload = await anUpload(db, await aPart(db), { path: unique('upload') });
    const file = join(uploadDirectory, upload.path);
    writeFileSync(file, 'some bytes');
    return { upload, file, given: { uploadDirectory } };
  }

  test('deletes the row, and the file', async ({ database: { db } }) => {
    const { upload, file, given } = await anUploadOnDisk(db);

    expect(await fileUploads.delete(db, upload, given)).toBe(1);

    await expect(fileUploads.get(db, upload.id)).rejects.toThrow(NotFoundError);
    expect(existsSync(file)).toBe(false);
  });

  test('removes the file only after the outermost commit', async ({ database: { db } }) => {
    const { upload, file, given } = await anUploadOnDisk(db);

    await transaction(db, async (outer) => {
      await transaction(outer, (inner) => fileUploads.delete(inner, upload, given));
      expect(existsSync(file)).toBe(true);
    });

    expect(existsSync(file)).toBe(false);
  });

  test('keeps row and file when the transaction is rolled back', async ({ database: { db } }) => {
    const { upload, file, given } = await anUploadOnDisk(db);

    await transaction(db, (tx) => fileUploads.delete(tx, upload, given), { dryRun: true });

    expect(await fileUploads.get(db, upload.id)).toEqual(upload);
    expect(existsSync(file)).toBe(true);
  });

  test('does not mind a file that is gone already, nor a row', async ({ database: { db } }) => {
    const upload = await anUpload(db, await aPart(db));
    const given = { uploadDirectory: aDirectory() };

    expect(await fileUploads.delete(db, upload, given)).toBe(1);
    expect(await fileUploads.delete(db, upload, given)).toBe(0);
  });

  test('tells of a file that cannot be removed, after the commit', async ({ database: { db } }) => {
    const upload = await anUpload(db, await aPart(db));
    const uploadDirectory = aDirectory();
    mkdirSync(join(uploadDirectory, upload.path));

    await expect(fileUploads.delete(db, upload, { uploadDirectory })).rejects.toThrow(StorageError);

    await expect(fileUploads.get(db, upload.id)).rejects.toThrow(NotFoundError);
  });

  test('changes nothing when the path leads out of the upload directory', async ({ database: { db } }) => {
    const upload = await anUpload(db, await aPart(db), { path: `../${unique('upload')}` });

    await expect(fileUploads.delete(db, upload, settings)).rejects.toThrow(StorageError);

    expect(await fileUploads.get(db, upload.id)).toEqual(upload);
  });
});
