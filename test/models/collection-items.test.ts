/** Items of collections as rows. */
import { describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { inserted } from '../../src/db/rows.ts';
import { transaction } from '../../src/db/transaction.ts';
import { DataError, NotFoundError } from '../../src/errors.ts';
import * as items from '../../src/models/collection-items.ts';
import { collectionItems as table } from '../../src/schema/collection-items.ts';
import type { Collection } from '../../src/schema/collections.ts';
import { test } from '../support/database.ts';
import { aCollection, anArtifact, anItem, at, aUser, unique } from '../support/factories.ts';

const now = at('2024-06-01 12:00');

describe('kinds', () => {
  test('there are three, with labels; a kind that is not known is its own label', () => {
    expect(items.Types).toEqual({ BARE: 'b', ARTIFACT: 'a', COLLECTION: 'c' });
    expect(items.childTypes).toEqual({ b: 'Bare', a: 'Artifact', c: 'Collection' });
    expect(items.childTypeDisplay({ childType: 'b' })).toBe('Bare');
    expect(items.childTypeDisplay({ childType: 'a' })).toBe('Artifact');
    expect(items.childTypeDisplay({ childType: 'c' })).toBe('Collection');
    expect(items.childTypeDisplay({ childType: 'x' })).toBe('x');
    expect(items.childTypeDisplay({ childType: 'constructor' })).toBe('constructor');
  });
});

describe('rows', () => {
  test('an item that holds an artifact has its category, and is active from the instant given', async ({
    db,
  }) => {
    const [parent, artifact, user] = [await aCollection(db), await anArtifact(db), await aUser(db)];
    const given = {
      parentCollectionId: parent.id,
      name: 'n'.repeat(255),
      data: { k: ['v'] },
      createdByUserId: user.id,
    };
    const item = await items.createFromArtifact(db, artifact, given, now);
    expect(item).toEqual({
      id: item.id,
      ...given,
      childType: 'a',
      category: artifact.category,
      createdAt: now,
      removedAt: null,
      removedByUserId: null,
      artifactId: artifact.id,
      collectionId: null,
    });
    expect(await items.get(db, item.id)).toEqual(item);
    await expect(
      items.createFromArtifact(db, artifact, { ...given, name: 'n'.repeat(256) }, now),
    ).rejects.toThrow(DataError);
  });

  test('all gives every item by id, listActive those of a collection that are not removed', async ({
    db,
  }) => {
    const [parent, other, artifact] = [await aCollection(db), await aCollection(db), await anArtifact(db)];
    const rows = [
      await anItem(db, parent, artifact),
      await anItem(db, parent, artifact, { removedAt: now }),
      await anItem(db, other, artifact),
    ];
    expect(await items.all(db)).toEqual(rows);
    expect(await items.listAll(db, parent.id)).toEqual(rows.slice(0, 2));
    expect(await items.listActive(db, parent.id)).toEqual(rows.slice(0, 1));
    await expect(items.get(db, 0 as Id<'CollectionItem'>)).rejects.toThrow(NotFoundError);
  });

  test('delete removes the record of an item, once', async ({ db }) => {
    const item = await anItem(db, await aCollection(db), await anArtifact(db));
    expect(await items.delete(db, item.id)).toBe(true);
    expect(await items.delete(db, item.id)).toBe(false);
  });
});

test('accessors give the rows that the ids name, or null', async ({ db }) => {
  const [parent, held, artifact] = [await aCollection(db), await aCollection(db), await anArtifact(db)];
  const [adder, remover] = [await aUser(db), await aUser(db)];
  const one = await anItem(db, parent, artifact, { createdByUserId: adder.id });
  const two = await anItem(db, parent, artifact, {
    childType: 'c',
    artifactId: null,
    collectionId: held.id,
    removedAt: now,
    removedByUserId: remover.id,
  });

  expect(await items.parentCollection(db, one)).toEqual(parent);
  expect(await items.artifact(db, one)).toEqual(artifact);
  expect(await items.collection(db, one)).toBeNull();
  expect(await items.createdByUser(db, one)).toEqual(adder);
  expect(await items.removedByUser(db, one)).toBeNull();
  expect(await items.artifact(db, two)).toBeNull();
  expect(await items.collection(db, two)).toEqual(held);
  expect(await items.removedByUser(db, two)).toEqual(remover);
});

describe('the database', () => {
  /** Whether it takes an item with these of its columns filled. */
  async function takes(
    db: Db,
    childType: string,
    filled: { readonly artifact: boolean; readonly collection: boolean; readonly removed: boolean },
  ): Promise<boolean> {
    const parent = await aCollection(db);
    const given = {
      childType: childType as 'a',
      artifactId: filled.artifact ? (await anArtifact(db)).id : null,
      collectionId: filled.collection ? (await aCollection(db)).id : null,
      removedAt: filled.removed ? now : null,
    };
    const artifact = await anArtifact(db);
    return transaction(db, (tx) => anItem(tx, parent, artifact, given)).then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ constraint: 'db_collectionitem_childtype_removedat_consistent' });
        return false;
      },
    );
  }

  test('takes exactly the consistent combinations of kind, child and removal', async ({ db }) => {
    const taken = [];
    for (const kind of ['b', 'a', 'c', 'x']) {
      for (const artifact of [false, true]) {
        for (const collection of [false, true]) {
          for (const removed of [false, true]) {
            if (await takes(db, kind, { artifact, collection, removed })) {
              const parts = [kind, artifact && 'artifact', collection && 'collection', removed && 'removed'];
              taken.push(parts.filter(Boolean).join(' '));
            }
          }
        }
      }
    }
    expect(taken).toEqual([
      'b',
      'b removed',
      'a removed',
      'a artifact',
      'a artifact removed',
      'c removed',
      'c collection',
      'c collection removed',
    ]);
  });

  test('lets no item hold the collection that it is in, not even a removed one', async ({ db }) => {
    const [parent, artifact] = [await aCollection(db), await anArtifact(db)];
    const self = { childType: 'c' as const, artifactId: null, collectionId: parent.id };
    for (const removedAt of [null, now]) {
      await expect(
        transaction(db, (tx) => anItem(tx, parent, artifact, { ...self, removedAt })),
      ).rejects.toMatchObject({ constraint: 'db_collectionitem_distinct_parent_collection' });
    }
  });

  test('lets a longer loop of collections be', async ({ db }) => {
    const [one, two, artifact] = [await aCollection(db), await aCollection(db), await anArtifact(db)];
    const holds = (held: Collection) => ({
      childType: 'c' as const,
      artifactId: null,
      collectionId: held.id,
    });
    await anItem(db, one, artifact, holds(two));
    await anItem(db, two, artifact, holds(one));
    expect(await items.all(db)).toHaveLength(2);
  });

  test('has one active item of a name in a collection, whatever its kind', async ({ db }) => {
    const [parent, other, artifact] = [await aCollection(db), await aCollection(db), await anArtifact(db)];
    const name = unique('n');
    await anItem(db, parent, artifact, { name, removedAt: now });
    await anItem(db, parent, artifact, { name, removedAt: now });
    await anItem(db, other, artifact, { name });
    await anItem(db, parent, artifact, { name });
    await expect(
      transaction(db, (tx) => anItem(tx, parent, artifact, { name, childType: 'b', artifactId: null })),
    ).rejects.toMatchObject({ constraint: 'db_collectionitem_unique_active_name', kind: 'unique' });
  });

  test('has one active environment of codename, architecture and variant in a collection; missing ones are equal', async ({
    db,
  }) => {
    const [parent, other, artifact] = [await aCollection(db), await aCollection(db), await anArtifact(db)];
    const { id: createdByUserId } = await aUser(db);
    const environment = (
      data: Record<string, string>,
      given: { parent?: Collection; category?: string } = {},
    ) =>
      transaction(db, async (tx) =>
        inserted(
          await tx
            .insert(table)
            .values({
              name: unique('n'),
              childType: 'a',
              category: given.category ?? 'debian:environment',
              data,
              createdAt: now,
              artifactId: artifact.id,
              parentCollectionId: (given.parent ?? parent).id,
              createdByUserId,
            })
            .returning(),
        ),
      );
    const refused = { constraint: 'db_collectionitem_unique_debian_environment', kind: 'unique' };
    const whole = { codename: 'sid', architecture: 'amd64', variant: 'apt' };

    await environment(whole);
    await expect(environment({ ...whole, other: 'ignored' })).rejects.toMatchObject(refused);
    await environment({ codename: 'sid', architecture: 'amd64' });
    await expect(environment({ codename: 'sid', architecture: 'amd64' })).rejects.toMatchObject(refused);
    await environment({});
    await expect(environment({})).rejects.toMatchObject(refused);
    await environment({ ...whole, architecture: 'arm64' });
    await environment(whole, { parent: other });
    // The category that real items have is another one, and the index does not look at it.
    await environment(whole, { category: 'debian:system-tarball' });
    await environment(whole, { category: 'debian:system-tarball' });
  });
});
