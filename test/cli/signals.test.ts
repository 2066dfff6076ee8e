/** Whatever is stopped at whatever moment leaves no half change. The soak test does so far more often. */
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { test } from '../support/database.ts';
import { allExamples, makeWorld } from '../support/examples.ts';
import { disturb, disturbances, undisturbedChanges } from '../support/interrupted.ts';
import { runCommand } from '../support/run-command.ts';

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

test('a signal during the commit does not hide that the change was made', async ({ database }) => {
  const { db } = database;
  // Deferred, so that the commit is what waits for the lock.
  await db.execute(sql`create function wait_at_commit() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(4711); return null; end $$`);
  await db.execute(sql`create constraint trigger wait_at_commit after insert on db_workspace
    deferrable initially deferred for each row execute function wait_at_commit()`);
  const holder = database.connect();
  await holder.execute(sql`select pg_advisory_lock(4711)`);
  const controller = new AbortController();
  const running = runCommand(database, ['create-workspace', 'late'], { signal: controller.signal });
  await expect
    .poll(() => db.execute(sql`select from pg_locks where locktype = 'advisory' and not granted`))
    .toHaveLength(1);
  controller.abort('SIGTERM');
  // Long enough for a connection to be given up, if that were done.
  await delay(50);
  await holder.execute(sql`select pg_advisory_unlock(4711)`);
  expect(await running).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(await db.execute(sql`select from db_workspace where name = 'late'`)).toHaveLength(1);
});

test('a signal just before the commit keeps it from being made', async ({ database }) => {
  await runCommand(database, ['create-user', 'carol', 'carol@example.org', '--no-password']);
  const controller = new AbortController();
  // The key is written last of all before the commit.
  const { exitCode, stderr } = await runCommand(database, ['create-token', 'carol'], {
    signal: controller.signal,
    afterWrite: () => controller.abort('SIGHUP'),
  });
  expect([exitCode, stderr]).toEqual([129, expect.stringContaining('interrupted')]);
  expect(await database.db.execute(sql`select from db_token`)).toHaveLength(0);
});
