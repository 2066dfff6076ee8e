import { pgTable, unique } from 'drizzle-orm/pg-core';
import { integerPrimaryKey, text } from '../db/columns.ts';

/** Names of the models, from the original's framework. */
export const contentTypes = pgTable(
  'django_content_type',
  {
    id: integerPrimaryKey<'ContentType'>(),
    appLabel: text('app_label', 100).notNull(),
    model: text('model', 100).notNull(),
  },
  (t) => [unique('django_content_type_app_label_model_76bd3d3b_uniq').on(t.appLabel, t.model)],
);

/** A row of `contentTypes`. */
export type ContentType = typeof contentTypes.$inferSelect;
