/** Passwords of accounts. Source: models.md 3.1. */
import { and, eq } from 'drizzle-orm';
import { hashPassword, isUsablePassword, unusablePassword, verifyPassword } from '../../data/passwords.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { type User, users } from '../../schema/users.ts';
import { get } from './find.ts';
import { checkChosenPassword } from './rules.ts';

/**
 * Gives the user a password, or none to log in with.
 * @param password null: no password fits any more
 * @throws InvalidInputError for a password that is too short or consists of digits only
 * @throws NotFoundError when there is no such user
 */
export async function setPassword(db: Db, id: Id<'User'>, password: string | null): Promise<void> {
  if (password !== null) checkChosenPassword(password);
  const encoded = password === null ? unusablePassword() : await hashPassword(password);
  const rows = await db
    .update(users)
    .set({ password: encoded })
    .where(eq(users.id, id))
    .returning({ id: users.id });
  one(rows, `user ${id} not found`);
}

/**
 * Whether that is the user's password. A hash made with other iterations than today's, or with a shorter salt, is
 * made anew on success and stored.
 * @throws NotFoundError when there is no such user
 */
export async function checkPassword(db: Db, id: Id<'User'>, password: string): Promise<boolean> {
  const { password: encoded } = await get(db, id);
  const { ok, needsRehash } = await verifyPassword(password, encoded);
  if (ok && needsRehash) {
    // Deriving takes time; a password that was changed meanwhile must not come back, so the old hash is compared.
    await db
      .update(users)
      .set({ password: await hashPassword(password) })
      .where(and(eq(users.id, id), eq(users.password, encoded)));
  }
  return ok;
}

/** Whether the user can log in with a password at all. */
export function hasUsablePassword(user: User): boolean {
  return isUsablePassword(user.password);
}
