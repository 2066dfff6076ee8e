import { foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { integerPrimaryKey, integerReference, primaryKey, text } from '../db/columns.ts';
import { permissions } from './permissions.ts';

/** Groups of users, from the original's framework. */
export const groups = pgTable(
  'auth_group',
  {
    id: integerPrimaryKey<'Group'>(),
    name: text('name', 150).notNull(),
  },
  (t) => [
    unique('auth_group_name_key').on(t.name),
    index('auth_group_name_a6ea08ec_like').on(t.name.op('varchar_pattern_ops')),
  ],
);

/** A row of `groups`. */
export type Group = typeof groups.$inferSelect;

/** Permissions of groups. */
export const groupPermissions = pgTable(
  'auth_group_permissions',
  {
    id: primaryKey<'GroupPermission'>(),
    groupId: integerReference<'Group'>('group_id').notNull(),
    permissionId: integerReference<'Permission'>('permission_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'auth_group_permissio_permission_id_84c5c92e_fk_auth_perm',
      columns: [t.permissionId],
      foreignColumns: [permissions.id],
    }),
    foreignKey({
      name: 'auth_group_permissions_group_id_b120cbf9_fk_auth_group_id',
      columns: [t.groupId],
      foreignColumns: [groups.id],
    }),
    unique('auth_group_permissions_group_id_permission_id_0cd325b0_uniq').on(t.groupId, t.permissionId),
    index('auth_group_permissions_group_id_b120cbf9').on(t.groupId),
    index('auth_group_permissions_permission_id_84c5c92e').on(t.permissionId),
  ],
);

/** A row of `groupPermissions`. */
export type GroupPermission = typeof groupPermissions.$inferSelect;
