/** Who needs a notification channel. Source: cli.md 8.12. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { textList } from '../lists.ts';

/**
 * How many work requests that are pending, running or blocked name each of these channels in their event reactions;
 * with one statement. Names that none of them has are left out.
 */
export async function unfinishedNaming(
  db: Db,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.execute<{ name: string; count: number }>(sql`
    select named.channel as name, count(distinct r.id)::int as count
    from db_workrequest r
    cross join lateral (
      select reaction ->> 'channel' as channel
      from jsonb_path_query(r.event_reactions, '$.*[*] ? (@.action == "send-notification")') reaction
    ) named
    where r.status in ('pending', 'running', 'blocked') and named.channel in ${textList(names)}
    group by 1`);
  return new Map(rows.map(({ name, count }) => [name, count]));
}
