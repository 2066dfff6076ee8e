import { pgTable } from 'drizzle-orm/pg-core';
import { primaryKey, text, timestamp } from '../db/columns.ts';

/** The original's migration history; the level of the schema is read from it. */
export const migrations = pgTable('django_migrations', {
  id: primaryKey<'Migration'>(),
  app: text('app', 255).notNull(),
  name: text('name', 255).notNull(),
  applied: timestamp('applied').notNull(),
});

/** A row of `migrations`. */
export type Migration = typeof migrations.$inferSelect;
