import { expect } from 'vitest';
import { test } from '../../support/database.ts';
import { expectRecovery } from '../../support/expiry-faults.ts';

// Hundreds: test/soak/expiry.test.ts.
test('after runs that were killed, cut off or without their store one more leaves each named file on disk and nothing else', async ({
  database,
}) => {
  const counts = await expectRecovery(database, { kill: 5, disconnect: 3, directory: 1 }, 1);
  const sum = (of: object): number =>
    Object.values(of).reduce((total: number, count: number) => total + count, 0);
  expect([sum(counts.kill), sum(counts.disconnect)]).toEqual([5, 3]);
});
