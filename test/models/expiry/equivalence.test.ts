import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from '../../support/database.ts';
import { expectSameAsModel } from '../../support/expiry-equivalence.ts';

// Thousands of graphs: test/soak/expiry.test.ts.
test('hundreds of random graphs keep exactly what an independent model keeps, and a dry run says so before', async ({
  database,
}) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'expiry-graphs-'));
  const second = database.connect();
  for (let seed = 1; seed <= 6; seed += 1) await expectSameAsModel(database.db, directory, 100, seed, second);
});
