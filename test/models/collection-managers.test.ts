import { asc, eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { JsonObject } from '../../src/data/json.ts';
import type { Db } from '../../src/db/database.ts';
import { ArgumentError, ItemAdditionError, LookupError } from '../../src/errors.ts';
import * as collectionItems from '../../src/models/collection-items.ts';
import { managerFor } from '../../src/models/collection-managers/index.ts';
import * as collections from '../../src/models/collections.ts';
import type { Artifact } from '../../src/schema/artifacts.ts';
import { collectionItems as itemTable } from '../../src/schema/collection-items.ts';
import { mayBeRefused, readVectorFile, readVectors } from '../data/vectors.ts';
import { test } from '../support/database.ts';
import {
  aCollection,
  aFile,
  aFileInArtifact,
  anArtifact,
  anItem,
  aRelation,
  at,
  aUser,
  aWorkRequest,
  unique,
} from '../support/factories.ts';
import { begin, session, untilBlocked } from './sessions.ts';

const now = at('2024-06-01 12:00');
const later = at('2024-06-02 12:00');
const mainDevel = { component: 'main', section: 'devel' };

function sourcePackage(db: Db, name = 'hello', version = '1.0'): Promise<Artifact> {
  return anArtifact(db, { category: 'debian:source-package', data: { name, version } });
}

describe('adding an artifact', () => {
  interface Content {
    readonly collection_category: string;
    readonly artifact: {
      readonly category: string;
      readonly data: JsonObject;
      readonly files: readonly string[];
    };
    readonly variables: JsonObject | null;
    readonly name: string | null;
    readonly expected?: JsonObject;
    readonly error?: string;
  }

  test('makes the items that the known answers say, and refuses what they refuse', async ({ db }) => {
    const cases = readVectors<Content>('collection-item-add');
    const { id: userId } = await aUser(db);
    const answers = [];
    for (const { id, collection_category: category, artifact: described, variables, name } of cases) {
      const collection = await aCollection(db, { category });
      const artifact = await anArtifact(db, { category: described.category, data: described.data });
      for (const path of described.files) await aFileInArtifact(db, artifact, await aFile(db, path), path);
      const options = { userId, variables, name };
      const answer = await managerFor(collection)
        .addArtifact(db, artifact, options, now)
        .then(
          async (item) => ({
            expected: {
              name: item.name,
              category: item.category,
              child_type: item.childType,
              data: item.data,
              match_constraints: (await collections.itemMatchConstraints(db, collection.id)).map(
                ({ constraintName, key, value }) => ({ constraint_name: constraintName, key, value }),
              ),
            },
          }),
          (error: unknown) => {
            if (error instanceof ItemAdditionError) return { error: 'item-addition-error' };
            throw error;
          },
        );
      answers.push({ id, ...answer });
      // Every file name stands in one case after the other with the same bytes: one row each is enough.
      await db.execute('delete from db_fileinartifact; delete from db_file');
    }
    expect(answers).toHaveLength(20);
    expect(answers).toEqual(
      cases.map(({ id, expected, error }) => (error === undefined ? { id, expected } : { id, error })),
    );
  });

  test('records who added it, when, and the files by item', async ({ db }) => {
    const user = await aUser(db);
    const suite = await aCollection(db);
    const artifact = await sourcePackage(db);
    await aFileInArtifact(db, artifact, await aFile(db), 'hello.dsc');
    const options = { userId: user.id, variables: mainDevel };
    const item = await managerFor(suite).addArtifact(db, artifact, options, now);
    expect(item).toMatchObject({ createdByUserId: user.id, createdAt: now, removedAt: null });
    expect(item).toMatchObject({ artifactId: artifact.id, parentCollectionId: suite.id });
    const [constraint] = await collections.itemMatchConstraints(db, suite.id);
    expect(constraint?.collectionItemId).toBe(item.id);
  });

  test('refuses a name in use, and the open transaction goes on', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const internal = await aCollection(db, { category: 'debusine:workflow-internal' });
    const [first, second] = [await anArtifact(db), await anArtifact(db)];
    const manager = managerFor(internal);
    await manager.addArtifact(db, first, { userId, name: 'n' }, now);
    await expect(manager.addArtifact(db, second, { userId, name: 'n' }, now)).rejects.toSatisfy(
      (error) => error instanceof ItemAdditionError && error.code === 'exists',
    );
    expect(await collections.childArtifacts(db, internal.id)).toEqual([first]);
  });

  test('with replace removes the item of that name first', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const internal = await aCollection(db, { category: 'debusine:workflow-internal' });
    const [first, second] = [await anArtifact(db), await anArtifact(db)];
    const manager = managerFor(internal);
    const old = await manager.addArtifact(db, first, { userId, name: 'n' }, now);
    const again = await manager.addArtifact(db, first, { userId, name: 'other' }, now);
    const fresh = await manager.addArtifact(db, second, { userId, name: 'n', replace: true }, later);
    // Every item of the replaced artifact goes.
    expect(await collectionItems.listAll(db, internal.id)).toEqual([
      { ...old, removedAt: later, removedByUserId: userId },
      { ...again, removedAt: later, removedByUserId: userId },
      fresh,
    ]);
  });

  test('with replace and a refusal leaves the old item active', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const suite = await aCollection(db);
    const [first, second] = [await sourcePackage(db), await sourcePackage(db)];
    await aFileInArtifact(db, first, await aFile(db), 'hello.dsc');
    await aFileInArtifact(db, second, await aFile(db), 'hello.dsc');
    const manager = managerFor(suite);
    const old = await manager.addArtifact(db, first, { userId, variables: mainDevel }, now);
    const options = { userId, variables: mainDevel, replace: true };
    await expect(manager.addArtifact(db, second, options, later)).rejects.toThrow(/other contents/);
    expect(await collectionItems.listAll(db, suite.id)).toEqual([old]);
  });

  test('with other contents succeeds after removal only in a suite that may reuse versions', async ({
    db,
  }) => {
    const { id: userId } = await aUser(db);
    const outcomes = [];
    for (const data of [{}, { may_reuse_versions: true }]) {
      const manager = managerFor(await aCollection(db, { data }));
      const [first, second] = [await sourcePackage(db), await sourcePackage(db)];
      await aFileInArtifact(db, first, await aFile(db), 'hello.dsc');
      await aFileInArtifact(db, second, await aFile(db), 'hello.dsc');
      await manager.addArtifact(db, first, { userId, variables: mainDevel }, now);
      await manager.removeArtifact(db, first, { userId }, now);
      const adding = manager.addArtifact(db, second, { userId, variables: mainDevel }, later);
      outcomes.push(
        await adding.then(
          () => 'added',
          (error: unknown) => (error instanceof ItemAdditionError ? error.code : error),
        ),
      );
    }
    expect(outcomes).toEqual(['exists', 'added']);
  });

  test('refuses a name that does not fit', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const manager = managerFor(await aCollection(db, { category: 'debusine:workflow-internal' }));
    const adding = manager.addArtifact(db, await anArtifact(db), { userId, name: 'n'.repeat(256) }, now);
    await expect(adding).rejects.toBeInstanceOf(ItemAdditionError);
  });

  test('refuses collections, and collections of other categories than insisted on', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const suite = await aCollection(db);
    await expect(managerFor(suite).addCollection(db, suite, { userId }, now)).rejects.toBeInstanceOf(
      ItemAdditionError,
    );
    expect(() => managerFor(suite, 'debian:environments')).toThrow(ArgumentError);
    expect(() => managerFor({ ...suite, category: 'unheard-of' })).toThrow(LookupError);
  });

  test('loses to a session that replaces the same item at the same moment', async ({ database }) => {
    const { db } = database;
    const { id: userId } = await aUser(db);
    const internal = await aCollection(db, { category: 'debusine:workflow-internal' });
    const artifacts = [await anArtifact(db), await anArtifact(db), await anArtifact(db)] as const;
    const manager = managerFor(internal);
    const replacing = { userId, name: 'n', replace: true };
    await manager.addArtifact(db, artifacts[0], replacing, now);
    const first = await begin(database);
    await manager.addArtifact(first.tx, artifacts[1], replacing, later);
    const other = await session(database);
    const second = manager
      .addArtifact(other.db, artifacts[2], replacing, later)
      .catch((error: unknown) => error);
    await untilBlocked(database, other.pid);
    await first.commit();
    await expect(second).resolves.toBeInstanceOf(ItemAdditionError);
    const active = await collectionItems.listActive(db, internal.id);
    expect(active.map(({ artifactId }) => artifactId)).toEqual([artifacts[1].id]);
  });
});

describe('a lintian analysis', () => {
  const data = { summary: { package_filename: { hello: 'hello_1.0_amd64.deb' } } };

  test('is named after the one source package it leads to, on every way', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const source = await sourcePackage(db);
    const names = [];
    for (const way of ['direct', 'debian:binary-package', 'debian:binary-packages', 'debian:upload']) {
      const analysis = await anArtifact(db, { category: 'debian:lintian', data });
      if (way === 'direct') await aRelation(db, analysis, source, 'relates-to');
      else {
        const related = await anArtifact(db, { category: way });
        await aRelation(db, analysis, related, 'relates-to');
        const isUpload = way === 'debian:upload';
        const binary = isUpload ? await anArtifact(db, { category: 'debian:binary-package' }) : related;
        if (isUpload) await aRelation(db, related, binary, 'extends');
        await aRelation(db, binary, source, 'built-using');
      }
      const manager = managerFor(await aCollection(db, { category: 'debian:suite-lintian' }));
      names.push((await manager.addArtifact(db, analysis, { userId }, now)).name);
    }
    expect(names).toEqual(Array(4).fill('hello_1.0_amd64'));
  });

  test('is refused with no source package and with two', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const manager = managerFor(await aCollection(db, { category: 'debian:suite-lintian' }));
    const analysis = await anArtifact(db, { category: 'debian:lintian', data });
    const adding = () => manager.addArtifact(db, analysis, { userId }, now);
    await expect(adding()).rejects.toThrow(/exactly one source package/);
    await aRelation(db, analysis, await sourcePackage(db), 'relates-to');
    await aRelation(db, analysis, await sourcePackage(db, 'other'), 'relates-to');
    await expect(adding()).rejects.toThrow(/exactly one source package/);
  });
});

describe('removing', () => {
  test('marks the active items of the child and leaves others and older removals alone', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const suite = await aCollection(db);
    const [artifact, other] = [await anArtifact(db), await anArtifact(db)];
    const gone = await anItem(db, suite, artifact, { removedAt: now });
    const active = await anItem(db, suite, artifact);
    const kept = await anItem(db, suite, other);
    await managerFor(suite).removeArtifact(db, artifact, { userId }, later);
    expect(await collectionItems.listAll(db, suite.id)).toEqual([
      gone,
      { ...active, removedAt: later, removedByUserId: userId },
      kept,
    ]);
    const elsewhere = await anArtifact(db);
    await managerFor(suite).removeArtifact(db, elsewhere, {}, later);
    expect(await collectionItems.listActive(db, suite.id)).toEqual([kept]);
  });

  test('takes out a collection that was put in by other means', async ({ db }) => {
    const [suite, child] = [await aCollection(db), await aCollection(db)];
    const { id: createdByUserId } = await aUser(db);
    const given = { parentCollectionId: suite.id, name: 'child', data: {}, createdByUserId };
    await collectionItems.createFromCollection(db, child, given, now);
    await managerFor(suite).removeCollection(db, child, {}, later);
    expect(await collectionItems.listActive(db, suite.id)).toEqual([]);
  });
});

describe('a query', () => {
  interface Vectors {
    readonly collections: Readonly<
      Record<
        string,
        {
          readonly category: string;
          readonly items: readonly {
            readonly name: string;
            readonly category: string;
            readonly data: JsonObject;
            readonly added: number;
            readonly removed: boolean;
          }[];
        }
      >
    >;
    readonly cases: readonly {
      readonly id: number;
      readonly collection: string;
      readonly query: string;
      readonly expected?: string | null;
      readonly error?: string;
      readonly tags?: readonly string[];
    }[];
  }

  test('finds the items that the known answers say', async ({ db }) => {
    const { collections: described, cases } = readVectorFile<Vectors>('collection-lookups');
    const { id: createdByUserId } = await aUser(db);
    const answers = new Map<number, string | null>();
    for (const [key, { category, items }] of Object.entries(described)) {
      const collection = await aCollection(db, { category });
      for (const { name, category: kind, data, added, removed } of items) {
        const artifact = await anArtifact(db, { category: kind });
        const createdAt = at(`2024-05-01 10:${String(added).padStart(2, '0')}`);
        const removedAt = removed ? now : null;
        await anItem(db, collection, artifact, { name, data, createdAt, removedAt, createdByUserId });
      }
      const manager = managerFor(collection);
      for (const { id, query } of cases.filter((given) => given.collection === key)) {
        const answer = await manager.lookup(db, query).then(
          (item) => item?.name ?? null,
          (error: unknown) => {
            if (error instanceof LookupError) return 'lookup-error';
            throw error;
          },
        );
        answers.set(id, answer);
      }
    }
    expect(answers.size).toBe(84);
    const wrong = cases.filter((given) => {
      const answer = answers.get(given.id);
      if (answer === 'lookup-error' && mayBeRefused(given)) return false;
      return answer !== (given.error === undefined ? given.expected : 'lookup-error');
    });
    expect(wrong).toEqual([]);
  });

  test('passes over versions that cannot be compared while there is another', async ({ db }) => {
    const suite = await aCollection(db);
    for (const version of ['not a version', '1.0', '0.9']) {
      const artifact = await sourcePackage(db);
      await anItem(db, suite, artifact, { name: version, data: { package: 'hello', version } });
    }
    expect((await managerFor(suite).lookup(db, 'source:hello'))?.name).toBe('1.0');
  });
});

describe('items made without a manager', () => {
  test('copy the category of their child', async ({ db }) => {
    const { id: createdByUserId } = await aUser(db);
    const [parent, child, artifact] = [await aCollection(db), await aCollection(db), await anArtifact(db)];
    const given = { parentCollectionId: parent.id, data: { k: 'v' }, createdByUserId };
    const first = await collectionItems.createFromArtifact(db, artifact, { ...given, name: 'a' }, now);
    const second = await collectionItems.createFromCollection(db, child, { ...given, name: 'c' }, now);
    expect(first).toMatchObject({ childType: 'a', category: artifact.category, data: { k: 'v' } });
    expect(second).toMatchObject({ childType: 'c', category: child.category, collectionId: child.id });
    expect(await collections.childCollections(db, parent.id)).toEqual([child]);
    expect(await collections.parentCollections(db, child.id)).toEqual([parent]);
    expect(await collections.holdingItems(db, child.id)).toEqual([second]);
    expect(collectionItems.asText(first)).toContain(`artifact ${artifact.id}`);
  });

  test('may share a name with a removed item, not with an active one', async ({ db }) => {
    const { id: createdByUserId } = await aUser(db);
    const [parent, artifact] = [await aCollection(db), await anArtifact(db)];
    const given = { parentCollectionId: parent.id, name: 'n', data: {}, createdByUserId };
    await anItem(db, parent, artifact, { name: 'n', removedAt: now });
    await collectionItems.createFromArtifact(db, artifact, given, now);
    await expect(collectionItems.createFromArtifact(db, artifact, given, now)).rejects.toMatchObject({
      constraint: 'db_collectionitem_unique_active_name',
    });
    const names = db.select({ name: itemTable.name }).from(itemTable);
    expect(await names.where(eq(itemTable.parentCollectionId, parent.id)).orderBy(asc(itemTable.id))).toEqual(
      [{ name: 'n' }, { name: 'n' }],
    );
    // Removed ones and duplicates are included.
    expect(await collections.childArtifacts(db, parent.id)).toEqual([artifact, artifact]);
  });

  test('cannot hold the collection they are in', async ({ db }) => {
    const { id: createdByUserId } = await aUser(db);
    const parent = await aCollection(db);
    const given = { parentCollectionId: parent.id, name: 'self', data: {}, createdByUserId };
    await expect(collectionItems.createFromCollection(db, parent, given, now)).rejects.toMatchObject({
      constraint: 'db_collectionitem_distinct_parent_collection',
    });
  });

  test('are named by templates over the data of the artifact', async ({ db }) => {
    const artifact = await sourcePackage(db);
    const variables = { $p: 'name', suffix: 'x' };
    expect(collectionItems.expandName('{p}-{suffix}', variables, artifact)).toBe('hello-x');
  });
});

describe('a collection', () => {
  test('is found by name and category, and knows the work requests it belongs to', async ({ db }) => {
    const collection = await aCollection(db, { name: unique('suite') });
    const request = await aWorkRequest(db, { internalCollectionId: collection.id });
    expect(await collections.find(db, collection)).toEqual(collection);
    expect(await collections.find(db, { ...collection, category: 'other' })).toBeUndefined();
    expect(await collections.get(db, collection.id)).toEqual(collection);
    expect(await collections.workRequestSet(db, collection.id)).toEqual([request]);
    expect(collections.asText(collection)).toBe(`${collection.name}@debian:suite`);
  });
});
