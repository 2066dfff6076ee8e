import { index, pgTable, unique } from 'drizzle-orm/pg-core';
import { jsonb, primaryKey, text } from '../db/columns.ts';

/** Places where file contents are kept. */
export const fileStores = pgTable(
  'db_filestore',
  {
    id: primaryKey<'FileStore'>(),
    name: text('name', 255).notNull(),
    backend: text('backend', 255).notNull(),
    configuration: jsonb('configuration').notNull(),
  },
  (t) => [
    unique('db_filestore_name_key').on(t.name),
    index('db_filestore_name_a2976957_like').on(t.name.op('varchar_pattern_ops')),
  ],
);

/** A row of `fileStores`. */
export type FileStore = typeof fileStores.$inferSelect;
