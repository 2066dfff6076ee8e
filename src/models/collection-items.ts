/** What collections hold, and held. Source: models.md 3.14. */
import { and, asc, eq, isNull, type SQL } from 'drizzle-orm';
import * as expansion from '../data/expand-name.ts';
import type { JsonObject } from '../data/json.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import {
  type ChildType,
  childTypes,
  type CollectionItem,
  collectionItems,
} from '../schema/collection-items.ts';
import { type Collection, collections } from '../schema/collections.ts';
import { type User, users } from '../schema/users.ts';
import type { Timestamp } from '../timestamp.ts';

export { type ChildType, childTypes, type CollectionItem } from '../schema/collection-items.ts';

/** The kinds by the names the original uses for them. Source: `CollectionItem.Types`. */
export const Types = {
  BARE: 'b',
  ARTIFACT: 'a',
  COLLECTION: 'c',
} as const satisfies Record<string, ChildType>;

/** Everything a new item needs besides its child. */
export interface NewItem {
  readonly parentCollectionId: Id<'Collection'>;
  readonly name: string;
  readonly data: JsonObject;
  readonly createdByUserId: Id<'User'>;
}

/** The condition that an item is active. Source: `CollectionItemActiveManager.get_queryset`. */
export const isActive: SQL = isNull(collectionItems.removedAt);

/**
 * The item of that id, active or removed.
 * @throws NotFoundError if there is none
 */
export async function get(db: Db, id: Id<'CollectionItem'>): Promise<CollectionItem> {
  const rows = await db.select().from(collectionItems).where(eq(collectionItems.id, id));
  return one(rows, `collection item ${id} not found`);
}

/** All items of all collections, removed ones included, by id. Source: `CollectionItem.objects`. */
export function all(db: Db): Promise<CollectionItem[]> {
  return db.select().from(collectionItems).orderBy(asc(collectionItems.id));
}

/** Label of an item's kind; a kind that is not known is its own label. Source: `get_child_type_display`. */
export function childTypeDisplay({ childType }: { readonly childType: string }): string {
  return Object.hasOwn(childTypes, childType) ? childTypes[childType as ChildType] : childType;
}

/** The collection that the item is in. Source: `CollectionItem.parent_collection`. */
export async function parentCollection(db: Db, { parentCollectionId }: CollectionItem): Promise<Collection> {
  const rows = await db.select().from(collections).where(eq(collections.id, parentCollectionId));
  return one(rows, `collection ${parentCollectionId} not found`);
}

/** The artifact that it holds; null for other kinds, and when a removed item let go. Source: `CollectionItem.artifact`. */
export async function artifact(db: Db, { artifactId }: CollectionItem): Promise<Artifact | null> {
  if (artifactId === null) return null;
  const rows = await db.select().from(artifacts).where(eq(artifacts.id, artifactId));
  return one(rows, `artifact ${artifactId} not found`);
}

/** The collection that it holds; null as for {@link artifact}. Source: `CollectionItem.collection`. */
export async function collection(db: Db, { collectionId }: CollectionItem): Promise<Collection | null> {
  if (collectionId === null) return null;
  const rows = await db.select().from(collections).where(eq(collections.id, collectionId));
  return one(rows, `collection ${collectionId} not found`);
}

/** Who added it. Source: `CollectionItem.created_by_user`. */
export async function createdByUser(db: Db, { createdByUserId }: CollectionItem): Promise<User> {
  const rows = await db.select().from(users).where(eq(users.id, createdByUserId));
  return one(rows, `user ${createdByUserId} not found`);
}

/** Who removed it; null while it is active, or when nobody is recorded. Source: `CollectionItem.removed_by_user`. */
export async function removedByUser(db: Db, { removedByUserId }: CollectionItem): Promise<User | null> {
  if (removedByUserId === null) return null;
  const rows = await db.select().from(users).where(eq(users.id, removedByUserId));
  return one(rows, `user ${removedByUserId} not found`);
}

/** All items of a collection, removed ones included, by id. */
export function listAll(db: Db, parent: Id<'Collection'>): Promise<CollectionItem[]> {
  return db
    .select()
    .from(collectionItems)
    .where(eq(collectionItems.parentCollectionId, parent))
    .orderBy(asc(collectionItems.id));
}

/** The active items of a collection, by id. Source: `CollectionItem.active_objects`. */
export function listActive(db: Db, parent: Id<'Collection'>): Promise<CollectionItem[]> {
  return db
    .select()
    .from(collectionItems)
    .where(and(eq(collectionItems.parentCollectionId, parent), isActive))
    .orderBy(asc(collectionItems.id));
}

/**
 * Inserts an item that holds an artifact. What the parent's category allows is not looked at, nor workspaces.
 * @throws ConstraintError if the parent has an active item of that name
 * @throws DataError if the name is too long
 */
export function createFromArtifact(
  db: Db,
  artifact: Pick<Artifact, 'id' | 'category'>,
  given: NewItem,
  at: Timestamp,
): Promise<CollectionItem> {
  return insert(
    db,
    { childType: Types.ARTIFACT, category: artifact.category, artifactId: artifact.id },
    given,
    at,
  );
}

/**
 * Inserts an item that holds a collection, as {@link createFromArtifact} does.
 * @throws ConstraintError if the parent has an active item of that name, or is the collection itself
 * @throws DataError if the name is too long
 */
export function createFromCollection(
  db: Db,
  collection: Pick<Collection, 'id' | 'category'>,
  given: NewItem,
  at: Timestamp,
): Promise<CollectionItem> {
  const child = { childType: Types.COLLECTION, category: collection.category, collectionId: collection.id };
  return insert(db, child, given, at);
}

/**
 * Deletes the record of an item for good, which is not how items are taken out of a collection: its history is lost.
 * Nothing refers to an item; match constraints that were made for it stay.
 * @returns false when it was gone already
 */
async function remove(db: Db, id: Id<'CollectionItem'>): Promise<boolean> {
  const gone = await db
    .delete(collectionItems)
    .where(eq(collectionItems.id, id))
    .returning({ id: collectionItems.id });
  return gone.length > 0;
}
export { remove as delete };

type Child = Pick<CollectionItem, 'childType' | 'category'> &
  Partial<Pick<CollectionItem, 'artifactId' | 'collectionId'>>;

/** In a savepoint, so that a caller can catch the refusal and go on. */
function insert(db: Db, child: Child, given: NewItem, at: Timestamp): Promise<CollectionItem> {
  const { parentCollectionId, name, data, createdByUserId } = given;
  const row = { ...child, parentCollectionId, name, data, createdByUserId, createdAt: at };
  return transaction(db, async (tx) => inserted(await tx.insert(collectionItems).values(row).returning()));
}

/**
 * The name that a template gives for an artifact, with `$` variables read from the artifact's data.
 * @throws ArgumentError for bad templates, paths and variables, as told in models.md 3.14
 */
export function expandName(
  template: string,
  variables: JsonObject,
  artifact: Pick<Artifact, 'data'>,
): string {
  return expansion.expandName(template, expansion.expandVariables(variables, artifact.data));
}

/** Text form: id, name, parent, kind and what it holds. Source: models.md 3.14. */
export function asText({
  id,
  name,
  parentCollectionId,
  childType,
  artifactId,
  collectionId,
}: CollectionItem): string {
  const held =
    childType === Types.ARTIFACT
      ? `, artifact ${artifactId ?? 'gone'}`
      : childType === Types.COLLECTION
        ? `, collection ${collectionId ?? 'gone'}`
        : '';
  return `item ${id} ${name} in collection ${parentCollectionId}, type ${childType}${held}`;
}
