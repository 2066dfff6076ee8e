import { existsSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { attack } from '../support/attack.ts';
import { test as testWithDatabase } from '../support/database.ts';
import { digestOf } from '../support/digest.ts';
import { aUser } from '../support/factories.ts';
import { runCommand } from '../support/run-command.ts';

describe('hostile arguments, files, input, environment and configuration', () => {
  // The soak test makes many more, and others each time.
  test(
    'end in a status of the table and readable lines, and change nothing unless they succeed',
    {
      timeout: 240_000,
    },
    async () => {
      await attack(5000, 20240501);
    },
  );

  testWithDatabase('the digest of all tables sees a single new row', async ({ database }) => {
    const digest = await digestOf(database);
    const before = await digest();
    expect(await digest()).toBe(before);
    await aUser(database.db);
    expect(await digest()).not.toBe(before);
  });
});

describe('found by attacks', () => {
  testWithDatabase(
    'a character that turns the direction of writing is escaped in a JSON error',
    async ({ database }) => {
      const { stderr } = await runCommand(database, ['list-users', '--json', '--offset', '\u202egnp.exe']);
      expect(stderr).not.toContain('\u202e');
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage' } });
    },
  );

  testWithDatabase('a message does not repeat an endless value', async ({ database }) => {
    for (const format of ['--plain', '--json']) {
      const words = ['list-users', format, '--order', 'x'.repeat(70_000)];
      expect((await runCommand(database, words)).stderr.length).toBeLessThan(3000);
    }
  });

  testWithDatabase('--output - is standard output, and no file of that name', async ({ database }) => {
    const user = await aUser(database.db);
    const outcome = await runCommand(database, ['create-token', user.username, '--output', '-']);
    expect(outcome.stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(existsSync('-')).toBe(false);
    rmSync('-', { force: true });
  });
});
