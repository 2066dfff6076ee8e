import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { createTestDatabase, test } from '../../../support/database.ts';
import { runCommand } from '../../../support/run-command.ts';

test('says that the schema is equal, then in words what differs', async ({ database }) => {
  const equal = await runCommand(database, ['database', 'check'], { terminal: true });
  expect([equal.exitCode, equal.stderr.split('\n')[0]]).toEqual([0, 'schema equals level 0041']);
  expect(await runCommand(database, ['database', 'check', '--json'])).toEqual({
    exitCode: 0,
    stdout: '{"level":"0041","ok":true,"drift":[],"extra":[]}\n',
    stderr: '',
  });

  await database.db.execute(sql`drop index db_workrequest_pending_idx`);
  await database.db.execute(sql`create table db_oven (id int)`);
  const drifted = await runCommand(database, ['database', 'check']);
  expect(drifted.exitCode).toBe(1);
  expect(drifted.stdout).toMatch(/\nindex db_workrequest_pending_idx +missing +CREATE INDEX .* -\n/);
  expect(drifted.stdout).toMatch(/\ntable db_oven +extra /);
  const { exitCode, stdout } = await runCommand(database, ['database', 'check', '--json', '--ignore-extra']);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, drift: [{ kind: 'missing' }], extra: [] });
});

test('an empty database is 5', async () => {
  const empty = await createTestDatabase('empty');
  try {
    const { exitCode, stdout, stderr } = await runCommand(empty, ['database', 'check']);
    expect([exitCode, stdout]).toEqual([5, '']);
    expect(stderr).toContain('debusine-admin database migrate');
  } finally {
    await empty.close();
  }
});
