import { describe, expect } from 'vitest';
import { test } from '../support/database.ts';
import { aUser } from '../support/factories.ts';
import { atOnce, damageCases, expectGoodEnd, works } from '../support/lost-connection.ts';
import { type Damage, startProxy } from '../support/proxy.ts';
import { runCommand } from '../support/run-command.ts';

const isSlow = (damage: Damage): boolean => ['stall', 'garble-length'].includes(damage);

describe('a connection that is lost', () => {
  test('at any message, in any way, ends each command in one line, without a half change', async ({
    database,
  }) => {
    await aUser(database.db, { username: 'alice' });
    const jobs: (() => Promise<unknown>)[] = [];
    for (const work of Object.values(works)) {
      const cases = await damageCases(database, work);
      // The soak test takes all of them. Those that end by waiting are the slow ones.
      const some = cases.filter(({ damage }, at) => at % (isSlow(damage) ? 53 : 9) === 0);
      expect(some.length).toBeGreaterThan(20);
      jobs.push(...some.map((plan) => () => expectGoodEnd(database, work(), plan)));
    }
    await atOnce(jobs, (job) => job());
  });

  test('before anything was printed is made good by another attempt, without a word', async ({
    database,
  }) => {
    const plan = { direction: 'client', message: 3, damage: 'cut', connections: 1 } as const;
    const proxy = await startProxy(database, plan);
    const outcome = await runCommand(proxy, ['create-workspace', 'second-attempt']);
    expect([outcome, proxy.connections]).toEqual([{ exitCode: 0, stdout: '', stderr: '' }, 2]);
    await proxy.close();
  });

  test('after the secret was printed is told, with the word that the secret is not valid', async ({
    database,
  }) => {
    const { db } = database;
    await aUser(db, { username: 'bob' });
    const before = await startProxy(database);
    await runCommand(before, ['create-token', 'bob']);
    // The last two messages of the client are the commit and the farewell.
    const message = before.messages('client') - 1;
    await before.close();
    const proxy = await startProxy(database, { direction: 'client', message, damage: 'cut' });
    const outcome = await runCommand(proxy, ['create-token', 'bob']);
    await proxy.close();
    expect(outcome.exitCode).toBe(5);
    expect(outcome.stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(outcome.stderr).toMatch(/may have been made or not.*\n$/);
    expect(proxy.connections).toBe(1);
  });
});
