/** Processes that work on one database at once; for the embedded one see embedded.test.ts. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { findViolations } from '../../src/models/invariants.ts';
import { test } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

const launcher = fileURLToPath(new URL('../../bin/debusine-admin.js', import.meta.url));

test('twenty processes at once make tokens, workspaces and workflows, and none is lost or made twice', async ({
  database,
}) => {
  // The launcher keeps compiled code there.
  const home = mkdtempSync(path.join(tmpdir(), 'many-'));
  const start = (...words: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const env = { PATH: '/usr/bin:/bin', HOME: home, DATABASE_URL: database.url };
      execFile(process.execPath, [launcher, ...words], { env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
    });
  await runCommand(database, ['create-user', 'alice', 'alice@example.org', '--no-password']);
  await runCommand(database, ['create-workflow-template', 'nothing', 'noop']);
  const outcomes = await Promise.all([
    ...Array.from({ length: 8 }, () => start('create-token', 'alice')),
    ...Array.from({ length: 6 }, () => start('create-workflow', 'nothing', '--created-by', 'alice')),
    ...Array.from({ length: 3 }, (_, at) => start('create-workspace', `qa${at}`)),
    // One name three times: one makes it, and the others take what is there.
    ...Array.from({ length: 3 }, () => start('create-workspace', 'shared', '--if-not-exists')),
  ]);
  expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(Array(20).fill([0, '']));
  expect(new Set(outcomes.slice(0, 8).map(({ stdout }) => stdout)).size).toBe(8);
  const count = async (list: string): Promise<number> =>
    Number((await runCommand(database, [list, '--count'])).stdout);
  expect(await Promise.all(['list-tokens', 'list-workflows', 'list-workspaces'].map(count))).toEqual([
    8, 6, 5,
  ]);
  expect(await findViolations(database.db)).toEqual([]);
  rmSync(home, { recursive: true, force: true });
});
