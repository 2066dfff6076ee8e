/** Rows that do not all fit into memory. */
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { type Db, driver } from './database.ts';

const dialect = new PgDialect();

/**
 * Rows of a query, a batch at a time, by a cursor. The next batch is on its way while one is consumed, but never more,
 * so memory stays flat however slow the consumer is.
 * @param tx a transaction
 */
export async function* stream<Row extends object>(
  tx: Db,
  query: SQL,
  batchSize = 1000,
): AsyncGenerator<readonly Row[]> {
  const { sql: text, params } = dialect.sqlToQuery(query);
  const batches = driver(tx)
    .unsafe<Row[]>(text, params as never[])
    .cursor(batchSize)
    [Symbol.asyncIterator]();
  let coming = batches.next();
  let isFinished = false;
  try {
    for (;;) {
      const { value, done } = await coming;
      isFinished = done === true;
      if (isFinished) return;
      coming = batches.next();
      // When the consumer fails, nobody waits for this one.
      coming.catch(() => undefined);
      yield value as readonly Row[];
    }
  } finally {
    // The cursor can be closed when it rests.
    if (!isFinished && (await coming.catch(() => ({ done: true }))).done !== true) await batches.return?.();
  }
}
