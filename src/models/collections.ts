/** Named, categorised containers. Source: models.md 3.13. Each list of an accessor has its order stated. */
import { and, asc, eq } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { one } from '../db/rows.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import {
  type CollectionItemMatchConstraint,
  collectionItemMatchConstraints,
} from '../schema/collection-item-match-constraints.ts';
import { type CollectionItem, collectionItems } from '../schema/collection-items.ts';
import { type Collection, collections } from '../schema/collections.ts';
import { type WorkRequest, workRequests } from '../schema/work-requests.ts';

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
