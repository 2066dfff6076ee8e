import { expect, test } from 'vitest';
import { attack } from '../support/attack.ts';

test('hostile command lines by the ten thousand, others each time', { timeout: 3_600_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  // A failure tells the seed, so that it can be had again.
  await attack(Number(process.env['ATTACKS'] ?? 50_000), seed).catch((error: unknown) => {
    expect.fail(`with seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
  });
});
