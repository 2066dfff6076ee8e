/** What a collection does with its items, by its category. Source: models.md 3.16, data-schemas.md 6. */
import { eq } from 'drizzle-orm';
import { refuseCollection } from '../../data/collection-additions.ts';
import {
  type CollectionCategory,
  isCollectionCategory,
  parseItemQuery,
} from '../../data/collection-queries.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import { ArgumentError, LookupError } from '../../errors.ts';
import type { Artifact } from '../../schema/artifacts.ts';
import { type CollectionItem, collectionItems } from '../../schema/collection-items.ts';
import type { Collection } from '../../schema/collections.ts';
import type { Timestamp } from '../../timestamp.ts';
import { addArtifact, type AdditionOptions } from './add-artifact.ts';
import { findItem } from './find-item.ts';
import { type Removal, removeItems } from './remove-items.ts';

export type { AdditionOptions } from './add-artifact.ts';
export type { Removal } from './remove-items.ts';

/** The operations of one collection. */
export interface CollectionManager {
  readonly collection: Collection;
  readonly category: CollectionCategory;
  /**
   * Adds the artifact and gives its item. A refusal leaves no trace in an open transaction.
   * @throws ItemAdditionError if the collection or the database refuses it
   */
  addArtifact(db: Db, artifact: Artifact, options: AdditionOptions, at: Timestamp): Promise<CollectionItem>;
  /**
   * Adds a collection, which no category takes at this level.
   * @throws ItemAdditionError always
   */
  addCollection(db: Db, child: Collection, options: AdditionOptions, at: Timestamp): Promise<CollectionItem>;
  /** Removes every active item of the artifact; nothing happens if there is none. */
  removeArtifact(db: Db, artifact: Pick<Artifact, 'id'>, removal: Removal, at: Timestamp): Promise<void>;
  /** Removes every active item of the child collection; nothing happens if there is none. */
  removeCollection(db: Db, child: Pick<Collection, 'id'>, removal: Removal, at: Timestamp): Promise<void>;
  /**
   * The active item a query finds; null if there is none.
   * @throws LookupError `invalid-lookup` if the category does not know that form of query
   */
  lookup(db: Db, query: string): Promise<CollectionItem | null>;
}

/**
 * The manager of a collection.
 * @param insisted the category that the caller relies on
 * @throws LookupError `invalid-lookup` if no manager exists for the collection's category
 * @throws ArgumentError if the collection is of another category than the one insisted on
 */
export function managerFor(collection: Collection, insisted?: CollectionCategory): CollectionManager {
  const { category } = collection;
  const named = `${collection.name}@${category}`;
  if (insisted !== undefined && category !== insisted) {
    throw new ArgumentError(`${named} is not a ${insisted} collection`);
  }
  if (!isCollectionCategory(category)) {
    throw new LookupError('invalid-lookup', `collections of the category ${quote(category)} have no manager`);
  }
  return {
    collection,
    category,
    addArtifact: (db, artifact, options, at) => addArtifact(db, collection, category, artifact, options, at),
    addCollection: async () => {
      throw refuseCollection(category);
    },
    removeArtifact: (db, { id }, removal, at) =>
      removeItems(db, collection, eq(collectionItems.artifactId, id), removal, at),
    removeCollection: (db, { id }, removal, at) =>
      removeItems(db, collection, eq(collectionItems.collectionId, id), removal, at),
    lookup: async (db, query) => findItem(db, collection.id, parseItemQuery(category, query)),
  };
}
