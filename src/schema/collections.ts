import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { interval, jsonb, primaryKey, reference, text } from '../db/columns.ts';
import { workspaces } from './workspaces.ts';

/** Named, categorised containers; unique by name and category in the whole installation. */
export const collections = pgTable(
  'db_collection',
  {
    id: primaryKey<'Collection'>(),
    name: text('name', 255).notNull(),
    category: text('category', 255).notNull(),
    fullHistoryRetentionPeriod: interval('full_history_retention_period'),
    metadataOnlyRetentionPeriod: interval('metadata_only_retention_period'),
    data: jsonb('data').notNull(),
    workspaceId: reference<'Workspace'>('workspace_id').notNull(),
  },
  (t) => [
    check('db_collection_category_not_empty', sql`(NOT ((category)::text = ''::text))`),
    check('db_collection_name_not_empty', sql`(NOT ((name)::text = ''::text))`),
    unique('db_collection_unique_name_category').on(t.name, t.category),
    foreignKey({
      name: 'db_collection_workspace_id_67b7a2be_fk_db_workspace_id',
      columns: [t.workspaceId],
      foreignColumns: [workspaces.id],
    }),
    index('db_collection_workspace_id_67b7a2be').on(t.workspaceId),
  ],
);

/** A row of `collections`. */
export type Collection = typeof collections.$inferSelect;
