/** Rows that do not all fit into memory. */
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { type Db, driver } from './database.ts';

const dialect = new PgDialect();

/**
 * Rows of a query, a batch at a time, by a cursor; the next batch is fetched when the last one was consumed.
 * @param tx a transaction
 */
export async function* stream<Row extends object>(
  tx: Db,
  query: SQL,
  batchSize = 1000,
): AsyncGenerator<readonly Row[]> {
  const { sql: text, params } = dialect.sqlToQuery(query);
  yield* driver(tx)
    .unsafe<Row[]>(text, params as never[])
    .cursor(batchSize);
}
