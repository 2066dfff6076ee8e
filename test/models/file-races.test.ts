/** Sessions that add, name and remove the same contents at the same time. */
import { sql } from 'drizzle-orm';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import { transaction } from '../../src/db/transaction.ts';
import { ProtectedError } from '../../src/errors.ts';
import * as artifacts from '../../src/models/artifacts.ts';
import * as fileStores from '../../src/models/file-stores.ts';
import * as files from '../../src/models/files.ts';
import * as filesInArtifacts from '../../src/models/files-in-artifacts.ts';
import { files as table } from '../../src/schema/files.ts';
import type { Content } from '../../src/storage/contents.ts';
import { localPath, removeFile } from '../../src/storage/local.ts';
import { aDirectory, aLocalFile, contentOf } from '../storage/scratch.ts';
import { driver, test } from '../support/database.ts';
import {
  aFile,
  aFileInArtifact,
  aFileStore,
  anArtifact,
  at,
  aWorkspace,
  unique,
} from '../support/factories.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const ofText = (text: string) => ({ hashDigest: contentOf(text).sha256, size: text.length });

describe('getOrCreate', () => {
  test('called by fifty sessions at once makes one row, and one of them is told that it did', async ({
    database,
  }) => {
    const text = unique('content');
    const sessions = Array.from({ length: 50 }, () => database.connect());
    try {
      const results = await Promise.all(sessions.map((db) => files.getOrCreate(db, ofText(text))));

      expect(new Set(results.map(([file]) => file.id)).size).toBe(1);
      expect(results.filter(([, created]) => created)).toHaveLength(1);
    } finally {
      await Promise.all(sessions.map((db) => driver(db).end()));
    }
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

/** A local store, and its backend. */
async function aStore(db: Db) {
  const baseDirectory = aDirectory();
  const store = await aFileStore(db, { configuration: { base_directory: baseDirectory } });
  const backend = fileStores.getBackendObject(store, { storeDirectory: undefined });
  return { store, backend, baseDirectory };
}

/** What expiry does to a content that nothing names: rows and bytes go before the commit. @returns whether they did */
async function removeUnnamed(tx: Db, baseDirectory: string, { sha256, size }: Content): Promise<boolean> {
  const [row] = await tx.execute<{ id: string }>(sql`
    select id from ${table} f where sha256 = decode(${sha256.toString('hex')}, 'hex') and size = ${size}
    for update skip locked`);
  if (row === undefined) return false;
  const [named] = await tx.execute(
    sql`select 1 from db_fileinartifact where file_id = ${row.id}::bigint limit 1`,
  );
  if (named !== undefined) return false;
  await tx.execute(sql`delete from db_fileinstore where file_id = ${row.id}::bigint`);
  await tx.execute(sql`delete from db_file where id = ${row.id}::bigint`);
  await removeFile(baseDirectory, { sha256, size });
  return true;
}

describe('addFile beside the removal of the same content', () => {
  test('waits for a remover that was first, and stores the bytes again', async ({ database }) => {
    const { backend, baseDirectory } = await aStore(database.db);
    const bytes = unique('content');
    const before = await fileStores.addFile(database.db, backend, aLocalFile(bytes));
    const remover = await begin(database);
    expect(await removeUnnamed(remover.tx, baseDirectory, before)).toBe(true);

    const adder = await session(database);
    const adding = fileStores.addFile(adder.db, backend, aLocalFile(bytes));
    await untilBlocked(database, adder.pid);
    expect(existsSync(localPath(baseDirectory, before))).toBe(false);
    await remover.commit();

    const after = await adding;
    expect(after.id).not.toBe(before.id);
    expect(readFileSync(localPath(baseDirectory, after), 'utf8')).toBe(bytes);
    expect(await files.fileInStoreSet(database.db, after.id)).toHaveLength(1);
  });

  test('waits for a remover that has only locked the row, and stores the bytes again', async ({
    database,
  }) => {
    const { backend, baseDirectory } = await aStore(database.db);
    const bytes = unique('content');
    const before = await fileStores.addFile(database.db, backend, aLocalFile(bytes));
    const remover = await begin(database);
    await remover.tx.execute(sql`select from ${table} where id = ${before.id} for update`);

    const adder = await session(database);
    const adding = fileStores.addFile(adder.db, backend, aLocalFile(bytes));
    await untilBlocked(database, adder.pid);
    expect(await removeUnnamed(remover.tx, baseDirectory, before)).toBe(true);
    await remover.commit();

    const after = await adding;
    expect(readFileSync(localPath(baseDirectory, after), 'utf8')).toBe(bytes);
    expect(await files.fileInStoreSet(database.db, after.id)).toHaveLength(1);
  });

  test('makes a remover that comes later wait until the file is named', async ({ database }) => {
    const { backend, baseDirectory } = await aStore(database.db);
    const bytes = unique('content');
    const file = await fileStores.addFile(database.db, backend, aLocalFile(bytes));
    const artifact = await anArtifact(database.db);
    const adder = await begin(database);
    await fileStores.addFile(adder.tx, backend, aLocalFile(bytes));

    expect(await removeUnnamed(database.db, baseDirectory, file)).toBe(false);
    const remover = await session(database);
    const removing = files.delete(remover.db, file.id);
    const refused = expect(removing).rejects.toThrow(ProtectedError);
    await untilBlocked(database, remover.pid);
    await filesInArtifacts.create(adder.tx, { artifactId: artifact.id, fileId: file.id, path: 'a' });
    await adder.commit();

    await refused;
    expect(await removeUnnamed(database.db, baseDirectory, file)).toBe(false);
    expect(readFileSync(localPath(baseDirectory, file), 'utf8')).toBe(bytes);
  });

  test('removeFile waits for an adder that found record and bytes, and then takes both away', async ({
    database,
  }) => {
    const { store, backend, baseDirectory } = await aStore(database.db);
    const bytes = unique('content');
    const file = await fileStores.addFile(database.db, backend, aLocalFile(bytes));
    const adder = await begin(database);
    await fileStores.addFile(adder.tx, backend, aLocalFile(bytes));

    const remover = await session(database);
    const removing = fileStores.removeFile(remover.db, backend, file);
    await untilBlocked(database, remover.pid);
    expect(readFileSync(localPath(baseDirectory, file), 'utf8')).toBe(bytes);
    await adder.commit();
    await removing;

    expect(existsSync(localPath(baseDirectory, file))).toBe(false);
    expect(await fileStores.fileInStoreSet(database.db, store.id)).toEqual([]);
  });

  test('an adder waits for removeFile, and stores the bytes again', async ({ database }) => {
    const { store, backend, baseDirectory } = await aStore(database.db);
    const bytes = unique('content');
    const file = await fileStores.addFile(database.db, backend, aLocalFile(bytes));
    const remover = await begin(database);
    await fileStores.removeFile(remover.tx, backend, file);

    const adder = await session(database);
    const adding = fileStores.addFile(adder.db, backend, aLocalFile(bytes));
    await untilBlocked(database, adder.pid);
    await remover.commit();

    expect(await adding).toEqual(file);
    expect(readFileSync(localPath(baseDirectory, file), 'utf8')).toBe(bytes);
    expect(await fileStores.fileInStoreSet(database.db, store.id)).toHaveLength(1);
  });

  test('a store that is deleted meanwhile refuses the file at the commit, and its bytes go', async ({
    database,
  }) => {
    const { store, backend, baseDirectory } = await aStore(database.db);
    const bytes = unique('content');
    const remover = await begin(database);
    await fileStores.delete(remover.tx, store.name);

    const adder = await session(database);
    const refused = expect(fileStores.addFile(adder.db, backend, aLocalFile(bytes))).rejects.toMatchObject({
      kind: 'foreign-key',
    });
    await untilBlocked(database, adder.pid);
    await remover.commit();

    await refused;
    expect(existsSync(localPath(baseDirectory, contentOf(bytes)))).toBe(false);
  });

  test('an adder that fails leaves bytes alone that another adder has recorded meanwhile', async ({
    database,
  }) => {
    const { backend, baseDirectory } = await aStore(database.db);
    const bytes = unique('content');
    const content = contentOf(bytes);
    // The row is there already, so that the two adders do not wait for each other's insert.
    const file = await aFile(database.db, bytes);
    const other = await begin(database);

    const failing = await session(database);
    let goOn = () => {};
    let failed: Promise<void> = Promise.resolve();
    const added = new Promise<void>((hasAdded, hasFailed) => {
      const failure = fileStores.addingFiles(failing.db, backend, async (_tx, addFiles) => {
        await addFiles([{ path: aLocalFile(bytes), content }]);
        await new Promise<void>((resolve) => {
          goOn = resolve;
          hasAdded();
        });
        throw new Error('refused');
      });
      failed = expect(failure).rejects.toThrow('refused').catch(hasFailed);
    });
    await added;
    // Holds the file and finds the bytes, then waits for the record that the failing one has made.
    const [{ pid = 0 } = {}] = await other.tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    const adding = fileStores.addFile(other.tx, backend, aLocalFile(bytes));
    await untilBlocked(database, pid);
    goOn();
    await adding;
    // The failing one wants its bytes away, and has to ask first who else holds the file.
    await untilBlocked(database, failing.pid);
    await other.commit();
    await failed;

    expect(readFileSync(localPath(baseDirectory, content), 'utf8')).toBe(bytes);
    expect(await files.fileInStoreSet(database.db, file.id)).toHaveLength(1);
  });

  test('an adder that fails removes its bytes when nobody else wants them', async ({ database }) => {
    const { backend, baseDirectory } = await aStore(database.db);
    const bytes = unique('content');

    const failure = fileStores.addingFiles(database.connect(), backend, async (_tx, addFiles) => {
      await addFiles([{ path: aLocalFile(bytes), content: contentOf(bytes) }]);
      expect(existsSync(localPath(baseDirectory, contentOf(bytes)))).toBe(true);
      throw new Error('refused');
    });

    await expect(failure).rejects.toThrow('refused');
    expect(existsSync(localPath(baseDirectory, contentOf(bytes)))).toBe(false);
  });

  test('the deletion of a store waits for a file that is being committed, and is refused', async ({
    database,
  }) => {
    const { store, backend } = await aStore(database.db);
    const adder = await begin(database);
    await fileStores.addFile(adder.tx, backend, aLocalFile(unique('content')));
    // What the commit does first: from here on the store is held.
    await adder.tx.execute(sql`set constraints all immediate`);

    const remover = await session(database);
    const refused = expect(fileStores.delete(remover.db, store.name)).rejects.toThrow(ProtectedError);
    await untilBlocked(database, remover.pid);
    await adder.commit();

    await refused;
    expect(await fileStores.get(database.db, store.id)).toEqual(store);
  });

  test('many adders and removers of one content never leave a record without its bytes', async ({
    database,
  }) => {
    const { store, backend, baseDirectory } = await aStore(database.db);
    const workspace = await aWorkspace(database.db, { defaultFileStoreId: store.id });
    const bytes = unique('content');
    const content = contentOf(bytes);
    const source = aLocalFile(bytes);
    const rounds = 25;
    const seen: string[] = [];

    async function adder() {
      const db = database.connect();
      for (let round = 0; round < rounds; round++) {
        await transaction(db, async (tx) => {
          await fileStores.addFile(tx, backend, source);
          // While the file is held nobody takes the bytes away.
          seen.push(readFileSync(localPath(baseDirectory, content), 'utf8'));
        });
      }
    }
    async function remover() {
      const db = database.connect();
      for (let round = 0; round < rounds * 2; round++) {
        await transaction(db, (tx) => removeUnnamed(tx, baseDirectory, content));
      }
    }
    async function maker() {
      const db = database.connect();
      for (let round = 0; round < rounds; round++) {
        const { artifact } = await artifacts.createFromLocalArtifact(
          db,
          { category: 'debian:blhc', data: {}, files: new Map([['a', source]]) },
          workspace,
          {},
          { storeDirectory: undefined },
          at('2024-05-01'),
        );
        seen.push(readFileSync(localPath(baseDirectory, content), 'utf8'));
        await db.execute(sql`delete from db_fileinartifact where artifact_id = ${artifact.id}`);
      }
    }
    await Promise.all([adder(), adder(), maker(), remover(), remover()]);

    expect(new Set(seen)).toEqual(new Set([bytes]));
    const recorded = (await fileStores.files(database.db, store.id)).length;
    expect(existsSync(localPath(baseDirectory, content))).toBe(recorded === 1);
    if (recorded === 1) expect(readFileSync(localPath(baseDirectory, content), 'utf8')).toBe(bytes);
    // Whatever the order was, the next remover clears everything.
    await transaction(database.db, (tx) => removeUnnamed(tx, baseDirectory, content));
    expect(existsSync(localPath(baseDirectory, content))).toBe(false);
  });
});
