/** Fixtures: a clone of the migrated template for each test file, or a transaction that is rolled back. */
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import postgres, { type Sql } from 'postgres';
import { test as base, inject } from 'vitest';
import { type Db, driver, openDatabase } from '../../src/db/database.ts';
import { transaction } from '../../src/db/transaction.ts';

const templateName = 'debusine_template';

/** A database of its own, where commits are real. */
export interface TestDatabase {
  readonly name: string;
  /** Socket directory, port and user of the server. */
  readonly server: { readonly host: string; readonly port: number; readonly user: string };
  /** Shared connection of the tests of this file. */
  readonly db: Db;
  /** Another session, closed with the file. */
  connect(): Db;
  /** What the command line takes as DATABASE_URL. */
  readonly url: string;
  /** Ends the sessions, as long as the database is to be cloned. */
  disconnect(): Promise<void>;
  close(): Promise<void>;
}

/** A clone of the template or of a database that nobody uses, or an empty database. Costs about 20 ms. */
export async function createTestDatabase(
  from: 'template' | 'empty' | { readonly name: string } = 'template',
): Promise<TestDatabase> {
  const server = inject('cluster');
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const admin = postgres({ ...server, database: 'postgres', max: 1, onnotice: () => {} });
  const template = typeof from === 'string' ? templateName : from.name;
  const source = from === 'empty' ? 'template template0' : `template ${template} strategy file_copy`;
  await admin.unsafe(`create database ${name} ${source}`);
  const clients: Sql[] = [];
  const connect = (): Db => {
    const client = postgres({
      ...server,
      database: name,
      max: 1,
      fetch_types: false,
      prepare: false,
      onnotice: () => {},
      connection: { TimeZone: 'UTC' },
    });
    clients.push(client);
    return openDatabase(client);
  };
  const disconnect = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
  };
  return {
    name,
    server,
    db: connect(),
    connect,
    url: `postgres://${server.user}@localhost:${server.port}/${name}?host=${encodeURIComponent(server.host)}`,
    disconnect,
    async close() {
      await disconnect();
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}

class RolledBack extends Error {}

/**
 * `database`: a clone for the file, for commands, races and whatever commits. `db`: a transaction on it that is
 * rolled back; foreign keys are deferred, so it ends with checking them, else a test would never meet them.
 */
export const test = base.extend<{ $file: { database: TestDatabase }; $test: { db: Db } }>({
  database: [
    async ({}, use) => {
      const database = await createTestDatabase();
      await use(database);
      await database.close();
    },
    { scope: 'file' },
  ],
  db: async ({ database }, use) => {
    try {
      await transaction(database.db, async (tx) => {
        await use(tx);
        await tx.execute(sql`set constraints all immediate`);
        throw new RolledBack();
      });
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error;
    }
  },
});

/** The driver below a handle, for tests that look at locks and statements. */
export { driver };
