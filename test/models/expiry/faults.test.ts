import { expect, test } from 'vitest';
import { expectRecovery } from '../../support/expiry-faults.ts';

// Hundreds: test/soak/expiry.test.ts.
test('after runs that were killed or cut off, crashes of the server, and stores that could not be written to, one more leaves each named file on disk and nothing else', async () => {
  const counts = await expectRecovery({ kill: 4, disconnect: 2, restart: 2, directory: 1, unwritable: 1 }, 1);
  const sum = (of: object): number =>
    Object.values(of).reduce((total: number, count: number) => total + count, 0);
  expect([sum(counts.kill), sum(counts.disconnect), sum(counts.restart)]).toEqual([4, 2, 2]);
});
