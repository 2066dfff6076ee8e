/** Vacuum beside sessions that add, remove and upload the same contents. */
import { existsSync, readFileSync, unlinkSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { describe, expect } from 'vitest';
import { openDatabase } from '../../../src/db/database.ts';
import * as fileStores from '../../../src/models/file-stores.ts';
import * as files from '../../../src/models/files.ts';
import { localPath } from '../../../src/storage/local.ts';
import { aLocalFile, contentOf } from '../../storage/scratch.ts';
import { test as base, type TestDatabase } from '../../support/database.ts';
import * as make from '../../support/factories.ts';
import { at } from '../../support/factories.ts';
import { begin, session, untilBlocked } from '../sessions.ts';
import {
  age,
  anInstallation,
  emptyDatabase,
  type Installation,
  put,
  putContent,
  run,
  stored,
  used,
} from './installation.ts';

const test = base.extend<{ place: Installation }>({
  place: async ({ database }, use) => {
    await emptyDatabase(database.db);
    await use(anInstallation(database.db));
  },
});

async function backendOf({ db, store }: Installation) {
  return fileStores.getBackendObject(await fileStores.defaultFileStore(db), { storeDirectory: store });
}

/** A handle that gives up locks at once, so that what is busy is told from what is not without waiting. */
async function impatient<T>(
  database: TestDatabase,
  place: Installation,
  work: (place: Installation) => Promise<T>,
): Promise<T> {
  const client = postgres({
    ...database.server,
    database: database.name,
    max: 1,
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    return await work({ ...place, db: openDatabase(client, { lockTimeoutMs: 0 }) });
  } finally {
    await client.end();
  }
}

describe('an orphan', () => {
  test('that an adder has found, and is about to record, is waited for and stays', async ({
    database,
    place,
  }) => {
    const bytes = putContent(place.store, 'wanted');
    const artifact = await make.anArtifact(place.db);
    const adder = await begin(database);
    const file = await fileStores.addFile(adder.tx, await backendOf(place), aLocalFile('wanted'));
    await make.aFileInArtifact(adder.tx, artifact, file);

    const { db, pid } = await session(database);
    const running = run({ ...place, db });
    await untilBlocked(database, pid);
    await adder.commit();

    expect((await running).summary.deleted.store_files).toBe(0);
    expect(readFileSync(bytes, 'utf8')).toBe('wanted');
  });

  test('that the original is about to record stays: it holds no row, but records before it stores', async ({
    database,
    place,
  }) => {
    const file = await used(place, 'row');
    const bytes = localPath(place.store, file);
    await place.db.execute(sql`delete from db_fileinstore`);
    const original = await begin(database);
    await original.tx.execute(
      sql`insert into db_fileinstore (store_id, file_id, data) values (1, ${file.id}::bigint, '{}')`,
    );

    // It would wait for us at its commit, and we for it: we do not.
    const { summary } = await run({ ...place, db: database.connect() });
    await original.commit();

    expect(summary).toMatchObject({ error_count: 0, deleted: { store_files: 0 } });
    expect(existsSync(bytes)).toBe(true);
  });

  test('that nobody records after all goes', async ({ database, place }) => {
    const bytes = putContent(place.store, 'unwanted');
    const adder = await begin(database);
    await files.hold(adder.tx, [contentOf('unwanted')]);

    const { db, pid } = await session(database);
    const running = run({ ...place, db });
    await untilBlocked(database, pid);
    await adder.rollBack();

    expect((await running).summary.deleted.store_files).toBe(1);
    expect(existsSync(bytes)).toBe(false);
  });

  test('that somebody works on for longer than we may wait stays alone, and is no error', async ({
    database,
    place,
  }) => {
    const busy = putContent(place.store, 'busy');
    for (const bytes of ['a', 'b', 'c']) putContent(place.store, bytes);
    const adder = await begin(database);
    await files.hold(adder.tx, [contentOf('busy')]);

    const { events, summary } = await impatient(database, place, (impatientPlace) => run(impatientPlace));
    await adder.rollBack();

    expect(summary).toMatchObject({ complete: true, error_count: 0, deleted: { store_files: 3 } });
    expect(events).toHaveLength(3);
    expect(existsSync(busy)).toBe(true);
  });

  test('in a store that is being deleted stays where it is', async ({ database, place }) => {
    const other = await make.aFileStore(place.db, { configuration: { base_directory: place.store } });
    const bytes = putContent(place.store, 'left');
    const remover = await begin(database);
    await fileStores.delete(remover.tx, other.name);

    const { db, pid } = await session(database);
    const running = run({ ...place, db });
    await untilBlocked(database, pid);
    await remover.commit();

    expect((await running).summary.deleted.store_files).toBe(0);
    expect(existsSync(bytes)).toBe(true);
  });

  test('can be stored again while it is being removed', async ({ database, place }) => {
    putContent(place.store, 'again');
    const adders = Array.from({ length: 3 }, () => database.connect());
    const backend = await backendOf(place);
    const artifact = await make.anArtifact(place.db);
    for (let round = 0; round < 10; round++) {
      const text = `again ${round}`;
      const path = putContent(place.store, text);
      const [{ summary }] = await Promise.all([
        run({ ...place, db: database.connect() }),
        ...adders.map((db) =>
          db.transaction(async (tx) => {
            const file = await fileStores.addFile(tx, backend, aLocalFile(text));
            await make.aFileInArtifact(tx, artifact, file);
          }),
        ),
      ]);
      expect(summary.error_count).toBe(0);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });
});

describe('a record whose bytes go in this moment', () => {
  test('is no problem when the record goes as well', async ({ database, place }) => {
    const file = await used(place, 'going');
    const remover = await begin(database);
    await remover.tx.execute(sql`select from db_file where id = ${file.id}::bigint for update`);
    await remover.tx.execute(sql`delete from db_fileinstore where file_id = ${file.id}::bigint`);
    unlinkSync(localPath(place.store, file));

    const { db, pid } = await session(database);
    const running = run({ ...place, db });
    await untilBlocked(database, pid);
    await remover.commit();

    expect((await running).events).toEqual([]);
  });

  test('is a problem when the remover gives up', async ({ database, place }) => {
    const file = await used(place, 'gone');
    const remover = await begin(database);
    await remover.tx.execute(sql`select from db_file where id = ${file.id}::bigint for update`);
    unlinkSync(localPath(place.store, file));

    const { db, pid } = await session(database);
    const running = run({ ...place, db });
    await untilBlocked(database, pid);
    await remover.rollBack();

    expect((await running).summary.problem_counts.missing_bytes).toBe(1);
  });
});

describe('an unused file', () => {
  test('that somebody names in this moment stays', async ({ database, place }) => {
    const file = await stored(place, 'named');
    const artifact = await make.anArtifact(place.db);
    const adder = await begin(database);
    await files.hold(adder.tx, [contentOf('named')]);
    await make.aFileInArtifact(adder.tx, artifact, file);

    const { summary } = await run({ ...place, db: database.connect() });
    await adder.commit();

    expect(summary.deleted.file_records).toBe(0);
    expect(existsSync(localPath(place.store, file))).toBe(true);
  });
});

describe('an incomplete artifact', () => {
  const incomplete = async ({ db, uploads }: Installation) => {
    const artifact = await make.anArtifact(db, { createdAt: at('2020-01-01') });
    const file = await make.aFile(db);
    const part = await make.aFileInArtifact(db, artifact, file);
    const upload = await make.anUpload(db, part, { lastActivityAt: at('2020-01-01') });
    put(uploads, upload.path);
    return { artifact, file, upload };
  };

  test('whose upload goes on in this moment stays', async ({ database, place }) => {
    const { upload } = await incomplete(place);
    const client = await begin(database);
    await client.tx.execute(
      sql`update db_fileupload set last_activity_at = now() where id = ${upload.id}::bigint`,
    );

    const { summary } = await run({ ...place, db: database.connect() });
    await client.commit();

    expect(summary.deleted.artifacts).toBe(0);
    expect(existsSync(`${place.uploads}/${upload.path}`)).toBe(true);
  });

  test('whose last file arrives in this moment stays', async ({ database, place }) => {
    const { file, upload } = await incomplete(place);
    await place.db.execute(sql`delete from db_fileupload where id = ${upload.id}::bigint`);
    const client = await begin(database);
    await files.hold(client.tx, [file]);
    await make.aFileInStore(client.tx, file);

    const { summary } = await run({ ...place, db: database.connect() });
    await client.commit();

    expect(summary.deleted.artifacts).toBe(0);
  });

  test('that somebody puts into a collection meanwhile: the later of the two fails', async ({
    database,
    place,
  }) => {
    const { artifact } = await incomplete(place);
    const collection = await make.aCollection(place.db);
    const client = await begin(database);
    await make.anItem(client.tx, collection, artifact);

    const { summary } = await run({ ...place, db: database.connect() });

    expect(summary.deleted.artifacts).toBe(1);
    await expect(client.commit()).rejects.toMatchObject({ kind: 'foreign-key' });
  });
});

describe('an upload file', () => {
  test('whose record appears between two looks is never removed while it is young', async ({ place }) => {
    const path = put(place.uploads, 'fresh', 'x', 0);
    await run(place);
    expect(existsSync(path)).toBe(true);
    age(path);
    await run(place);
    expect(existsSync(path)).toBe(false);
  });
});

test('two runs at once do no harm to each other', async ({ database, place }) => {
  await used(place, 'kept');
  for (let number = 0; number < 30; number++) {
    putContent(place.store, `orphan ${number}`);
    await stored(place, `unused ${number}`);
    put(place.uploads, `upload-${number}`);
  }

  const both = await Promise.all([1, 2].map(() => run({ ...place, db: database.connect() })));

  const sum = (key: 'store_files' | 'file_records' | 'upload_files') =>
    both.reduce((total, { summary }) => total + summary.deleted[key], 0);
  expect([sum('store_files'), sum('file_records'), sum('upload_files')]).toEqual([30, 30, 30]);
  expect(both.flatMap(({ events }) => events.filter(({ event }) => event !== 'deleted'))).toEqual([]);
  expect((await run(place)).events).toEqual([]);
});
