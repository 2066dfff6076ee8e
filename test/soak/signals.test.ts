/** Every command that changes something, stopped at many moments by each signal. */
import { describe } from 'vitest';
import { test } from '../support/database.ts';
import { allExamples, makeWorld } from '../support/examples.ts';
import { disturb, disturbances, undisturbedChanges } from '../support/interrupted.ts';

/** From before the program listens to after it has ended, in milliseconds. */
const momentsMs = [10, 60, 100, 130, 160, 190, 220, 250, 280, 320, 360, 420, 500, 700, 1000];

describe('stopped at many moments tells the truth and leaves nothing behind', async () => {
  for (const example of undisturbedChanges(await allExamples())) {
    test(example.line, { timeout: 300_000 }, async () => {
      const world = await makeWorld();
      for (const disturbance of disturbances) {
        for (const moment of momentsMs) {
          const place = await world.placeFor(example);
          await disturb(place, disturbance, moment + Math.random() * 30);
          await place.remove();
        }
      }
      await world.remove();
    });
  }
});
