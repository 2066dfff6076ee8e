import { expect } from 'vitest';
import { test } from '../../support/database.ts';
import { expectNothingLost } from '../../support/expiry-storm.ts';

// A minute, with more of both: test/soak/expiry.test.ts.
test('runs beside runs and writers lose nothing that was saved, and no upload', async ({ database }) => {
  const counts = await expectNothingLost({
    seconds: 3,
    runs: 3,
    writers: 3,
    connect: () => database.connect(),
  });
  expect(counts.deleted).toBeGreaterThan(0);
  expect(counts.saved).toBeGreaterThan(0);
});
