import postgres from 'postgres';
import { describe, expect } from 'vitest';
import { type Db, openDatabase } from '../../src/db/database.ts';
import { runLocks, takeRunLock, withRunLock } from '../../src/db/run-lock.ts';
import { LockTimeoutError } from '../../src/errors.ts';
import { session, untilBlocked } from '../models/sessions.ts';
import { test, type TestDatabase } from '../support/database.ts';

/** A handle that gives up a lock at once. */
async function impatient(database: TestDatabase, work: (db: Db) => Promise<void>): Promise<void> {
  const client = postgres({
    ...database.server,
    database: database.name,
    max: 1,
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    await work(openDatabase(client, { lockTimeoutMs: 0 }));
  } finally {
    await client.end();
  }
}

describe('a run lock', () => {
  test('refuses a second run, naming the first one, and is free again afterwards', async ({ database }) => {
    const one = await session(database);
    await impatient(database, async (db) => {
      await withRunLock(one.db, runLocks.vacuum, async () => {
        const refused = takeRunLock(db, runLocks.vacuum);
        await expect(refused).rejects.toThrow(LockTimeoutError);
        await expect(takeRunLock(db, runLocks.vacuum)).rejects.toThrow(
          new RegExp(`another vacuum-storage run is active \\(pid ${one.pid} since \\d\\d:\\d\\d:\\d\\dZ\\)`),
        );
      });
      expect(await withRunLock(db, runLocks.vacuum, () => Promise.resolve('done'))).toBe('done');
    });
  });

  test('is given to the one who waits as soon as it is free', async ({ database }) => {
    const one = await session(database);
    const two = await session(database);
    let waiting: Promise<string> = Promise.resolve('');
    await withRunLock(one.db, runLocks.expiry, async () => {
      waiting = withRunLock(two.db, runLocks.expiry, () => Promise.resolve('done'));
      await untilBlocked(database, two.pid);
    });
    expect(await waiting).toBe('done');
  });

  test('of one command does not keep another command waiting, and goes when the work fails', async ({
    database,
  }) => {
    const one = await session(database);
    await impatient(database, async (db) => {
      const failing = withRunLock(one.db, runLocks.expiry, async () => {
        await withRunLock(db, runLocks.vacuum, () => Promise.resolve());
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await withRunLock(db, runLocks.expiry, () => Promise.resolve());
    });
  });
});
