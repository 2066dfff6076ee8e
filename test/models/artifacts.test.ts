import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { all as allOf, type Page } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import {
  ArgumentError,
  DataError,
  NotFoundError,
  NotSupportedError,
  ProtectedError,
  StorageError,
  UsageError,
  ValidationError,
} from '../../src/errors.ts';
import * as artifacts from '../../src/models/artifacts.ts';
import * as fileStores from '../../src/models/file-stores.ts';
import * as files from '../../src/models/files.ts';
import { workspaceOtherFileStores } from '../../src/schema/workspaces.ts';
import { aDirectory, aLocalFile, contentOf, filesBelow } from '../storage/scratch.ts';
import { test } from '../support/database.ts';
import {
  aCollection,
  aFile,
  aFileInArtifact,
  aFileInStore,
  aFileStore,
  anArtifact,
  anItem,
  aRelation,
  at,
  aUser,
  aWorkRequest,
  aWorkspace,
  systemWorkspace,
  unique,
} from '../support/factories.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';
import vectors from '../vectors/artifact-data.json' with { type: 'json' };

const noSettings = { storeDirectory: undefined };
const now = at('2024-05-10');
const ids = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);

/** A workspace whose files go to a directory of its own. */
async function aPlaceForFiles(db: Db) {
  const baseDirectory = aDirectory();
  const store = await aFileStore(db, { configuration: { base_directory: baseDirectory } });
  const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
  return { baseDirectory, store, workspace };
}

describe('rows', () => {
  test('create fills in the defaults', async ({ db }) => {
    const { id: workspaceId } = await systemWorkspace(db);

    const artifact = await artifacts.create(db, { category: 'debian:blhc', workspaceId }, now);

    expect(artifact).toEqual({
      id: artifact.id,
      category: 'debian:blhc',
      data: {},
      createdAt: now,
      workspaceId,
      createdById: null,
      createdByWorkRequestId: null,
      expirationDelay: null,
    });
    expect(await artifacts.get(db, artifact.id)).toEqual(artifact);
    await expect(artifacts.get(db, 0 as Id<'Artifact'>)).rejects.toThrow(NotFoundError);
  });

  test('create keeps what is given, and takes created_at from the clock alone', async ({ db }) => {
    const user = await aUser(db);
    const request = await aWorkRequest(db);
    const { id: workspaceId } = await systemWorkspace(db);
    const given = {
      category: 'x',
      workspaceId,
      data: { a: [1, { b: null }] },
      createdById: user.id,
      createdByWorkRequestId: request.id,
      expirationDelay: '10 days',
      createdAt: at('1999-01-01'),
    };

    const artifact = await artifacts.create(db, given, at('2024-05-10 10:00:00.000001'));

    expect(artifact).toMatchObject({ ...given, createdAt: '2024-05-10T10:00:00.000001Z' });
  });

  test('a category has at most 255 characters', async ({ db }) => {
    const { id: workspaceId } = await systemWorkspace(db);

    await artifacts.create(db, { category: 'x'.repeat(255), workspaceId }, now);
    await expect(artifacts.create(db, { category: 'x'.repeat(256), workspaceId }, now)).rejects.toThrow(
      DataError,
    );
  });

  test('all gives every artifact by id', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);

    expect(await artifacts.all(db)).toEqual([one, two]);
  });

  test('an artifact of a workspace that does not exist is accepted until the commit, and refused there', async ({
    database: { db },
  }) => {
    let reached = false;
    const failure = transaction(db, async (tx) => {
      await artifacts.create(tx, { category: 'x', workspaceId: 0 as Id<'Workspace'> }, now);
      reached = true;
    });

    await expect(failure).rejects.toMatchObject({ kind: 'foreign-key' });
    expect(reached).toBe(true);
  });
});

describe('clean', () => {
  test.each(vectors.cases)(
    'agrees with the original about data $id of $category',
    ({ category, data, valid }) => {
      if (valid) artifacts.clean({ category, data });
      else expect(() => artifacts.clean({ category, data })).toThrow(ValidationError);
    },
  );

  test('reports data that is no object first, then an unknown category, then data that does not fit', () => {
    const problems = (category: string, data: unknown) => {
      try {
        artifacts.clean({ category, data });
        return [];
      } catch (error) {
        return error instanceof ValidationError ? Object.keys(error.problems) : ['another error'];
      }
    };

    expect(problems('no:such', [])).toEqual(['data']);
    expect(problems('no:such', {})).toEqual(['category']);
    expect(problems('debian:blhc', { x: 1 })).toEqual(['data']);
    expect(problems('debian:blhc', {})).toEqual([]);
  });
});

describe('accessors', () => {
  test('workspace, createdBy and createdByWorkRequest give the loaded rows, or undefined', async ({ db }) => {
    const workspace = await aWorkspace(db);
    const user = await aUser(db);
    const request = await aWorkRequest(db);
    const artifact = await anArtifact(db, {
      workspaceId: workspace.id,
      createdById: user.id,
      createdByWorkRequestId: request.id,
    });
    const anonymous = await anArtifact(db);

    expect(await artifacts.workspace(db, artifact)).toEqual(workspace);
    expect(await artifacts.createdBy(db, artifact)).toEqual(user);
    expect(await artifacts.createdByWorkRequest(db, artifact)).toEqual(request);
    expect(await artifacts.createdBy(db, anonymous)).toBeUndefined();
    expect(await artifacts.createdByWorkRequest(db, anonymous)).toBeUndefined();
  });

  test('files gives a file twice that is under two paths; fileInArtifactSet gives the rows', async ({
    db,
  }) => {
    const artifact = await anArtifact(db);
    const file = await aFile(db);
    const other = await aFile(db);
    const rows = [
      await aFileInArtifact(db, artifact, file),
      await aFileInArtifact(db, artifact, other),
      await aFileInArtifact(db, artifact, file),
    ];
    await aFileInArtifact(db, await anArtifact(db), file);

    expect(await artifacts.files(db, artifact.id)).toEqual([file, other, file]);
    expect(await artifacts.fileInArtifactSet(db, artifact.id)).toEqual(rows);
  });

  test('relations gives what it points at, targetedBy what points at it', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    const out = await aRelation(db, one, two);
    const back = await aRelation(db, two, one, 'extends');
    const self = await aRelation(db, one, one);

    expect(await artifacts.relations(db, one.id)).toEqual([out, self]);
    expect(await artifacts.targetedBy(db, one.id)).toEqual([back, self]);
  });

  test('collectionItems and parentCollections count removed items, and a collection as often as it holds it', async ({
    db,
  }) => {
    const artifact = await anArtifact(db);
    const one = await aCollection(db);
    const two = await aCollection(db);
    const items = [
      await anItem(db, one, artifact),
      await anItem(db, two, artifact, { removedAt: now }),
      await anItem(db, one, artifact),
    ];
    await anItem(db, two, await anArtifact(db));

    expect(await artifacts.collectionItems(db, artifact.id)).toEqual(items);
    expect(await artifacts.parentCollections(db, artifact.id)).toEqual([one, two, one]);
  });
});

describe('expiry', () => {
  const created = at('2024-05-01 10:00');

  const delays = [
    { own: null, inherited: '3 days', effective: '3 days', expireAt: '2024-05-04T10:00:00.000000Z' },
    { own: '1 day', inherited: '3 days', effective: '1 day', expireAt: '2024-05-02T10:00:00.000000Z' },
    { own: '1 day', inherited: '0', effective: '1 day', expireAt: '2024-05-02T10:00:00.000000Z' },
    { own: '0', inherited: '3 days', effective: '00:00:00', expireAt: null },
    { own: null, inherited: '0', effective: '00:00:00', expireAt: null },
    {
      own: '12:00:00.000001',
      inherited: '0',
      effective: '12:00:00.000001',
      expireAt: '2024-05-01T22:00:00.000001Z',
    },
    { own: '-1 day', inherited: '0', effective: '-1 days', expireAt: '2024-04-30T10:00:00.000000Z' },
  ];
  for (const { own, inherited, effective, expireAt } of delays) {
    test(`of a delay of ${own} in a workspace of ${inherited} is at ${expireAt}`, async ({ db }) => {
      const workspace = await aWorkspace(db, { defaultExpirationDelay: inherited });
      const { id } = await anArtifact(db, {
        createdAt: created,
        workspaceId: workspace.id,
        expirationDelay: own,
      });

      expect(await artifacts.effectiveExpirationDelay(db, id)).toBe(effective);
      expect(await artifacts.expireAt(db, id)).toBe(expireAt);
    });
  }

  test('is reached at the very microsecond of created_at and delay together', async ({ db }) => {
    const { id } = await anArtifact(db, { createdAt: created, expirationDelay: '1 day' });

    expect(await artifacts.isExpired(db, id, at('2024-05-02 09:59:59.999999'))).toBe(false);
    expect(await artifacts.isExpired(db, id, at('2024-05-02 10:00:00.000000'))).toBe(true);
    expect(await artifacts.isExpired(db, id, at('2024-05-02 10:00:00.000001'))).toBe(true);
  });

  test('never comes for a delay of zero, and a negative one is over from the start', async ({ db }) => {
    const never = await anArtifact(db, { createdAt: created, expirationDelay: '0' });
    const over = await anArtifact(db, { createdAt: created, expirationDelay: '-1 microsecond' });

    expect(await artifacts.isExpired(db, never.id, at('9999-01-01'))).toBe(false);
    expect(await artifacts.isExpired(db, over.id, created)).toBe(true);
  });

  test('of an artifact that does not exist is not found', async ({ db }) => {
    const nobody = 0 as Id<'Artifact'>;

    await expect(artifacts.isExpired(db, nobody, now)).rejects.toThrow(NotFoundError);
    await expect(artifacts.expireAt(db, nobody)).rejects.toThrow(NotFoundError);
    await expect(artifacts.effectiveExpirationDelay(db, nobody)).rejects.toThrow(NotFoundError);
  });

  test('expired and notExpired part all artifacts, at every instant', async ({ db }) => {
    const short = await aWorkspace(db, { defaultExpirationDelay: '1 day' });
    const day = await anArtifact(db, { createdAt: created, workspaceId: short.id });
    const kept = await anArtifact(db, { createdAt: created, workspaceId: short.id, expirationDelay: '0' });
    const own = await anArtifact(db, { createdAt: created, expirationDelay: '2 days' });
    const forever = await anArtifact(db, { createdAt: created });
    const parts = async (text: string) => {
      const gone = ids(await artifacts.expired(db, at(text)));
      const left = ids(await artifacts.notExpired(db, at(text)));
      expect([...gone, ...left].toSorted((a, b) => a - b)).toEqual([day.id, kept.id, own.id, forever.id]);
      return gone;
    };

    expect(await parts('2024-05-02 09:59:59.999999')).toEqual([]);
    expect(await parts('2024-05-02 10:00')).toEqual([day.id]);
    expect(await parts('2024-05-03 09:59:59.999999')).toEqual([day.id]);
    expect(await parts('2024-05-03 10:00')).toEqual([day.id, own.id]);
    expect(await artifacts.expired(db, at('2024-05-02 10:00'))).toEqual([day]);
  });

  test('does not fail on delays beyond the end of time, which the original can store', async ({ db }) => {
    const long = await anArtifact(db, { createdAt: created, expirationDelay: '999999999 days' });
    const before = await anArtifact(db, { createdAt: created, expirationDelay: '-999999999 days' });

    expect(ids(await artifacts.expired(db, now))).toEqual([before.id]);
    expect(ids(await artifacts.notExpired(db, now))).toEqual([long.id]);
    expect(await artifacts.expireAt(db, long.id)).toMatch(/^7500-/);
  });
});

describe('setExpiration', () => {
  test('sets the own delay of several artifacts, counted from the creation of each', async ({ db }) => {
    const one = await anArtifact(db, { createdAt: at('2024-05-01') });
    const two = await anArtifact(db, { createdAt: at('2024-05-09'), expirationDelay: '2 days' });
    const other = await anArtifact(db);

    const changes = await artifacts.setExpiration(db, [two.id, one.id], { delay: '2 days' }, now);

    expect(changes).toEqual([
      {
        id: one.id,
        expiration_delay_seconds: 172_800,
        expire_at: '2024-05-03T00:00:00.000000Z',
        expired: true,
        changed: true,
      },
      {
        id: two.id,
        expiration_delay_seconds: 172_800,
        expire_at: '2024-05-11T00:00:00.000000Z',
        expired: false,
        changed: false,
      },
    ]);
    expect(await artifacts.all(db)).toEqual([{ ...one, expirationDelay: '2 days' }, two, other]);
  });

  test('clears the own delay, so that the one of the workspace counts', async ({ db }) => {
    const workspace = await aWorkspace(db, { defaultExpirationDelay: '1 day' });
    const given = { workspaceId: workspace.id, createdAt: at('2024-05-10'), expirationDelay: '0' };
    const { id } = await anArtifact(db, given);

    expect(await artifacts.setExpiration(db, [id], { delay: null }, now)).toEqual([
      {
        id,
        expiration_delay_seconds: null,
        expire_at: '2024-05-11T00:00:00.000000Z',
        expired: false,
        changed: true,
      },
    ]);
    expect((await artifacts.get(db, id)).expirationDelay).toBeNull();
  });

  test('tells a delay of zero from none', async ({ db }) => {
    const { id } = await anArtifact(db);

    expect(await artifacts.setExpiration(db, [id], { delay: '00:00:00' }, now)).toMatchObject([
      { expiration_delay_seconds: 0, expire_at: null, expired: false, changed: true },
    ]);
  });

  test('changes none when an artifact does not exist', async ({ db }) => {
    const { id } = await anArtifact(db);

    const failure = artifacts.setExpiration(db, [id, 0 as Id<'Artifact'>], { delay: '1 day' }, now);

    await expect(failure).rejects.toThrow('artifact 0 not found');
    expect((await artifacts.get(db, id)).expirationDelay).toBeNull();
  });

  test('a dry run tells what would change, and changes nothing', async ({ db }) => {
    const { id } = await anArtifact(db);

    expect(await artifacts.setExpiration(db, [id], { delay: '1 day', dryRun: true }, now)).toMatchObject([
      { expiration_delay_seconds: 86_400, expired: true, changed: true },
    ]);
    expect((await artifacts.get(db, id)).expirationDelay).toBeNull();
  });
});

describe('createFromLocalArtifact', () => {
  const local = (given: Record<string, string>, category = 'debian:blhc', data = {}) => ({
    category,
    data,
    files: new Map(Object.entries(given)),
  });

  test('makes the artifact, stores its files and shows them in order', async ({ db }) => {
    const { baseDirectory, store, workspace } = await aPlaceForFiles(db);
    const given = local({ 'b/one.txt': aLocalFile('one'), 'a.txt': aLocalFile('two') });

    const made = await artifacts.createFromLocalArtifact(db, given, workspace, {}, noSettings, now);

    expect(made.artifact).toEqual({
      id: made.artifact.id,
      category: 'debian:blhc',
      data: {},
      createdAt: now,
      workspaceId: workspace.id,
      createdById: null,
      createdByWorkRequestId: null,
      expirationDelay: null,
    });
    expect(await artifacts.get(db, made.artifact.id)).toEqual(made.artifact);
    expect(made.files.map(({ path, isNew }) => [path, isNew])).toEqual([
      ['b/one.txt', true],
      ['a.txt', true],
    ]);
    const shown = await artifacts.fileInArtifactSet(db, made.artifact.id);
    expect(shown.map(({ path, fileId }) => [path, fileId])).toEqual(
      made.files.map(({ path, file }) => [path, file.id]),
    );
    expect(ids(await fileStores.files(db, store.id)).toSorted()).toEqual(
      made.files.map(({ file }) => file.id).toSorted(),
    );
    const backend = fileStores.getBackendObject(store, noSettings);
    const read = made.files.map(({ file }) =>
      readFileSync(fileStores.getLocalPath(backend, file) ?? '', 'utf8'),
    );
    expect(read).toEqual(['one', 'two']);
    expect(filesBelow(baseDirectory)).toHaveLength(2);
  });

  test('records who made it and how long it is kept', async ({ db }) => {
    const { workspace } = await aPlaceForFiles(db);
    const createdByWorkRequest = (await aWorkRequest(db)).id;
    const createdBy = (await aUser(db)).id;
    const options = { createdByWorkRequest, createdBy, expirationDelay: '10 days' };

    const { artifact } = await artifacts.createFromLocalArtifact(
      db,
      local({}),
      workspace,
      options,
      noSettings,
      now,
    );

    expect(artifact).toMatchObject({
      createdById: createdBy,
      createdByWorkRequestId: createdByWorkRequest,
      expirationDelay: '10 days',
    });
  });

  test('writes optional keys out as null, and leaves data alone that does not fit', async ({ db }) => {
    const { workspace } = await aPlaceForFiles(db);
    const tarball = {
      filename: 'a.tar.xz',
      vendor: 'debian',
      codename: 'bookworm',
      mirror: 'https://deb.debian.org/debian',
      pkglist: {},
      architecture: 'amd64',
      with_dev: true,
      with_init: false,
    };
    const dataOf = async (category: string, data: object) =>
      (await artifacts.createFromLocalArtifact(db, local({}, category, data), workspace, {}, noSettings, now))
        .artifact.data;

    expect(await dataOf('debian:system-tarball', tarball)).toEqual({ ...tarball, variant: null });
    expect(await dataOf('debian:blhc', { x: 1 })).toEqual({ x: 1 });
    expect(await dataOf('debusine:test', { y: [2] })).toEqual({ y: [2] });
  });

  test('stores equal files once, and says what the store had already', async ({ db }) => {
    const { baseDirectory, workspace } = await aPlaceForFiles(db);
    const make = (given: Record<string, string>) =>
      artifacts.createFromLocalArtifact(db, local(given), workspace, {}, noSettings, now);
    await make({ known: aLocalFile('known') });

    const { artifact, files: shown } = await make({
      a: aLocalFile('x'),
      b: aLocalFile('x'),
      c: aLocalFile('known'),
    });

    expect(shown.map(({ isNew }) => isNew)).toEqual([true, false, false]);
    expect(await artifacts.fileInArtifactSet(db, artifact.id)).toHaveLength(3);
    expect(filesBelow(baseDirectory)).toHaveLength(2);
  });

  test('tells twice as many bytes as the files have', async ({ db }) => {
    const { workspace } = await aPlaceForFiles(db);
    let told = 0;
    const given = local({ a: aLocalFile('12345'), b: aLocalFile('12345'), c: aLocalFile('678') });

    await artifacts.createFromLocalArtifact(
      db,
      given,
      workspace,
      { onBytes: (bytes) => (told += bytes) },
      noSettings,
      now,
    );

    expect(told).toBe(2 * 13);
  });

  async function expectNothing(db: Db, baseDirectory: string) {
    expect(await artifacts.all(db)).toEqual([]);
    expect(await files.all(db)).toEqual([]);
    expect(filesBelow(baseDirectory)).toEqual([]);
  }

  test('leaves nothing when a local file is missing', async ({ db }) => {
    const { baseDirectory, workspace } = await aPlaceForFiles(db);
    const given = local({ a: aLocalFile('one'), b: join(baseDirectory, 'no') });

    const failure = artifacts.createFromLocalArtifact(db, given, workspace, {}, noSettings, now);

    await expect(failure).rejects.toThrow(StorageError);
    await expectNothing(db, baseDirectory);
  });

  test('leaves nothing when a local file changes after it was hashed', async ({ db }) => {
    const { baseDirectory, workspace } = await aPlaceForFiles(db);
    const changing = aLocalFile('two');
    const given = local({ a: aLocalFile('one'), b: changing, c: aLocalFile('three') });
    let told = 0;
    const onBytes = (bytes: number) => {
      told += bytes;
      // All have been hashed, the first is being stored.
      if (told === 14) writeFileSync(changing, 'TWO');
    };

    const failure = artifacts.createFromLocalArtifact(db, given, workspace, { onBytes }, noSettings, now);

    await expect(failure).rejects.toThrow(`${changing} does not hold the content`);
    await expectNothing(db, baseDirectory);
  });

  test('leaves nothing when a path is refused, too long or empty', async ({ db }) => {
    const { baseDirectory, workspace } = await aPlaceForFiles(db);
    const make = (path: string) =>
      artifacts.createFromLocalArtifact(
        db,
        local({ [path]: aLocalFile('one') }),
        workspace,
        {},
        noSettings,
        now,
      );

    await expect(make('x'.repeat(501))).rejects.toThrow(DataError);
    await expect(make('')).rejects.toThrow(ArgumentError);
    await expectNothing(db, baseDirectory);
  });

  test('leaves nothing when the store directory is missing', async ({ db }) => {
    const { baseDirectory, workspace } = await aPlaceForFiles(db);
    rmSync(baseDirectory, { recursive: true });

    const failure = artifacts.createFromLocalArtifact(
      db,
      local({ a: aLocalFile('one') }),
      workspace,
      {},
      noSettings,
      now,
    );

    await expect(failure).rejects.toThrow(StorageError);
    expect(await artifacts.all(db)).toEqual([]);
  });

  test('leaves nothing when the commit is refused', async ({ database }) => {
    const { baseDirectory, workspace } = await aPlaceForFiles(database.db);
    const bytes = unique('content');
    const before = (await artifacts.all(database.db)).length;
    // Foreign keys are checked at the commit, when all bytes are in place.
    const options = { createdBy: 0 as Id<'User'> };

    const failure = artifacts.createFromLocalArtifact(
      database.db,
      local({ a: aLocalFile(bytes) }),
      workspace,
      options,
      noSettings,
      now,
    );

    await expect(failure).rejects.toMatchObject({ kind: 'foreign-key' });
    expect(await artifacts.all(database.db)).toHaveLength(before);
    expect(filesBelow(baseDirectory)).toEqual([]);
  });

  test('refuses a workspace whose default store is read-only, and one that does not exist', async ({
    db,
  }) => {
    const configuration = {
      archive_root_url: 'https://deb.example.org/',
      suite: 'sid',
      components: ['main'],
    };
    const store = await aFileStore(db, { backend: 'ExternalDebianSuite', configuration });
    const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
    const make = (id: Id<'Workspace'>) =>
      artifacts.createFromLocalArtifact(db, local({}), { id }, {}, noSettings, now);

    await expect(make(workspace.id)).rejects.toThrow(NotSupportedError);
    await expect(make(0 as Id<'Workspace'>)).rejects.toThrow(NotFoundError);
    expect(await artifacts.all(db)).toEqual([]);
  });
});

describe('delete', () => {
  test('deletes an artifact to which nothing refers', async ({ db }) => {
    const artifact = await anArtifact(db);
    const other = await anArtifact(db);

    await artifacts.delete(db, artifact.id);

    expect(await artifacts.all(db)).toEqual([other]);
    await expect(artifacts.delete(db, artifact.id)).rejects.toThrow(NotFoundError);
  });

  test('is refused while it has files, relations in either direction, or collection items', async ({
    db,
  }) => {
    const artifact = await anArtifact(db);
    const other = await anArtifact(db);
    const refusal = async () => {
      const failure = artifacts.delete(db, artifact.id);
      await expect(failure).rejects.toThrow(ProtectedError);
      return failure.then(
        () => '',
        (error: Error) => error.message,
      );
    };

    const part = await aFileInArtifact(db, artifact, await aFile(db));
    expect(await refusal()).toBe(`artifact ${artifact.id} is needed by 1 file in artifact (${part.id})`);
    await db.execute(sql`delete from db_fileinartifact`);

    const out = await aRelation(db, artifact, other);
    expect(await refusal()).toBe(`artifact ${artifact.id} is needed by 1 relation (${out.id})`);
    const back = await aRelation(db, other, artifact);
    expect(await refusal()).toContain(`2 relations (${out.id}, ${back.id})`);

    const item = await anItem(db, await aCollection(db), artifact, { removedAt: now });
    expect(await refusal()).toContain(`and 1 collection item (${item.id})`);
    expect(await artifacts.all(db)).toHaveLength(2);
    expect(await artifacts.relations(db, artifact.id)).toHaveLength(1);
  });
});

describe('list', () => {
  async function listed(db: Db, filter: artifacts.ArtifactFilter = {}, page: Page = {}) {
    return ids(await allOf(await artifacts.list(db, filter, page, now)));
  }

  test('shows the keys of the command line, newest first', async ({ db }) => {
    const { workspace, store } = await aPlaceForFiles(db);
    const user = await aUser(db);
    const request = await aWorkRequest(db);
    const old = await anArtifact(db, { createdAt: at('2024-05-01'), category: 'debian:blhc' });
    const young = await anArtifact(db, {
      createdAt: at('2024-05-02 10:00:00.000001'),
      workspaceId: workspace.id,
      createdById: user.id,
      createdByWorkRequestId: request.id,
      expirationDelay: '10 days',
      data: { name: 'hello' },
    });
    const file = await aFile(db, 'x'.repeat(1000));
    await aFileInStore(db, file, store);
    await aFileInArtifact(db, young, file);
    await aFileInArtifact(db, young, file);

    const records = await allOf(await artifacts.list(db, {}, {}, now));

    expect(records).toEqual([
      {
        id: young.id,
        category: 'debusine:work-request-debug-logs',
        workspace: workspace.name,
        created_at: '2024-05-02T10:00:00.000001Z',
        created_by: user.username,
        work_request: request.id,
        expiration_delay_seconds: 864_000,
        expire_at: '2024-05-12T10:00:00.000001Z',
        expired: false,
        complete: true,
        file_count: 2,
        size_bytes: 2000,
        data: { name: 'hello' },
      },
      {
        id: old.id,
        category: 'debian:blhc',
        workspace: 'System',
        created_at: '2024-05-01T00:00:00.000000Z',
        created_by: null,
        work_request: null,
        expiration_delay_seconds: null,
        expire_at: null,
        expired: false,
        complete: true,
        file_count: 0,
        size_bytes: 0,
        data: {},
      },
    ]);
    expect(Object.keys(records[0] ?? {}).join(' ')).toBe(
      'id category workspace created_at created_by work_request expiration_delay_seconds expire_at expired complete file_count size_bytes data',
    );
  });

  test('writes whole seconds without a fraction', async ({ db }) => {
    await anArtifact(db, { expirationDelay: '1 day' });
    const texts: string[] = [];
    for await (const batch of (await artifacts.list(db, {}, {}, now)).json()) texts.push(...batch);

    expect(texts.join()).toContain('"expiration_delay_seconds":86400,');
  });

  test('keeps what is in one of the workspaces, of one of the categories, by one of the users or requests', async ({
    db,
  }) => {
    const workspace = await aWorkspace(db);
    const user = await aUser(db);
    const request = await aWorkRequest(db);
    const a = await anArtifact(db, { workspaceId: workspace.id });
    const b = await anArtifact(db, { category: 'debian:blhc', createdById: user.id });
    const c = await anArtifact(db, { createdByWorkRequestId: request.id });

    expect(await listed(db, { workspaces: [workspace.name] })).toEqual([a.id]);
    expect(await listed(db, { workspaces: [workspace.name, 'System'] })).toEqual([c.id, b.id, a.id]);
    expect(await listed(db, { categories: ['debian:blhc', 'no:such'] })).toEqual([b.id]);
    expect(await listed(db, { createdBy: [user.username] })).toEqual([b.id]);
    expect(await listed(db, { workRequests: [request.id] })).toEqual([c.id]);
    expect(await listed(db, { workRequests: [request.id], categories: ['debian:blhc'] })).toEqual([]);
  });

  test('keeps what was created from one instant on, and before another', async ({ db }) => {
    const a = await anArtifact(db, { createdAt: at('2024-05-01') });
    const b = await anArtifact(db, { createdAt: at('2024-05-02') });

    expect(await listed(db, { createdAfter: at('2024-05-02') })).toEqual([b.id]);
    expect(await listed(db, { createdAfter: at('2024-05-02 00:00:00.000001') })).toEqual([]);
    expect(await listed(db, { createdBefore: at('2024-05-02') })).toEqual([a.id]);
    expect(await listed(db, { createdBefore: at('2024-05-02 00:00:00.000001') })).toEqual([b.id, a.id]);
  });

  test('keeps what is expired, is not, or never will be', async ({ db }) => {
    const createdAt = at('2024-05-01');
    const over = await anArtifact(db, { createdAt, expirationDelay: '9 days' });
    const later = await anArtifact(db, { createdAt, expirationDelay: '10 days' });
    const never = await anArtifact(db, { createdAt });

    expect(await listed(db, { expiry: 'expired' })).toEqual([over.id]);
    expect(await listed(db, { expiry: 'not-expired' })).toEqual([never.id, later.id]);
    expect(await listed(db, { expiry: 'never' })).toEqual([never.id]);
    expect(await listed(db, { expiry: 'expired', expiredAt: at('2024-05-11') })).toEqual([later.id, over.id]);
    const [record] = await allOf(
      await artifacts.list(db, { expiry: 'expired', expiredAt: at('2024-05-11') }, {}, now),
    );
    expect(record).toMatchObject({ id: later.id, expired: false });
  });

  test('keeps active items of a collection, and direct relations in either direction', async ({ db }) => {
    const collection = await aCollection(db);
    const a = await anArtifact(db);
    const b = await anArtifact(db);
    const c = await anArtifact(db);
    await anItem(db, collection, a);
    await anItem(db, collection, b, { removedAt: now });
    await aRelation(db, a, b);
    await aRelation(db, c, b);

    expect(await listed(db, { inCollection: collection.id })).toEqual([a.id]);
    expect(await listed(db, { relatedTo: b.id })).toEqual([c.id, a.id]);
    expect(await listed(db, { relatedTo: a.id })).toEqual([b.id]);
  });

  test('keeps those with a file of that digest, path or size together', async ({ db }) => {
    const a = await anArtifact(db);
    const b = await anArtifact(db);
    await anArtifact(db);
    const file = await aFile(db, 'hello');
    await aFileInArtifact(db, a, file, 'dir/hello.dsc');
    await aFileInArtifact(db, b, await aFile(db, 'other content'), 'hello_dsc');

    expect(await listed(db, { fileSha256: file.sha256.toString('hex').toUpperCase() })).toEqual([a.id]);
    expect(await listed(db, { fileSha256: contentOf('no').sha256.toString('hex') })).toEqual([]);
    expect(await listed(db, { filePathLike: '%.dsc' })).toEqual([a.id]);
    expect(await listed(db, { filePathLike: String.raw`hello\_dsc` })).toEqual([b.id]);
    expect(await listed(db, { minSizeBytes: 5 })).toEqual([b.id, a.id]);
    expect(await listed(db, { minSizeBytes: 6 })).toEqual([b.id]);
  });

  test('knows an artifact with a file that none of the stores of its workspace has as incomplete', async ({
    db,
  }) => {
    const { workspace, store } = await aPlaceForFiles(db);
    const other = await aFileStore(db);
    const foreign = await aFileStore(db);
    await db.insert(workspaceOtherFileStores).values({ workspaceId: workspace.id, fileStoreId: other.id });
    const inStore = async (where: typeof store | undefined) => {
      const artifact = await anArtifact(db, { workspaceId: workspace.id });
      const file = await aFile(db);
      await aFileInArtifact(db, artifact, file);
      if (where !== undefined) await aFileInStore(db, file, where);
      return artifact.id;
    };
    const complete = [await inStore(store), await inStore(other)];
    const incomplete = [await inStore(foreign), await inStore(undefined)];

    expect(await listed(db, { incomplete: true })).toEqual(incomplete.toReversed());
    expect(await listed(db)).toHaveLength(4);
    const shown = await allOf(await artifacts.list(db, {}, {}, now));
    expect(ids(shown.filter((record) => record.complete))).toEqual(complete.toReversed());
  });

  test('orders by each of its keys, and refuses others', async ({ db }) => {
    const workspace = await aWorkspace(db, { name: 'Zebra' });
    const a = await anArtifact(db, { createdAt: at('2024-05-02'), category: 'b', expirationDelay: '1 day' });
    const b = await anArtifact(db, { createdAt: at('2024-05-01'), category: 'a', workspaceId: workspace.id });
    await aFileInArtifact(db, b, await aFile(db));
    const order = (...keys: string[]) => listed(db, {}, { order: keys });

    expect(await order('id')).toEqual([a.id, b.id]);
    expect(await order('created_at')).toEqual([b.id, a.id]);
    expect(await order('category')).toEqual([b.id, a.id]);
    expect(await order('workspace')).toEqual([a.id, b.id]);
    expect(await order('-workspace')).toEqual([b.id, a.id]);
    expect(await order('size_bytes')).toEqual([a.id, b.id]);
    expect(await order('-expire_at')).toEqual([a.id, b.id]);
    await expect(artifacts.list(db, {}, { order: ['colour'] }, now)).rejects.toThrow(UsageError);
  });

  test('gives a page, and counts all that match', async ({ db }) => {
    const rows = [await anArtifact(db), await anArtifact(db), await anArtifact(db)];

    expect(await listed(db, {}, { limit: 1, offset: 1 })).toEqual([rows[1]?.id]);
    expect(await (await artifacts.list(db, {}, { limit: 1 }, now)).count()).toBe(3);
  });

  test('a filter that names something that does not exist is not found', async ({ db }) => {
    const refusal = async (filter: artifacts.ArtifactFilter) => {
      const failure = artifacts.list(db, filter, {}, now);
      await expect(failure).rejects.toThrow(NotFoundError);
      return failure.then(
        () => '',
        (error: Error) => error.message,
      );
    };

    expect(await refusal({ workspaces: ['System', 'nosuch'] })).toBe('workspace "nosuch" not found');
    expect(await refusal({ createdBy: ['nosuch'] })).toBe('user "nosuch" not found');
    expect(await refusal({ workRequests: [7_000_000] })).toBe('work request 7000000 not found');
    expect(await refusal({ inCollection: 7_000_000 })).toBe('collection 7000000 not found');
    expect(await refusal({ relatedTo: 7_000_000 })).toBe('artifact 7000000 not found');
  });
});

describe('show', () => {
  test('adds files with their stores, relations and collection items', async ({ db }) => {
    const { workspace, store } = await aPlaceForFiles(db);
    const artifact = await anArtifact(db, { workspaceId: workspace.id });
    const before = await aFileStore(db);
    const file = await aFile(db, 'hello');
    await aFileInArtifact(db, artifact, file, 'b.dsc');
    await aFileInArtifact(db, artifact, await aFile(db, 'x'), 'a.txt');
    await aFileInStore(db, file);
    await aFileInStore(db, file, before);
    await aFileInStore(db, file, store);
    const other = await anArtifact(db, { category: 'debian:system-tarball' });
    await aRelation(db, other, artifact, 'extends');
    await aRelation(db, artifact, other, 'built-using');
    const collection = await aCollection(db, { name: 'bookworm', category: 'debian:suite' });
    const active = await anItem(db, collection, artifact);
    const removed = await anItem(db, collection, artifact, { removedAt: now });

    const details = await artifacts.show(db, artifact.id, now);

    const { files: shown, relations, collection_items, ...record } = details;
    expect([record]).toEqual(
      await allOf(await artifacts.list(db, { workspaces: [workspace.name] }, {}, now)),
    );
    expect(record).toMatchObject({ complete: false, file_count: 2, size_bytes: 6 });
    expect(shown).toEqual([
      { path: 'a.txt', sha256: contentOf('x').sha256.toString('hex'), size: 1, stores: [] },
      {
        path: 'b.dsc',
        sha256: file.sha256.toString('hex'),
        size: 5,
        stores: [store.name, 'Default', before.name],
      },
    ]);
    expect(relations).toEqual([
      { direction: 'out', type: 'built-using', artifact: other.id, category: 'debian:system-tarball' },
      { direction: 'in', type: 'extends', artifact: other.id, category: 'debian:system-tarball' },
    ]);
    expect(collection_items).toEqual([
      { item: active.id, collection: 'bookworm@debian:suite', active: true },
      { item: removed.id, collection: 'bookworm@debian:suite', active: false },
    ]);
  });

  test('shows an artifact with nothing around it', async ({ db }) => {
    const { id } = await anArtifact(db);

    expect(await artifacts.show(db, id, now)).toMatchObject({
      id,
      files: [],
      relations: [],
      collection_items: [],
    });
    await expect(artifacts.show(db, 0 as Id<'Artifact'>, now)).rejects.toThrow('artifact 0 not found');
  });
});

describe('beside other sessions', () => {
  test('a relation made while the artifact is being deleted fails at its commit', async ({ database }) => {
    const artifact = await anArtifact(database.db);
    const other = await anArtifact(database.db);
    const remover = await begin(database);
    await artifacts.delete(remover.tx, artifact.id);

    const relating = await session(database);
    const refused = expect(
      transaction(relating.db, (tx) => aRelation(tx, other, artifact)),
    ).rejects.toMatchObject({ kind: 'foreign-key' });
    await untilBlocked(database, relating.pid);
    await remover.commit();

    await refused;
  });

  test('a deletion waits for a relation that is being committed, and is refused', async ({ database }) => {
    const artifact = await anArtifact(database.db);
    const other = await anArtifact(database.db);
    const relating = await begin(database);
    await aRelation(relating.tx, other, artifact);
    // What the commit does first: from here on the row is held.
    await relating.tx.execute(sql`set constraints all immediate`);

    const remover = await session(database);
    const refused = expect(artifacts.delete(remover.db, artifact.id)).rejects.toThrow(ProtectedError);
    await untilBlocked(database, remover.pid);
    await relating.commit();

    await refused;
  });

  test('setExpiration waits for whoever deletes the artifact, and says that it is gone', async ({
    database,
  }) => {
    const artifact = await anArtifact(database.db);
    const remover = await begin(database);
    await artifacts.delete(remover.tx, artifact.id);

    const setting = await session(database);
    const refused = expect(
      artifacts.setExpiration(setting.db, [artifact.id], { delay: '1 day' }, now),
    ).rejects.toThrow(`artifact ${artifact.id} not found`);
    await untilBlocked(database, setting.pid);
    await remover.commit();

    await refused;
  });

  test('the number of statements does not grow with the number of files, artifacts or relations', async ({
    database,
  }) => {
    const { workspace } = await aPlaceForFiles(database.db);
    const make = (count: number) => {
      const given = Array.from(
        { length: count },
        (_, i) => [`file ${i}`, aLocalFile(unique('content'))] as const,
      );
      return countStatements(database, (db) =>
        artifacts.createFromLocalArtifact(
          db,
          { category: 'debian:blhc', data: {}, files: new Map(given) },
          workspace,
          {},
          noSettings,
          now,
        ),
      );
    };
    const read = async (filter: artifacts.ArtifactFilter) =>
      countStatements(database, async (db) => {
        const listing = await artifacts.list(db, filter, {}, now);
        const shown = await allOf(listing);
        await listing.count();
        const [first] = shown;
        if (first !== undefined) await artifacts.show(db, first.id as Id<'Artifact'>, now);
      });
    const set = async (count: number) => {
      const some = (await artifacts.all(database.db)).slice(0, count);
      expect(some).toHaveLength(count);
      return countStatements(database, (db) =>
        artifacts.setExpiration(
          db,
          some.map(({ id }) => id),
          { delay: '5 days' },
          now,
        ),
      );
    };

    const one = await make(1);
    const little = await read({ workspaces: [workspace.name] });
    const setOne = await set(1);
    expect(await make(25)).toBe(one);
    for (let i = 0; i < 10; i++) await make(1);
    expect(await read({ workspaces: [workspace.name] })).toBe(little);
    expect(await set(10)).toBe(setOne);
  });
});
