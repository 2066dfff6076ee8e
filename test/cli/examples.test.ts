/** The help promises what works. */
import { describe, expect } from 'vitest';
import { test as base } from '../support/database.ts';
import { allExamples, makeWorld, runExample } from '../support/examples.ts';

const test = base.extend<{ $file: { world: Awaited<ReturnType<typeof makeWorld>> } }>({
  world: [
    async ({}, use) => {
      const world = await makeWorld();
      await use(world);
      await world.remove();
    },
    { scope: 'file' },
  ],
});

describe('every example of the help works as it stands', async () => {
  for (const example of await allExamples()) {
    test(example.line, async ({ world }) => {
      const place = await world.placeFor(example);
      try {
        const { exitCode, stderr } = await runExample(place);
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) });
      } finally {
        await place.remove();
      }
    });
  }
});
