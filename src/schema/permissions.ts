import { foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { integerPrimaryKey, integerReference, text } from '../db/columns.ts';
import { contentTypes } from './content-types.ts';

/** Permissions, from the original's framework. */
export const permissions = pgTable(
  'auth_permission',
  {
    id: integerPrimaryKey<'Permission'>(),
    name: text('name', 255).notNull(),
    contentTypeId: integerReference<'ContentType'>('content_type_id').notNull(),
    codename: text('codename', 100).notNull(),
  },
  (t) => [
    foreignKey({
      name: 'auth_permission_content_type_id_2f476e4b_fk_django_co',
      columns: [t.contentTypeId],
      foreignColumns: [contentTypes.id],
    }),
    unique('auth_permission_content_type_id_codename_01ab375a_uniq').on(t.contentTypeId, t.codename),
    index('auth_permission_content_type_id_2f476e4b').on(t.contentTypeId),
  ],
);

/** A row of `permissions`. */
export type Permission = typeof permissions.$inferSelect;
