import { describe } from 'vitest';
import { test } from '../support/database.ts';
import { aUser } from '../support/factories.ts';
import { atOnce, damageCases, expectGoodEnd, works } from '../support/lost-connection.ts';

describe('a connection that is cut, stalled or garbled at every message', () => {
  for (const [name, work] of Object.entries(works)) {
    test(`${name} ends in one line, without a half change`, { timeout: 300_000 }, async ({ database }) => {
      await aUser(database.db);
      await aUser(database.db, { username: 'alice' }).catch(() => undefined);
      await atOnce(await damageCases(database, work), (plan) => expectGoodEnd(database, work(), plan));
    });
  }
});
