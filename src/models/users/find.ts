/** One user, or several by name. Source: models.md 3.1. */
import { eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { type User, users } from '../../schema/users.ts';
import { textList } from '../lists.ts';
import { nameNotFound } from '../names.ts';

/** The user with that id. @throws NotFoundError */
export async function get(db: Db, id: Id<'User'>): Promise<User> {
  const rows = await db.select().from(users).where(eq(users.id, id));
  return one(rows, `user ${id} not found`, 'see debusine-admin list-users');
}

/** The user of exactly that name; capitals count. @throws NotFoundError */
export async function getByUsername(db: Db, username: string): Promise<User> {
  const user = await findByUsername(db, username);
  if (user === undefined) throw nameNotFound('user', username);
  return user;
}

/** The user of exactly that name, or undefined. */
export async function findByUsername(db: Db, username: string): Promise<User | undefined> {
  const [user] = await db.select().from(users).where(eq(users.username, username));
  return user;
}

/** The users of exactly these names, in the order given. @throws NotFoundError for the first that is missing */
export async function getByUsernames(db: Db, usernames: readonly string[]): Promise<readonly User[]> {
  const rows = await db
    .select()
    .from(users)
    .where(sql`${users.username} in ${textList(usernames)}`);
  const byName = new Map(rows.map((user) => [user.username, user]));
  return usernames.map((username) => {
    const user = byName.get(username);
    if (user === undefined) throw nameNotFound('user', username);
    return user;
  });
}
