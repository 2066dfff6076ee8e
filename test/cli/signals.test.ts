/** Whatever is stopped at whatever moment leaves no half change. The soak test does so far more often. */
import { expect } from 'vitest';
import { test } from '../support/database.ts';
import { allExamples, makeWorld } from '../support/examples.ts';
import { disturb, disturbances, undisturbedChanges } from '../support/interrupted.ts';

test('each command that changes something, stopped at some moment, tells the truth and leaves nothing behind', async () => {
  const world = await makeWorld();
  const examples = undisturbedChanges(await allExamples());
  expect(examples.length).toBeGreaterThan(40);
  const left = examples.map((example, at) => ({ example, at }));
  let stopped = 0;
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const place = await world.placeFor(next.example);
      const disturbance = disturbances[next.at % disturbances.length] ?? 'SIGINT';
      const { hasChanged } = await disturb(place, disturbance, Math.random() * 500);
      if (!hasChanged) stopped += 1;
      await place.remove();
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  await world.remove();
  // How many depends on chance and the machine; that some are is what makes this a test.
  expect(stopped).toBeGreaterThan(0);
});
