/** Groups of users, from the original's framework. Source: models.md 3.1 and 3.22. */
import { and, asc, eq } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { type Group, groupPermissions, groups } from '../schema/groups.ts';
import { type Permission, permissions } from '../schema/permissions.ts';
import { type User, userGroups, users } from '../schema/users.ts';

export type { Group } from '../schema/groups.ts';

/** @throws ConstraintError `auth_group_name_key` when the name is taken */
export function create(db: Db, name: string): Promise<Group> {
  return transaction(db, async (tx) => inserted(await tx.insert(groups).values({ name }).returning()));
}

/** The group of exactly that name. @throws NotFoundError */
export async function getByName(db: Db, name: string): Promise<Group> {
  return one(await db.select().from(groups).where(eq(groups.name, name)), `group ${quote(name)} not found`);
}

/** All groups, by name. */
export function all(db: Db): Promise<Group[]> {
  return db.select().from(groups).orderBy(asc(groups.name));
}

/** Its members, by name. */
export async function userSet(db: Db, id: Id<'Group'>): Promise<readonly User[]> {
  const rows = await db
    .select({ user: users })
    .from(users)
    .innerJoin(userGroups, eq(userGroups.userId, users.id))
    .where(eq(userGroups.groupId, id))
    .orderBy(asc(users.username));
  return rows.map(({ user }) => user);
}

/** Permissions every member has, by id. */
export async function permissionsOf(db: Db, id: Id<'Group'>): Promise<readonly Permission[]> {
  const rows = await db
    .select({ permission: permissions })
    .from(permissions)
    .innerJoin(groupPermissions, eq(groupPermissions.permissionId, permissions.id))
    .where(eq(groupPermissions.groupId, id))
    .orderBy(asc(permissions.id));
  return rows.map(({ permission }) => permission);
}

/** Gives a permission to all members; nothing happens when the group has it. */
export async function addPermission(
  db: Db,
  groupId: Id<'Group'>,
  permissionId: Id<'Permission'>,
): Promise<void> {
  await db.insert(groupPermissions).values({ groupId, permissionId }).onConflictDoNothing();
}

/** Takes a permission away; nothing happens when the group does not have it. */
export async function removePermission(
  db: Db,
  groupId: Id<'Group'>,
  permissionId: Id<'Permission'>,
): Promise<void> {
  await db
    .delete(groupPermissions)
    .where(and(eq(groupPermissions.groupId, groupId), eq(groupPermissions.permissionId, permissionId)));
}

/**
 * Deletes a group with its memberships and permissions; users and permissions stay.
 *
 * Source: models.md 2.4.
 * @throws NotFoundError when there is no such group
 */
export function remove(db: Db, id: Id<'Group'>): Promise<void> {
  return transaction(db, async (tx) => {
    // Whoever makes somebody a member now waits for this lock at the commit, and is refused there.
    one(await tx.select().from(groups).where(eq(groups.id, id)).for('update'), `group ${id} not found`);
    await tx.delete(userGroups).where(eq(userGroups.groupId, id));
    await tx.delete(groupPermissions).where(eq(groupPermissions.groupId, id));
    await tx.delete(groups).where(eq(groups.id, id));
  });
}
