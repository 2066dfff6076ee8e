import { sql } from 'drizzle-orm';
import { boolean, check, foreignKey, index, integer, pgTable, unique } from 'drizzle-orm/pg-core';
import { jsonb, primaryKey, reference, text, timestamp } from '../db/columns.ts';
import { tokens } from './tokens.ts';

/** Machines that execute work requests, and the server's own queue (`internal`). */
export const workers = pgTable(
  'db_worker',
  {
    id: primaryKey<'Worker'>(),
    name: text('name', 50).notNull(),
    registeredAt: timestamp('registered_at').notNull(),
    connectedAt: timestamp('connected_at'),
    staticMetadata: jsonb('static_metadata').notNull(),
    dynamicMetadata: jsonb('dynamic_metadata').notNull(),
    dynamicMetadataUpdatedAt: timestamp('dynamic_metadata_updated_at'),
    concurrency: integer('concurrency').notNull(),
    internal: boolean('internal').notNull(),
    tokenId: reference<'Token'>('token_id'),
  },
  (t) => [
    check('db_worker_concurrency_check', sql`(concurrency >= 0)`),
    check('db_worker_internal_or_token', sql`(internal OR (token_id IS NOT NULL))`),
    unique('db_worker_name_key').on(t.name),
    foreignKey({
      name: 'db_worker_token_id_41bc93dc_fk_db_token_id',
      columns: [t.tokenId],
      foreignColumns: [tokens.id],
    }),
    unique('db_worker_token_id_key').on(t.tokenId),
    index('db_worker_name_1feeaa43_like').on(t.name.op('varchar_pattern_ops')),
  ],
);

/** A row of `workers`. */
export type Worker = typeof workers.$inferSelect;
