import { expect } from 'vitest';
import { test } from '../../support/database.ts';
import { expectRecovery } from '../../support/expiry-faults.ts';

// Two hundred: test/soak/expiry.test.ts.
test('after runs that were killed at random one more leaves each named file on disk and nothing else', async ({
  database,
}) => {
  const counts = await expectRecovery(database, 8, 1);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(8);
});
