/** Collections as rows; what their managers do is in collection-managers.test.ts. */
import { describe, expect } from 'vitest';
import type { Id } from '../../src/db/ids.ts';
import { transaction } from '../../src/db/transaction.ts';
import { DataError, LookupError, NotFoundError, ProtectedError } from '../../src/errors.ts';
import * as constraints from '../../src/models/collection-item-match-constraints.ts';
import * as collections from '../../src/models/collections.ts';
import { test } from '../support/database.ts';
import {
  aCollection,
  anArtifact,
  anItem,
  at,
  aUser,
  aWorkRequest,
  aWorkspace,
  unique,
} from '../support/factories.ts';
import { begin, session, untilBlocked } from './sessions.ts';

const when = at('2024-05-01 10:00');
const system = 1 as Id<'Workspace'>;

describe('rows', () => {
  test('create fills in empty data and no retention periods', async ({ db }) => {
    const name = unique('suite');
    const row = await collections.create(db, { name, category: 'debian:suite', workspaceId: system });
    expect(row).toEqual({
      id: row.id,
      name,
      category: 'debian:suite',
      workspaceId: system,
      data: {},
      fullHistoryRetentionPeriod: null,
      metadataOnlyRetentionPeriod: null,
    });
    expect(await collections.get(db, row.id)).toEqual(row);
  });

  test('create keeps every field', async ({ db }) => {
    const { id: workspaceId } = await aWorkspace(db);
    const given = {
      name: 'n'.repeat(255),
      category: 'c'.repeat(255),
      workspaceId,
      data: { may_reuse_versions: true },
      fullHistoryRetentionPeriod: '30 days',
      metadataOnlyRetentionPeriod: '1 day 12:00:00',
    };
    const row = await collections.create(db, given);
    expect(await collections.get(db, row.id)).toEqual({ id: row.id, ...given });
    expect(await collections.workspace(db, row)).toMatchObject({ id: workspaceId });
  });

  test('name and category have at most 255 characters', async ({ db }) => {
    const long = 'x'.repeat(256);
    const given = { name: 'n', category: 'c', workspaceId: system };
    await expect(collections.create(db, { ...given, name: long })).rejects.toThrow(DataError);
    await expect(collections.create(db, { ...given, category: long })).rejects.toThrow(DataError);
  });

  test('an empty name is refused by db_collection_name_not_empty, an empty category by db_collection_category_not_empty', async ({
    db,
  }) => {
    const given = { name: 'n', category: 'c', workspaceId: system };
    await expect(collections.create(db, { ...given, name: '' })).rejects.toMatchObject({
      constraint: 'db_collection_name_not_empty',
      kind: 'check',
    });
    await expect(collections.create(db, { ...given, category: '' })).rejects.toMatchObject({
      constraint: 'db_collection_category_not_empty',
      kind: 'check',
    });
  });

  test('name and category together are unique, also across workspaces', async ({ db }) => {
    const { id: elsewhere } = await aWorkspace(db);
    const given = { name: unique('n'), category: 'debian:suite', workspaceId: system };
    await collections.create(db, given);
    await collections.create(db, { ...given, category: 'debian:environments' });
    await expect(collections.create(db, { ...given, workspaceId: elsewhere })).rejects.toMatchObject({
      constraint: 'db_collection_unique_name_category',
      kind: 'unique',
    });
  });

  test('all gives every collection by id, and get refuses what is not there', async ({ db }) => {
    const rows = [await aCollection(db), await aCollection(db)];
    expect(await collections.all(db)).toEqual(rows);
    await expect(collections.get(db, 0 as Id<'Collection'>)).rejects.toThrow(NotFoundError);
  });
});

test('the manager is that of the category; an unknown category has none', async ({ db }) => {
  const suite = await aCollection(db, { category: 'debian:suite' });
  expect(collections.manager(suite)).toHaveProperty('addArtifact');
  expect(() => collections.manager({ ...suite, category: 'debian:nonsense' })).toThrow(LookupError);
});

describe('accessors', () => {
  test('count removed items, and a child as often as it is held, in the order of the items', async ({
    db,
  }) => {
    const [outer, inner] = [await aCollection(db), await aCollection(db)];
    const [one, two] = [await anArtifact(db), await anArtifact(db)];
    const holds = { childType: 'c' as const, artifactId: null, collectionId: inner.id };
    const items = [
      await anItem(db, outer, two, { removedAt: when }),
      await anItem(db, outer, one),
      await anItem(db, outer, two),
      await anItem(db, outer, one, { ...holds, removedAt: when }),
      await anItem(db, outer, one, holds),
    ];

    expect(await collections.childItems(db, outer.id)).toEqual(items);
    expect(await collections.childArtifacts(db, outer.id)).toEqual([two, one, two]);
    expect(await collections.childCollections(db, outer.id)).toEqual([inner, inner]);
    expect(await collections.holdingItems(db, inner.id)).toEqual(items.slice(3));
    expect(await collections.parentCollections(db, inner.id)).toEqual([outer, outer]);
    // Not symmetrical.
    expect(await collections.childCollections(db, inner.id)).toEqual([]);
    expect(await collections.parentCollections(db, outer.id)).toEqual([]);
    expect(await collections.holdingItems(db, outer.id)).toEqual([]);
  });

  test('workRequestSet gives the requests whose internal collection it is, by id', async ({ db }) => {
    const collection = await aCollection(db);
    const requests = [
      await aWorkRequest(db, { internalCollectionId: collection.id }),
      await aWorkRequest(db, { internalCollectionId: collection.id }),
    ];
    await aWorkRequest(db);
    expect(await collections.workRequestSet(db, collection.id)).toEqual(requests);
  });
});

describe('delete', () => {
  test('takes the match constraints of the collection along, and no others', async ({ db }) => {
    const [going, staying] = [await aCollection(db), await aCollection(db)];
    const given = { collectionItemId: 1 as Id<'CollectionItem'>, constraintName: 'n', key: 'k', value: 'v' };
    await constraints.create(db, { ...given, collectionId: going.id });
    const kept = await constraints.create(db, { ...given, collectionId: staying.id });

    await collections.delete(db, going.id);

    expect(await collections.all(db)).toEqual([staying]);
    expect(await constraints.all(db)).toEqual([kept]);
    await expect(collections.delete(db, going.id)).rejects.toThrow(NotFoundError);
  });

  test('is refused while it has items, is an item or belongs to a work request, and says so', async ({
    db,
  }) => {
    const [outer, inner] = [await aCollection(db), await aCollection(db)];
    const artifact = await anArtifact(db);
    await anItem(db, outer, artifact, {
      childType: 'c',
      artifactId: null,
      collectionId: inner.id,
      removedAt: when,
    });
    await aWorkRequest(db, { internalCollectionId: inner.id });

    await expect(collections.delete(db, outer.id)).rejects.toThrow(ProtectedError);
    await expect(collections.delete(db, inner.id)).rejects.toMatchObject({
      name: 'ProtectedError',
      details: { references: { 'collection items': 1, 'work requests': 1 } },
    });
    expect(await collections.all(db)).toEqual([outer, inner]);
  });

  test('makes an item that is added at that moment fail at its commit', async ({ database }) => {
    const { db } = database;
    const [collection, artifact, user] = [await aCollection(db), await anArtifact(db), await aUser(db)];
    const deleting = await begin(database);
    await collections.delete(deleting.tx, collection.id);
    const other = await session(database);
    const adding = transaction(other.db, (tx) =>
      anItem(tx, collection, artifact, { createdByUserId: user.id }),
    );
    // Looked for from now on: it may come before the other commit is answered.
    const refused = expect(adding).rejects.toMatchObject({ kind: 'foreign-key' });
    await untilBlocked(database, other.pid);
    await deleting.commit();
    await refused;
  });
});
