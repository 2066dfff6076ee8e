/** Named, categorised containers. Source: models.md 3.13. Each list of an accessor has its order stated. */
import { and, asc, eq, sql } from 'drizzle-orm';
import type { JsonObject } from '../data/json.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import {
  type CollectionItemMatchConstraint,
  collectionItemMatchConstraints,
} from '../schema/collection-item-match-constraints.ts';
import { type CollectionItem, collectionItems } from '../schema/collection-items.ts';
import { type Collection, collections } from '../schema/collections.ts';
import { type WorkRequest, workRequests } from '../schema/work-requests.ts';
import { type Workspace, workspaces } from '../schema/workspaces.ts';
import { refuseWhenReferredTo } from './references.ts';

export type { Collection } from '../schema/collections.ts';
export { managerFor as manager } from './collection-managers/index.ts';

/**
 * The collection of that id.
 * @throws NotFoundError if there is none
 */
export async function get(db: Db, id: Id<'Collection'>): Promise<Collection> {
  return one(await db.select().from(collections).where(eq(collections.id, id)), `collection ${id} not found`);
}

/** The collection of that name and category, which are unique together in the whole installation. */
export async function find(
  db: Db,
  { name, category }: Pick<Collection, 'name' | 'category'>,
): Promise<Collection | undefined> {
  const [row] = await db
    .select()
    .from(collections)
    .where(and(eq(collections.name, name), eq(collections.category, category)));
  return row;
}

/** All collections by id. Source: `Collection.objects`. */
export function all(db: Db): Promise<Collection[]> {
  return db.select().from(collections).orderBy(asc(collections.id));
}

/** What a new collection needs. */
export interface NewCollection {
  readonly name: string;
  /** Such as `debian:suite`; whether one of our managers knows it is not looked at. */
  readonly category: string;
  readonly workspaceId: Id<'Workspace'>;
  /** Settings of the collection as a whole; empty by default. */
  readonly data?: JsonObject | undefined;
  /** How long removed items keep their artifact, as PostgreSQL writes an interval; null, the default, is for ever. */
  readonly fullHistoryRetentionPeriod?: string | null | undefined;
  /** How long items stay after that; null, the default, is for ever. */
  readonly metadataOnlyRetentionPeriod?: string | null | undefined;
}

/**
 * Makes a collection.
 * @throws ConstraintError `db_collection_unique_name_category` when there is one of that name and category, in
 *   whatever workspace, `db_collection_name_not_empty` or `db_collection_category_not_empty` for an empty text;
 *   DataError for one that is too long
 */
export function create(db: Db, given: NewCollection): Promise<Collection> {
  const { data = {}, ...rest } = given;
  return transaction(db, async (tx) =>
    inserted(
      await tx
        .insert(collections)
        .values({ ...rest, data })
        .returning(),
    ),
  );
}

/**
 * Deletes a collection that nothing refers to, with its match constraints. Source: models.md 2.4.
 * @throws NotFoundError when it does not exist; ProtectedError while there are items in it or items that hold it,
 *   active or removed, or it is the internal collection of a work request; nothing changes then
 */
async function remove(db: Db, id: Id<'Collection'>): Promise<void> {
  await transaction(db, async (tx) => {
    // The race: an item is added while we look. What is committed after this lock fails at its own commit.
    const found = await tx
      .select({ id: collections.id })
      .from(collections)
      .where(eq(collections.id, id))
      .for('update');
    one(found, `collection ${id} not found`);
    await refuseWhenReferredTo(tx, `collection ${id}`, [
      {
        named: ['collection item', 'collection items'],
        rows: sql`select id from ${collectionItems} where ${id}::bigint in (parent_collection_id, collection_id)`,
      },
      {
        named: ['work request', 'work requests'],
        rows: sql`select id from ${workRequests} where internal_collection_id = ${id}::bigint`,
      },
    ]);
    await tx
      .delete(collectionItemMatchConstraints)
      .where(eq(collectionItemMatchConstraints.collectionId, id));
    await tx.delete(collections).where(eq(collections.id, id));
  });
}
export { remove as delete };

/** The workspace it lives in. Source: `Collection.workspace`. */
export async function workspace(
  db: Db,
  { workspaceId }: Pick<Collection, 'workspaceId'>,
): Promise<Workspace> {
  const rows = await db.select().from(workspaces).where(eq(workspaces.id, workspaceId));
  return one(rows, `workspace ${workspaceId} not found`);
}

/** Items inside it, removed ones included, by id. Source: `Collection.child_items`. */
export function childItems(db: Db, id: Id<'Collection'>): Promise<CollectionItem[]> {
  return db
    .select()
    .from(collectionItems)
    .where(eq(collectionItems.parentCollectionId, id))
    .orderBy(asc(collectionItems.id));
}

/** Items of other collections that hold it, by id. Source: `Collection.collection_items`. */
export function holdingItems(db: Db, id: Id<'Collection'>): Promise<CollectionItem[]> {
  return db
    .select()
    .from(collectionItems)
    .where(eq(collectionItems.collectionId, id))
    .orderBy(asc(collectionItems.id));
}

/**
 * Artifacts of its items, removed items included, one for each item, by item.
 * Source: `Collection.child_artifacts`.
 */
export async function childArtifacts(db: Db, id: Id<'Collection'>): Promise<readonly Artifact[]> {
  const rows = await db
    .select({ artifact: artifacts })
    .from(collectionItems)
    .innerJoin(artifacts, eq(artifacts.id, collectionItems.artifactId))
    .where(eq(collectionItems.parentCollectionId, id))
    .orderBy(asc(collectionItems.id));
  return rows.map(({ artifact }) => artifact);
}

/**
 * Collections that its items hold, removed items included, one for each item, by item.
 * Source: `Collection.child_collections`.
 */
export async function childCollections(db: Db, id: Id<'Collection'>): Promise<readonly Collection[]> {
  const rows = await db
    .select({ collection: collections })
    .from(collectionItems)
    .innerJoin(collections, eq(collections.id, collectionItems.collectionId))
    .where(eq(collectionItems.parentCollectionId, id))
    .orderBy(asc(collectionItems.id));
  return rows.map(({ collection }) => collection);
}

/** Collections with an item that holds it, one for each item, by item. Source: `Collection.parent_collections`. */
export async function parentCollections(db: Db, id: Id<'Collection'>): Promise<readonly Collection[]> {
  const rows = await db
    .select({ collection: collections })
    .from(collectionItems)
    .innerJoin(collections, eq(collections.id, collectionItems.parentCollectionId))
    .where(eq(collectionItems.collectionId, id))
    .orderBy(asc(collectionItems.id));
  return rows.map(({ collection }) => collection);
}

/** What must stay the same inside it, by id. Source: `Collection.item_match_constraints`. */
export function itemMatchConstraints(db: Db, id: Id<'Collection'>): Promise<CollectionItemMatchConstraint[]> {
  return db
    .select()
    .from(collectionItemMatchConstraints)
    .where(eq(collectionItemMatchConstraints.collectionId, id))
    .orderBy(asc(collectionItemMatchConstraints.id));
}

/** Work requests whose internal collection it is, by id; normally one. Source: `Collection.workrequest_set`. */
export function workRequestSet(db: Db, id: Id<'Collection'>): Promise<WorkRequest[]> {
  return db
    .select()
    .from(workRequests)
    .where(eq(workRequests.internalCollectionId, id))
    .orderBy(asc(workRequests.id));
}

/** Text form: `NAME@CATEGORY`, which is also how a lookup names it. */
export function asText({ name, category }: Collection): string {
  return `${name}@${category}`;
}
