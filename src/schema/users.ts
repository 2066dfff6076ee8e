import { boolean, foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { integerReference, primaryKey, reference, text, timestamp } from '../db/columns.ts';
import { groups } from './groups.ts';
import { permissions } from './permissions.ts';

/** Accounts. */
export const users = pgTable(
  'db_user',
  {
    id: primaryKey<'User'>(),
    password: text('password', 128).notNull(),
    lastLogin: timestamp('last_login'),
    isSuperuser: boolean('is_superuser').notNull(),
    username: text('username', 150).notNull(),
    firstName: text('first_name', 150).notNull(),
    lastName: text('last_name', 150).notNull(),
    isStaff: boolean('is_staff').notNull(),
    isActive: boolean('is_active').notNull(),
    dateJoined: timestamp('date_joined').notNull(),
    email: text('email', 254).notNull(),
  },
  (t) => [
    unique('db_user_email_key').on(t.email),
    unique('db_user_username_key').on(t.username),
    index('db_user_email_969e4597_like').on(t.email.op('varchar_pattern_ops')),
    index('db_user_username_5a1aa6ff_like').on(t.username.op('varchar_pattern_ops')),
  ],
);

/** A row of `users`. */
export type User = typeof users.$inferSelect;

/** Membership of users in groups. */
export const userGroups = pgTable(
  'db_user_groups',
  {
    id: primaryKey<'UserGroup'>(),
    userId: reference<'User'>('user_id').notNull(),
    groupId: integerReference<'Group'>('group_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_user_groups_group_id_b432fca5_fk_auth_group_id',
      columns: [t.groupId],
      foreignColumns: [groups.id],
    }),
    foreignKey({
      name: 'db_user_groups_user_id_6ae08316_fk_db_user_id',
      columns: [t.userId],
      foreignColumns: [users.id],
    }),
    unique('db_user_groups_user_id_group_id_4e607823_uniq').on(t.userId, t.groupId),
    index('db_user_groups_group_id_b432fca5').on(t.groupId),
    index('db_user_groups_user_id_6ae08316').on(t.userId),
  ],
);

/** A row of `userGroups`. */
export type UserGroup = typeof userGroups.$inferSelect;

/** Permissions given to users directly. */
export const userPermissions = pgTable(
  'db_user_user_permissions',
  {
    id: primaryKey<'UserPermission'>(),
    userId: reference<'User'>('user_id').notNull(),
    permissionId: integerReference<'Permission'>('permission_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_user_user_permiss_permission_id_f4793bd3_fk_auth_perm',
      columns: [t.permissionId],
      foreignColumns: [permissions.id],
    }),
    foreignKey({
      name: 'db_user_user_permissions_user_id_ca919cec_fk_db_user_id',
      columns: [t.userId],
      foreignColumns: [users.id],
    }),
    unique('db_user_user_permissions_user_id_permission_id_ff552965_uniq').on(t.userId, t.permissionId),
    index('db_user_user_permissions_permission_id_f4793bd3').on(t.permissionId),
    index('db_user_user_permissions_user_id_ca919cec').on(t.userId),
  ],
);

/** A row of `userPermissions`. */
export type UserPermission = typeof userPermissions.$inferSelect;
