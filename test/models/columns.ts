/** How the database itself describes the columns of a table. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../src/db/database.ts';

/** `varchar(100) not null` and so on, by column. */
export async function columnsOf(db: Db, table: string): Promise<Readonly<Record<string, string>>> {
  const rows = await db.execute<{ name: string; type: string }>(sql`
    select attname as name,
      replace(format_type(atttypid, atttypmod), 'character varying', 'varchar')
        || case when attnotnull then ' not null' else '' end
        || case attidentity when 'd' then ' by default as identity' else '' end as type
    from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped`);
  return Object.fromEntries(rows.map(({ name, type }) => [name, type]));
}
