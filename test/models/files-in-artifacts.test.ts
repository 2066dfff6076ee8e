import { describe, expect } from 'vitest';
import type { Id } from '../../src/db/ids.ts';
import { transaction } from '../../src/db/transaction.ts';
import { ArgumentError, DataError, NotFoundError, ProtectedError } from '../../src/errors.ts';
import * as filesInArtifacts from '../../src/models/files-in-artifacts.ts';
import { test } from '../support/database.ts';
import { aFile, aFileInArtifact, anArtifact, anUpload } from '../support/factories.ts';
import { begin, session, untilBlocked } from './sessions.ts';

test('create shows a file in an artifact under a path', async ({ db }) => {
  const artifact = await anArtifact(db);
  const file = await aFile(db);

  const row = await filesInArtifacts.create(db, {
    artifactId: artifact.id,
    fileId: file.id,
    path: 'a/b.txt',
  });

  expect(row).toEqual({ id: row.id, artifactId: artifact.id, fileId: file.id, path: 'a/b.txt' });
  expect(await filesInArtifacts.get(db, row.id)).toEqual(row);
});

test('artifact and file give the loaded rows', async ({ db }) => {
  const artifact = await anArtifact(db);
  const file = await aFile(db);
  const row = await aFileInArtifact(db, artifact, file);

  expect(await filesInArtifacts.artifact(db, row)).toEqual(artifact);
  expect(await filesInArtifacts.file(db, row)).toEqual(file);
});

test('a path may have 500 characters, not 501, and not none', async ({ db }) => {
  const artifactId = (await anArtifact(db)).id;
  const fileId = (await aFile(db)).id;
  const create = (path: string) => filesInArtifacts.create(db, { artifactId, fileId, path });

  expect((await create('ä'.repeat(500))).path).toHaveLength(500);
  await expect(create('x'.repeat(501))).rejects.toThrow(DataError);
  await expect(create('')).rejects.toThrow(ArgumentError);
  expect(await filesInArtifacts.all(db)).toHaveLength(1);
});

test('a second file under one path is refused by db_fileinartifact_unique_artifact_path', async ({ db }) => {
  const artifact = await anArtifact(db);
  const one = await aFileInArtifact(db, artifact, await aFile(db), 'a');

  const failure = filesInArtifacts.create(db, { artifactId: artifact.id, fileId: one.fileId, path: 'a' });

  await expect(failure).rejects.toMatchObject({
    constraint: 'db_fileinartifact_unique_artifact_path',
    kind: 'unique',
  });
  await filesInArtifacts.create(db, { artifactId: artifact.id, fileId: one.fileId, path: 'b' });
});

test('a file that does not exist is not found', async ({ db }) => {
  const failure = filesInArtifacts.create(db, {
    artifactId: (await anArtifact(db)).id,
    fileId: 0 as Id<'File'>,
    path: 'a',
  });

  await expect(failure).rejects.toThrow(NotFoundError);
});

test('all gives every row by id', async ({ db }) => {
  const artifact = await anArtifact(db);
  const one = await aFileInArtifact(db, artifact, await aFile(db));
  const two = await aFileInArtifact(db, artifact, await aFile(db));

  expect(await filesInArtifacts.all(db)).toEqual([one, two]);
});

test('fileUpload gives the upload in progress, or undefined', async ({ db }) => {
  const part = await aFileInArtifact(db, await anArtifact(db), await aFile(db));

  expect(await filesInArtifacts.fileUpload(db, part.id)).toBeUndefined();
  const upload = await anUpload(db, part);
  expect(await filesInArtifacts.fileUpload(db, part.id)).toEqual(upload);
});

describe('delete', () => {
  test('takes the file out of the artifact', async ({ db }) => {
    const part = await aFileInArtifact(db, await anArtifact(db), await aFile(db));

    await filesInArtifacts.delete(db, part.id);

    expect(await filesInArtifacts.all(db)).toEqual([]);
    await expect(filesInArtifacts.delete(db, part.id)).rejects.toThrow(NotFoundError);
  });

  test('is refused while the file is being uploaded, and changes nothing', async ({ db }) => {
    const part = await aFileInArtifact(db, await anArtifact(db), await aFile(db));
    const upload = await anUpload(db, part);

    const failure = filesInArtifacts.delete(db, part.id);

    await expect(failure).rejects.toThrow(ProtectedError);
    await expect(failure).rejects.toThrow(
      `file in artifact ${part.id} is needed by 1 file upload (${upload.id})`,
    );
    expect(await filesInArtifacts.all(db)).toEqual([part]);
  });

  test('makes an upload that begins meanwhile fail at its commit', async ({ database }) => {
    const part = await aFileInArtifact(database.db, await anArtifact(database.db), await aFile(database.db));
    const remover = await begin(database);
    await filesInArtifacts.delete(remover.tx, part.id);

    const uploader = await session(database);
    const uploading = transaction(uploader.db, (tx) => anUpload(tx, part));
    const refused = expect(uploading).rejects.toMatchObject({ kind: 'foreign-key' });
    await untilBlocked(database, uploader.pid);
    await remover.commit();

    await refused;
  });

  test('waits for an upload that is being committed, and is refused', async ({ database }) => {
    const part = await aFileInArtifact(database.db, await anArtifact(database.db), await aFile(database.db));
    const uploader = await begin(database);
    await anUpload(uploader.tx, part);
    // What the commit does first: from here on the row is held.
    await uploader.tx.execute('set constraints all immediate');

    const remover = await session(database);
    const refused = expect(filesInArtifacts.delete(remover.db, part.id)).rejects.toThrow(ProtectedError);
    await untilBlocked(database, remover.pid);
    await uploader.commit();

    await refused;
  });
});
