/** Which notification channels there are. Source: cli.md 8.12. */
import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../data/json.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { type Listing, listing, type Page } from '../../db/listing.ts';
import { textList } from '../lists.ts';

/** A channel as lists show it. */
export interface ChannelSummary {
  readonly id: Id<'NotificationChannel'>;
  readonly name: string;
  readonly method: string;
  readonly data: JsonObject;
}

/** All that is given must hold; of several methods any will do. */
export interface ChannelFilter {
  readonly methods?: readonly string[] | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
}

/** Channels by name. One query, whatever their number. */
export function list(db: Db, filter: ChannelFilter = {}, page: Page = {}): Listing<ChannelSummary> {
  return listing(
    db,
    {
      select: sql`c.id, c.name, c.method, c.data`,
      from: sql`db_notificationchannel c`,
      where: [
        filter.methods === undefined ? undefined : sql`c.method in ${textList(filter.methods)}`,
        filter.nameLike === undefined ? undefined : sql`c.name like ${filter.nameLike}::text`,
      ].filter((condition) => condition !== undefined),
      orderKeys: { id: sql`c.id`, name: sql`c.name`, method: sql`c.method` },
      defaultOrder: ['name'],
      tieBreaker: sql`c.id`,
    },
    page,
  );
}
