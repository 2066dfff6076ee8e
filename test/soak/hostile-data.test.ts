import { test } from 'vitest';
import { expectReadersBear, jsonDamages, otherDamages, timeDamages } from '../support/hostile-world.ts';

test('every command that reads bears every damage to the rows', async () => {
  await expectReadersBear(jsonDamages, 1);
  await expectReadersBear(() => Promise.resolve(otherDamages), 1);
  await expectReadersBear(timeDamages, 1);
});
