/** Sessions that add, name and remove the same contents at the same time. */
import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { ProtectedError } from '../../src/errors.ts';
import * as files from '../../src/models/files.ts';
import * as filesInArtifacts from '../../src/models/files-in-artifacts.ts';
import { files as table } from '../../src/schema/files.ts';
import { contentOf } from '../storage/scratch.ts';
import { test } from '../support/database.ts';
import { aFile, aFileInArtifact, anArtifact, unique } from '../support/factories.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const ofText = (text: string) => ({ hashDigest: contentOf(text).sha256, size: text.length });

describe('getOrCreate', () => {
  test('called by many sessions at once makes one row, and one of them is told that it did', async ({
    database,
  }) => {
    const text = unique('content');
    const sessions = Array.from({ length: 6 }, () => database.connect());

    const results = await Promise.all(sessions.map((db) => files.getOrCreate(db, ofText(text))));

    expect(new Set(results.map(([file]) => file.id)).size).toBe(1);
    expect(results.filter(([, created]) => created)).toHaveLength(1);
  });
});

describe('hold', () => {
  test('needs as many statements for a hundred contents as for one', async ({ database }) => {
    const some = (count: number) => Array.from({ length: count }, () => contentOf(unique('content')));

    const one = await countStatements(database, (db) => files.hold(db, some(1)));
    const hundred = await countStatements(database, (db) => files.hold(db, some(100)));

    expect(hundred).toBe(one);
  });

  test('makes a remover wait, which then finds the new reference', async ({ database }) => {
    const text = unique('content');
    const file = await aFile(database.db, text);
    const artifact = await anArtifact(database.db);
    const adder = await begin(database);
    await files.hold(adder.tx, [contentOf(text)]);

    const remover = await session(database);
    const removing = files.delete(remover.db, file.id);
    const refused = expect(removing).rejects.toThrow(ProtectedError);
    await untilBlocked(database, remover.pid);
    await aFileInArtifact(adder.tx, artifact, file);
    await adder.commit();

    await refused;
    expect(await files.get(database.db, file.id)).toEqual(file);
  });

  test('waits for a remover that has locked the row, and starts afresh when it is gone', async ({
    database,
  }) => {
    const text = unique('content');
    const file = await aFile(database.db, text);
    const remover = await begin(database);
    await remover.tx.execute(sql`select from ${table} where id = ${file.id} for update`);

    const adder = await session(database);
    const adding = files.hold(adder.db, [contentOf(text)]);
    await untilBlocked(database, adder.pid);
    await remover.tx.execute(sql`delete from ${table} where id = ${file.id}`);
    await remover.commit();

    const [held] = await adding;
    expect(held?.created).toBe(true);
    expect(held?.file.id).not.toBe(file.id);
    expect(await files.get(database.db, held?.file.id ?? file.id)).toEqual(held?.file);
  });

  test('waits for a remover that has deleted the row already', async ({ database }) => {
    const text = unique('content');
    const file = await aFile(database.db, text);
    const remover = await begin(database);
    await files.delete(remover.tx, file.id);

    const adder = await session(database);
    const adding = files.hold(adder.db, [contentOf(text)]);
    await untilBlocked(database, adder.pid);
    await remover.commit();

    expect((await adding)[0]?.created).toBe(true);
  });

  test('keeps the row that a remover gave back', async ({ database }) => {
    const text = unique('content');
    const file = await aFile(database.db, text);
    const remover = await begin(database);
    await files.delete(remover.tx, file.id);

    const adder = await session(database);
    const adding = files.hold(adder.db, [contentOf(text)]);
    await untilBlocked(database, adder.pid);
    await remover.rollBack();

    expect(await adding).toEqual([{ file, created: false }]);
  });

  test('lets several adders hold the same file at once', async ({ database }) => {
    const text = unique('content');
    const file = await aFile(database.db, text);
    const one = await begin(database);
    const two = await begin(database);

    expect(await files.hold(one.tx, [contentOf(text)])).toEqual([{ file, created: false }]);
    expect(await files.hold(two.tx, [contentOf(text)])).toEqual([{ file, created: false }]);

    await one.commit();
    await two.commit();
  });
});

describe('delete', () => {
  test('makes whoever wants to name the file wait, and find it gone', async ({ database }) => {
    const file = await aFile(database.db);
    const artifact = await anArtifact(database.db);
    const remover = await begin(database);
    await files.delete(remover.tx, file.id);

    const adder = await session(database);
    const adding = filesInArtifacts.create(adder.db, { artifactId: artifact.id, fileId: file.id, path: 'a' });
    const refused = expect(adding).rejects.toThrow(`file ${file.id} not found`);
    await untilBlocked(database, adder.pid);
    await remover.commit();

    await refused;
  });
});
