/** What must stay the same inside a collection. */
import { describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { DataError, NotFoundError } from '../../src/errors.ts';
import * as constraints from '../../src/models/collection-item-match-constraints.ts';
import * as collectionItems from '../../src/models/collection-items.ts';
import * as collections from '../../src/models/collections.ts';
import { test } from '../support/database.ts';
import { aCollection, anArtifact, anItem } from '../support/factories.ts';

async function aConstraint(db: Db, given: Partial<constraints.CollectionItemMatchConstraint> = {}) {
  return constraints.create(db, {
    collectionId: given.collectionId ?? (await aCollection(db)).id,
    collectionItemId: 7 as Id<'CollectionItem'>,
    constraintName: 'pool-file',
    key: 'pool/main/h/hello/hello_1.0.dsc',
    value: 'sha256:00',
    ...given,
  });
}

describe('rows', () => {
  test('create keeps every field, get and all give the row, collection what it holds in', async ({ db }) => {
    const collection = await aCollection(db);
    const row = await aConstraint(db, { collectionId: collection.id });

    expect(row).toEqual({
      id: row.id,
      collectionId: collection.id,
      collectionItemId: 7,
      constraintName: 'pool-file',
      key: 'pool/main/h/hello/hello_1.0.dsc',
      value: 'sha256:00',
    });
    const second = await aConstraint(db);
    expect(await constraints.get(db, row.id)).toEqual(row);
    expect(await constraints.all(db)).toEqual([row, second]);
    expect(await constraints.collection(db, row)).toEqual(collection);
    expect(await collections.itemMatchConstraints(db, collection.id)).toEqual([row]);
  });

  test('a name has at most 255 characters; key and value have no limit', async ({ db }) => {
    const long = 'ü'.repeat(255);
    const text = 'x'.repeat(2000);
    expect(await aConstraint(db, { constraintName: long, key: text, value: text })).toMatchObject({
      constraintName: long,
      key: text,
    });
    await expect(aConstraint(db, { constraintName: `${long}x` })).rejects.toThrow(DataError);
  });

  test('delete takes one away, once', async ({ db }) => {
    const row = await aConstraint(db);
    expect(await constraints.delete(db, row.id)).toBe(true);
    expect(await constraints.delete(db, row.id)).toBe(false);
    await expect(constraints.get(db, row.id)).rejects.toThrow(NotFoundError);
  });
});

describe('the same key of the same name in the same collection', () => {
  test('may have the same value again', async ({ db }) => {
    const { id: collectionId } = await aCollection(db);
    await aConstraint(db, { collectionId });
    await aConstraint(db, { collectionId });
    await aConstraint(db, { collectionId, collectionItemId: 8 as Id<'CollectionItem'> });
    expect(await constraints.all(db)).toHaveLength(3);
  });

  test('may not have another value, for the same item or another, and the transaction goes on', async ({
    db,
  }) => {
    const { id: collectionId } = await aCollection(db);
    await aConstraint(db, { collectionId });
    for (const other of [7, 8]) {
      const collectionItemId = other as Id<'CollectionItem'>;
      await expect(
        aConstraint(db, { collectionId, collectionItemId, value: 'sha256:01' }),
      ).rejects.toMatchObject({
        constraint: 'db_collectionitemmatchconstraint_match_value',
        kind: 'exclusion',
      });
    }
    expect(await constraints.all(db)).toHaveLength(1);
  });
});

test('another key, name or collection is free to have another value', async ({ db }) => {
  const { id: collectionId } = await aCollection(db);
  await aConstraint(db, { collectionId });
  await aConstraint(db, { collectionId, key: 'other', value: 'sha256:01' });
  await aConstraint(db, { collectionId, constraintName: 'other', value: 'sha256:02' });
  await aConstraint(db, { value: 'sha256:03' });
  expect(await constraints.all(db)).toHaveLength(4);
});

test('rows name an item by its number only: they outlive it, and need none', async ({ db }) => {
  const collection = await aCollection(db);
  const item = await anItem(db, collection, await anArtifact(db));
  const row = await aConstraint(db, { collectionId: collection.id, collectionItemId: item.id });

  expect(await collectionItems.delete(db, item.id)).toBe(true);
  expect(await constraints.get(db, row.id)).toEqual(row);
});
