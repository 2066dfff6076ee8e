/** A session of its own that remembers which statements it sent. */
import postgres from 'postgres';
import { type Db, openDatabase } from '../../../src/db/database.ts';
import { transaction } from '../../../src/db/transaction.ts';
import type { TestDatabase } from '../../support/database.ts';

class RolledBack extends Error {}

/**
 * Arranges something in a transaction that is rolled back, then counts the statements of an act in it.
 * @returns how many statements the act sent, savepoints included
 */
export async function countStatements<T>(
  { server, name }: TestDatabase,
  arrange: (db: Db) => Promise<T>,
  act: (db: Db, arranged: T) => Promise<unknown>,
): Promise<number> {
  const sent: string[] = [];
  const client = postgres({
    ...server,
    database: name,
    max: 1,
    fetch_types: false,
    prepare: false,
    onnotice: () => {},
    connection: { TimeZone: 'UTC' },
    debug: (_connection, query) => sent.push(query),
  });
  let count = 0;
  try {
    await transaction(openDatabase(client), async (db) => {
      const arranged = await arrange(db);
      sent.length = 0;
      await act(db, arranged);
      count = sent.length;
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  } finally {
    await client.end();
  }
  return count;
}
