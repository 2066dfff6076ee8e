import { index, pgTable, unique } from 'drizzle-orm/pg-core';
import { jsonb, primaryKey, text } from '../db/columns.ts';

/** Where messages about work requests go. */
export const notificationChannels = pgTable(
  'db_notificationchannel',
  {
    id: primaryKey<'NotificationChannel'>(),
    name: text('name', 20).notNull(),
    method: text('method', 10).notNull(),
    data: jsonb('data').notNull(),
  },
  (t) => [
    unique('db_notificationchannel_name_key').on(t.name),
    index('db_notificationchannel_name_7a3b6146_like').on(t.name.op('varchar_pattern_ops')),
  ],
);

/** A row of `notificationChannels`. */
export type NotificationChannel = typeof notificationChannels.$inferSelect;
