/** Expiry against its model on thousands of graphs, and in the midst of others. Shortened in test/models/expiry. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test as base } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { expectSameAsModel } from '../support/expiry-equivalence.ts';
import { expectRecovery } from '../support/expiry-faults.ts';
import { expectNothingLost } from '../support/expiry-storm.ts';

/** Each with a database of its own: they fill it to the brim. */
const test = base.extend<{ database: TestDatabase }>({
  database: async ({}, use) => {
    const database = await createTestDatabase();
    await use(database);
    await database.close();
  },
});

test('ten thousand random graphs keep exactly what an independent model keeps', async ({ database }) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'expiry-graphs-'));
  const second = database.connect();
  for (let seed = 1001; seed <= 1100; seed += 1)
    await expectSameAsModel(database.db, directory, 100, seed, second);
});

test('eight runs beside eight writers lose nothing for a minute', async ({ database }) => {
  const counts = await expectNothingLost({
    seconds: 60,
    runs: 8,
    writers: 8,
    connect: () => database.connect(),
  });
  console.log(counts);
  expect(counts.deleted).toBeGreaterThan(0);
  expect(counts.saved).toBeGreaterThan(0);
});

test('after 200 kills, 50 cut connections, 50 crashes of the server and 40 runs without a store to write to one more leaves each named file and nothing else', async () => {
  const counts = await expectRecovery(
    { kill: 200, disconnect: 50, restart: 50, directory: 20, unwritable: 20 },
    2,
  );
  console.log(counts);
  for (const count of Object.values(counts.kill)) expect(count).toBeGreaterThan(0);
  for (const phase of ['search', 'artifacts', 'files'] as const) {
    expect(counts.disconnect[phase]).toBeGreaterThan(0);
    expect(counts.restart[phase]).toBeGreaterThan(0);
  }
});
