/** Tells whether anything in a database has changed. */
import { sql } from 'drizzle-orm';
import type { TestDatabase } from './database.ts';

/** A query that changes with any row of any table. */
async function digestQuery({ db }: TestDatabase): Promise<string> {
  const tables = await db.execute<{ name: string }>(
    sql`select quote_ident(tablename) as name from pg_tables where schemaname = 'public' order by 1`,
  );
  const sums = tables.map(
    ({ name }) => `(select coalesce(sum(hashtextextended(t::text, 0)), 0) from ${name} t)`,
  );
  return `select concat_ws(' ', ${sums.join(', ')}) as digest`;
}

/** Gives a function whose text changes when any row of any table does. */
export async function digestOf(database: TestDatabase): Promise<() => Promise<string>> {
  const query = sql.raw(`prepare world_digest as ${await digestQuery(database)}`);
  await database.db.execute(query);
  return async () => {
    const [row] = await database.db.execute<{ digest: string }>(sql`execute world_digest`);
    return row?.digest ?? '';
  };
}
