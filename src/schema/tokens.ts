import { boolean, foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { primaryKey, reference, text, timestamp } from '../db/columns.ts';
import { users } from './users.ts';

/** Keys for the API; only the SHA-256 of a key is stored. */
export const tokens = pgTable(
  'db_token',
  {
    id: primaryKey<'Token'>(),
    comment: text('comment', 100).notNull(),
    createdAt: timestamp('created_at').notNull(),
    enabled: boolean('enabled').notNull(),
    hash: text('hash', 64).notNull(),
    userId: reference<'User'>('user_id'),
  },
  (t) => [
    unique('db_token_hash_3fabc04a_uniq').on(t.hash),
    foreignKey({
      name: 'db_token_user_id_b2190254_fk_db_user_id',
      columns: [t.userId],
      foreignColumns: [users.id],
    }),
    index('db_token_hash_3fabc04a_like').on(t.hash.op('varchar_pattern_ops')),
    index('db_token_user_id_b2190254').on(t.userId),
  ],
);

/** A row of `tokens`. */
export type Token = typeof tokens.$inferSelect;
