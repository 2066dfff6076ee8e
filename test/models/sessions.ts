/** Sessions that get in each other's way, and statements that a function needs. */
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { type Db, openDatabase } from '../../src/db/database.ts';
import { transaction } from '../../src/db/transaction.ts';
import type { TestDatabase } from '../support/database.ts';

/** A transaction that stays open until it is told to end. */
export interface OpenTransaction {
  readonly tx: Db;
  commit(): Promise<void>;
  rollBack(): Promise<void>;
}

class RolledBack extends Error {}

/** Begins a transaction in a session of its own. */
export async function begin(database: TestDatabase): Promise<OpenTransaction> {
  let end: (how: 'commit' | 'roll back') => void = () => {};
  const ended = new Promise<'commit' | 'roll back'>((resolve) => (end = resolve));
  let done: Promise<void> = Promise.resolve();
  const tx = await new Promise<Db>((resolve, reject) => {
    done = transaction(database.connect(), async (opened) => {
      resolve(opened);
      if ((await ended) === 'roll back') throw new RolledBack();
    });
    done.catch(reject);
  });
  return {
    tx,
    async commit() {
      end('commit');
      await done;
    },
    async rollBack() {
      end('roll back');
      await done.catch((error: unknown) => {
        if (!(error instanceof RolledBack)) throw error;
      });
    },
  };
}

/** A session of its own, whose waiting can be seen. */
export async function session(database: TestDatabase): Promise<{ readonly db: Db; readonly pid: number }> {
  const db = database.connect();
  const [row] = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return { db, pid: row?.pid ?? 0 };
}

/**
 * Returns as soon as the session waits for a lock that another one holds. Asks the server again and again; a session
 * that never waits makes the test run into its time limit.
 */
export async function untilBlocked(database: TestDatabase, pid: number): Promise<void> {
  for (;;) {
    const [row] = await database.db.execute<{ blockers: number }>(
      sql`select cardinality(pg_blocking_pids(${pid}::int)) as blockers`,
    );
    if ((row?.blockers ?? 0) > 0) return;
  }
}

/** How many statements `work` sends; begin, commit and the settings of a transaction are among them. */
export async function countStatements(
  database: TestDatabase,
  work: (db: Db) => Promise<unknown>,
): Promise<number> {
  let count = 0;
  const client = postgres({
    ...database.server,
    database: database.name,
    max: 1,
    fetch_types: false,
    prepare: false,
    onnotice: () => {},
    connection: { TimeZone: 'UTC' },
    debug: () => count++,
  });
  try {
    await work(openDatabase(client));
  } finally {
    await client.end();
  }
  return count;
}
