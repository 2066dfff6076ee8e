import { foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { jsonb, primaryKey, reference, text, timestamp } from '../db/columns.ts';
import { users } from './users.ts';

/** People as external authorities know them; `userId` null means not bound to an account. */
export const identities = pgTable(
  'db_identity',
  {
    id: primaryKey<'Identity'>(),
    issuer: text('issuer', 512).notNull(),
    subject: text('subject', 512).notNull(),
    lastUsed: timestamp('last_used').notNull(),
    claims: jsonb('claims').notNull(),
    userId: reference<'User'>('user_id'),
  },
  (t) => [
    unique('db_identity_unique_issuer_subject').on(t.issuer, t.subject),
    foreignKey({
      name: 'db_identity_user_id_40c053d4_fk_db_user_id',
      columns: [t.userId],
      foreignColumns: [users.id],
    }),
    index('db_identity_user_id_40c053d4').on(t.userId),
  ],
);

/** A row of `identities`. */
export type Identity = typeof identities.$inferSelect;
