import { expect } from 'vitest';
import { createTestDatabase, test } from '../../../support/database.ts';
import { runCommand } from '../../../support/run-command.ts';

test('showmigrations prints the steps as the original does', async ({ database }) => {
  const { exitCode, stdout, stderr } = await runCommand(database, ['showmigrations', 'db']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^db\n \[X\] 0001_initial\n \[X\] 0002_create_default_store\n/);
  expect(stdout).toMatch(/ \[X\] 0041_piuparts_lookup\n$/);
  expect((await runCommand(database, ['showmigrations', 'auth'])).exitCode).toBe(3);
});

test('of an empty database every step is open', async () => {
  const empty = await createTestDatabase('empty');
  try {
    const { stdout } = await runCommand(empty, ['database', 'migrate', '--steps']);
    expect(stdout).not.toContain('[X]');
    expect(stdout).toContain(' [ ] 0041_piuparts_lookup\n');
    const machine = await runCommand(empty, ['database', 'migrate', '--steps', '--json']);
    expect(JSON.parse(machine.stdout)).toContainEqual({ name: '0001_initial', applied: false });
  } finally {
    await empty.close();
  }
});

test('a target is refused, and nothing is undone', async ({ database }) => {
  for (const words of [
    ['migrate', 'db', '0040'],
    ['database', 'migrate', '0040'],
  ]) {
    expect((await runCommand(database, words)).exitCode).toBe(2);
  }
  expect((await runCommand(database, ['database', 'check'])).exitCode).toBe(0);
});
