/** Permissions and what they are about, from the original's framework. Source: models.md 3.22 and 5. */
import { and, eq, sql } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { contentTypes } from '../schema/content-types.ts';
import { type Permission, permissions } from '../schema/permissions.ts';
import { idList } from './lists.ts';

export type { Permission } from '../schema/permissions.ts';

/**
 * The permission written `<app_label>.<codename>`: `db.manage_workrequest_priorities`.
 * @throws NotFoundError
 */
export async function getByName(db: Db, name: string): Promise<Permission> {
  const dot = name.indexOf('.');
  const rows = await db
    .select({ permission: permissions })
    .from(permissions)
    .innerJoin(contentTypes, eq(contentTypes.id, permissions.contentTypeId))
    .where(
      and(
        eq(contentTypes.appLabel, name.slice(0, Math.max(dot, 0))),
        eq(permissions.codename, name.slice(dot + 1)),
      ),
    )
    .orderBy(permissions.id);
  return one(rows, `permission ${quote(name)} not found`).permission;
}

/**
 * Deletes a permission; whoever had it, user or group, has it no more.
 *
 * Source: models.md 2.4.
 * @throws NotFoundError when there is no such permission
 */
export function remove(db: Db, id: Id<'Permission'>): Promise<void> {
  return transaction(db, async (tx) => {
    // Whoever gives it to somebody now waits for this lock at the commit, and is refused there.
    const rows = await tx.select().from(permissions).where(eq(permissions.id, id)).for('update');
    one(rows, `permission ${id} not found`);
    await removeAll(tx, [id]);
  });
}

/**
 * Deletes a content type with its permissions.
 *
 * Source: models.md 2.4.
 * @throws NotFoundError when there is no such content type
 */
export function removeContentType(db: Db, id: Id<'ContentType'>): Promise<void> {
  return transaction(db, async (tx) => {
    // A permission that somebody declares for it now waits for this lock at the commit, and is refused there.
    const rows = await tx.select().from(contentTypes).where(eq(contentTypes.id, id)).for('update');
    one(rows, `content type ${id} not found`);
    const own = await tx
      .select({ id: permissions.id })
      .from(permissions)
      .where(eq(permissions.contentTypeId, id))
      .orderBy(permissions.id)
      .for('update');
    await removeAll(
      tx,
      own.map((permission) => permission.id),
    );
    await tx.delete(contentTypes).where(eq(contentTypes.id, id));
  });
}

async function removeAll(tx: Db, ids: readonly Id<'Permission'>[]): Promise<void> {
  const going = idList(ids);
  await tx.execute(sql`delete from db_user_user_permissions where permission_id in ${going}`);
  await tx.execute(sql`delete from auth_group_permissions where permission_id in ${going}`);
  await tx.execute(sql`delete from auth_permission where id in ${going}`);
}
