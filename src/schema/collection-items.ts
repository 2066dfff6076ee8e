import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgTable, uniqueIndex } from 'drizzle-orm/pg-core';
import { choice, jsonb, primaryKey, reference, text, timestamp } from '../db/columns.ts';
import { artifacts } from './artifacts.ts';
import { collections } from './collections.ts';
import { users } from './users.ts';

/** What a collection item holds. */
export const childTypes = {
  b: 'Bare',
  a: 'Artifact',
  c: 'Collection',
} as const;

export type ChildType = keyof typeof childTypes;

/**
 * Items of collections; a removed item stays as history. The unique index for environments (expression,
 * `nulls not distinct`) is in the migration only, since Drizzle has no words for it.
 */
export const collectionItems = pgTable(
  'db_collectionitem',
  {
    id: primaryKey<'CollectionItem'>(),
    name: text('name', 255).notNull(),
    childType: choice<ChildType>('child_type', 1).notNull(),
    category: text('category', 255).notNull(),
    data: jsonb('data').notNull(),
    createdAt: timestamp('created_at').notNull(),
    removedAt: timestamp('removed_at'),
    artifactId: reference<'Artifact'>('artifact_id'),
    collectionId: reference<'Collection'>('collection_id'),
    createdByUserId: reference<'User'>('created_by_user_id').notNull(),
    parentCollectionId: reference<'Collection'>('parent_collection_id').notNull(),
    removedByUserId: reference<'User'>('removed_by_user_id'),
  },
  (t) => [
    foreignKey({
      name: 'db_collectionitem_artifact_id_0ab4fc62_fk_db_artifact_id',
      columns: [t.artifactId],
      foreignColumns: [artifacts.id],
    }),
    check(
      'db_collectionitem_childtype_removedat_consistent',
      sql`(artifact_id is null and child_type = 'b' and collection_id is null)
        or (child_type = 'a' and collection_id is null and (artifact_id is not null or removed_at is not null))
        or (artifact_id is null and child_type = 'c' and (collection_id is not null or removed_at is not null))`,
    ),
    foreignKey({
      name: 'db_collectionitem_collection_id_1913be22_fk_db_collection_id',
      columns: [t.collectionId],
      foreignColumns: [collections.id],
    }),
    foreignKey({
      name: 'db_collectionitem_created_by_user_id_ca724b1a_fk_db_user_id',
      columns: [t.createdByUserId],
      foreignColumns: [users.id],
    }),
    check(
      'db_collectionitem_distinct_parent_collection',
      sql`(NOT ((collection_id = parent_collection_id) AND (collection_id IS NOT NULL)))`,
    ),
    foreignKey({
      name: 'db_collectionitem_parent_collection_id_7b1febd7_fk_db_collec',
      columns: [t.parentCollectionId],
      foreignColumns: [collections.id],
    }),
    foreignKey({
      name: 'db_collectionitem_removed_by_user_id_beeadb57_fk_db_user_id',
      columns: [t.removedByUserId],
      foreignColumns: [users.id],
    }),
    index('db_collectionitem_artifact_id_0ab4fc62').on(t.artifactId),
    index('db_collectionitem_collection_id_1913be22').on(t.collectionId),
    index('db_collectionitem_created_by_user_id_ca724b1a').on(t.createdByUserId),
    index('db_collectionitem_parent_collection_id_7b1febd7').on(t.parentCollectionId),
    index('db_collectionitem_removed_by_user_id_beeadb57').on(t.removedByUserId),
    uniqueIndex('db_collectionitem_unique_active_name')
      .on(t.name, t.parentCollectionId)
      .where(sql`(removed_at IS NULL)`),
  ],
);

/** A row of `collectionItems`. */
export type CollectionItem = typeof collectionItems.$inferSelect;
