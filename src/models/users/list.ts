/** Which accounts there are. Source: cli.md 8.2 (list-users). */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { all, instant, type Listing, listing, type Page } from '../../db/listing.ts';
import { one } from '../../db/rows.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';

/** A user as lists show it. */
export interface UserSummary {
  readonly id: Id<'User'>;
  readonly username: string;
  readonly email: string;
  readonly date_joined: Timestamp;
  readonly last_login: Timestamp | null;
  readonly first_name: string;
  readonly last_name: string;
  readonly is_active: boolean;
  readonly is_staff: boolean;
  readonly is_superuser: boolean;
  /** How many, enabled or not. */
  readonly tokens: number;
  /** How many links to single sign-on. */
  readonly identities: number;
}

/** All that is given must hold. */
export interface UserFilter {
  readonly ids?: readonly Id<'User'>[] | undefined;
  readonly active?: boolean | undefined;
  readonly staff?: boolean | undefined;
  readonly superuser?: boolean | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
}

/** Users by the instant they joined, and id. One query, whatever their number. */
export function list(db: Db, filter: UserFilter = {}, page: Page = {}): Listing<UserSummary> {
  const { ids, active, staff, superuser, nameLike } = filter;
  return listing(
    db,
    {
      select: sql`u.id, u.username, u.email, ${instant(sql`u.date_joined`)} as date_joined,
        ${instant(sql`u.last_login`)} as last_login, u.first_name, u.last_name,
        u.is_active, u.is_staff, u.is_superuser,
        (select count(*) from db_token t where t.user_id = u.id) as tokens,
        (select count(*) from db_identity i where i.user_id = u.id) as identities`,
      from: sql`db_user u`,
      where: [
        ids === undefined ? undefined : sql`u.id in ${idList(ids)}`,
        active === undefined ? undefined : sql`u.is_active = ${active}::boolean`,
        staff === undefined ? undefined : sql`u.is_staff = ${staff}::boolean`,
        superuser === undefined ? undefined : sql`u.is_superuser = ${superuser}::boolean`,
        nameLike === undefined ? undefined : sql`u.username like ${nameLike}::text`,
      ].filter((condition) => condition !== undefined),
      orderKeys: {
        id: sql`u.id`,
        username: sql`u.username`,
        email: sql`u.email`,
        date_joined: sql`u.date_joined`,
        last_login: sql`u.last_login`,
        is_active: sql`u.is_active`,
        tokens: sql`(select count(*) from db_token t where t.user_id = u.id)`,
      },
      defaultOrder: ['date_joined'],
      tieBreaker: sql`u.id`,
    },
    page,
  );
}

/** One user as lists show it. @throws NotFoundError */
export async function summary(db: Db, id: Id<'User'>): Promise<UserSummary> {
  return one(await all(list(db, { ids: [id] })), `user ${id} not found`);
}
