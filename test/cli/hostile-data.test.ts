/** Rows written by others, by hand or by another version: whatever reads them goes on, or says which row is wrong. */
import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { test as testWithDatabase } from '../support/database.ts';
import { anArtifact, aUser, aWorker, aWorkflowTemplate, aWorkRequest } from '../support/factories.ts';
import { expectReadersBear, jsonDamages, otherDamages, timeDamages } from '../support/hostile-world.ts';
import { runCommand } from '../support/run-command.ts';

// The soak test tries every reader with every damage.
describe('all commands that read bear', { timeout: 120_000 }, () => {
  test('every shape of JSON in every JSON column', async () => {
    await expectReadersBear(jsonDamages, 30);
  });

  test('unknown words, references that go round or lead nowhere, and odd directories', async () => {
    await expectReadersBear(() => Promise.resolve(otherDamages), 8);
  });

  test('times at the edges of the calendar, and spans of every kind', async () => {
    await expectReadersBear(timeDamages, 4);
  });
});

describe('found in hostile data', () => {
  testWithDatabase('JSON that is a text is that text, not JSON once more', async ({ database }) => {
    const { name } = await aWorker(database.db, { staticMetadata: 'tasks' as never });
    const outcome = await runCommand(database, ['show-worker', name, '--json']);
    expect([outcome.exitCode, outcome.stderr]).toEqual([0, '']);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ static_metadata: 'tasks' });
  });

  testWithDatabase('a template whose data is no mapping is refused by its name', async ({ database }) => {
    const { username } = await aUser(database.db);
    const { name } = await aWorkflowTemplate(database.db, { taskData: ['a'] as never });
    const outcome = await runCommand(database, ['create-workflow', name, '--created-by', username]);
    expect(outcome).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`workflow template "${name}": its data must be a mapping, not a list`),
    });
  });

  testWithDatabase('a channel whose data is no mapping is refused by its name', async ({ database }) => {
    await database.db.execute(sql`insert into db_notificationchannel (name, method, data)
      values ('odd', 'email', '5')`);
    const outcome = await runCommand(database, ['test-notification-channel', 'odd', '--dry-run']);
    expect(outcome).toMatchObject({
      exitCode: 3,
      stderr: 'error: notification channel "odd": must be a mapping, not 5\n',
    });
  });

  testWithDatabase('a work request that ran for ever does not break the lists', async ({ database }) => {
    const { id } = await aWorkRequest(database.db, { status: 'completed', result: 'success' });
    await database.db.execute(sql`update db_workrequest
      set started_at = now(), completed_at = 'infinity' where id = ${id}`);
    for (const words of [
      ['list-work-requests', '--json'],
      ['list-work-requests', '--order', 'duration'],
    ]) {
      expect(await runCommand(database, words)).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  testWithDatabase('a moment that is no date does not break --explain', async ({ database }) => {
    const { id } = await anArtifact(database.db, { expirationDelay: '1 day' });
    await database.db.execute(sql`update db_artifact set created_at = 'infinity' where id = ${id}`);
    const outcome = await runCommand(database, ['expire-artifacts', '--explain', String(id)]);
    expect([outcome.exitCode, outcome.stderr]).toEqual([0, '']);
    expect(outcome.stdout).toContain('a time beyond all dates');
  });

  testWithDatabase('a delay of millions of years does not break show-workspace', async ({ database }) => {
    await anArtifact(database.db, { expirationDelay: '2000000000 days' });
    const outcome = await runCommand(database, ['show-workspace', 'System', '--json']);
    expect([outcome.exitCode, outcome.stderr]).toEqual([0, '']);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ expired_now: 0 });
  });
});
