/** What users may do. Source: models.md 3.1. */
import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import type { Group } from '../../schema/groups.ts';
import { groups } from '../../schema/groups.ts';
import { type Permission, permissions } from '../../schema/permissions.ts';
import { userGroups, userPermissions as links } from '../../schema/users.ts';

/** Permissions the user has: none when inactive, all of an active superuser, else its own and those of its groups. */
const granted = (id: Id<'User'>) => sql`
  select c.app_label || '.' || p.codename as name
  from db_user u
  join auth_permission p on u.is_superuser
    or p.id in (select permission_id from db_user_user_permissions where user_id = u.id)
    or p.id in (
      select gp.permission_id
      from db_user_groups ug
      join auth_group_permissions gp on gp.group_id = ug.group_id
      where ug.user_id = u.id
    )
  join django_content_type c on c.id = p.content_type_id
  where u.id = ${id}::bigint and u.is_active`;

/**
 * Whether the user has a permission, written `<app_label>.<codename>`: `db.manage_workrequest_priorities`. An active
 * superuser has every one, also such as nobody declared.
 * @throws NotFoundError when there is no such user
 */
export async function hasPermission(db: Db, id: Id<'User'>, permission: string): Promise<boolean> {
  const rows = await db.execute<{ allowed: boolean }>(sql`
    select u.is_active and (u.is_superuser or ${permission}::text in (${granted(id)})) as allowed
    from db_user u
    where u.id = ${id}::bigint`);
  return one(rows, `user ${id} not found`).allowed;
}

/** Every permission the user has, by itself or through groups, as `<app_label>.<codename>`; in that order. */
export async function allPermissions(db: Db, id: Id<'User'>): Promise<readonly string[]> {
  const rows = await db.execute<{ name: string }>(
    sql`select distinct q.name collate "C" as name from (${granted(id)}) q order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** Groups the user is a member of, by name. Source: `User.groups`. */
export async function groupsOf(db: Db, id: Id<'User'>): Promise<readonly Group[]> {
  const rows = await db
    .select({ group: groups })
    .from(groups)
    .innerJoin(userGroups, eq(userGroups.groupId, groups.id))
    .where(eq(userGroups.userId, id))
    .orderBy(groups.name);
  return rows.map(({ group }) => group);
}

/** Makes the user a member; nothing happens to one who is. */
export async function addToGroup(db: Db, userId: Id<'User'>, groupId: Id<'Group'>): Promise<void> {
  await db.insert(userGroups).values({ userId, groupId }).onConflictDoNothing();
}

/** Ends a membership; nothing happens when there is none. */
export async function removeFromGroup(db: Db, userId: Id<'User'>, groupId: Id<'Group'>): Promise<void> {
  await db.delete(userGroups).where(and(eq(userGroups.userId, userId), eq(userGroups.groupId, groupId)));
}

/** Permissions given to the user directly, by id. Source: `User.user_permissions`. */
export async function userPermissions(db: Db, id: Id<'User'>): Promise<readonly Permission[]> {
  const rows = await db
    .select({ permission: permissions })
    .from(permissions)
    .innerJoin(links, eq(links.permissionId, permissions.id))
    .where(eq(links.userId, id))
    .orderBy(permissions.id);
  return rows.map(({ permission }) => permission);
}

/** Gives a permission; nothing happens when the user has it. */
export async function addPermission(
  db: Db,
  userId: Id<'User'>,
  permissionId: Id<'Permission'>,
): Promise<void> {
  await db.insert(links).values({ userId, permissionId }).onConflictDoNothing();
}

/** Takes a permission away; nothing happens when the user does not have it. */
export async function removePermission(
  db: Db,
  userId: Id<'User'>,
  permissionId: Id<'Permission'>,
): Promise<void> {
  await db.delete(links).where(and(eq(links.userId, userId), eq(links.permissionId, permissionId)));
}
