import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect } from 'vitest';
import { connectionVariables } from '../../../../src/cli/database-shell.ts';
import { parseUrl } from '../../../../src/db/connection/url.ts';
import { resolveConnection } from '../../../../src/db/connection/resolve.ts';
import { type BuiltProgram, buildProgram } from '../../../support/built-program.ts';
import { test } from '../../../support/database.ts';

let program: BuiltProgram;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const hasPsql = spawnSync('psql', ['--version']).status === 0;

function shell(url: string, words: readonly string[], path = process.env['PATH'] ?? '') {
  return spawnSync(process.execPath, [`${program.directory}/debusine-admin`, 'database', 'shell', ...words], {
    encoding: 'utf8',
    input: '',
    env: { PATH: path, HOME: program.directory, LANG: 'C.UTF-8', DATABASE_URL: url },
  });
}

test.skipIf(!hasPsql)('psql runs on the configured database, with its own exit status', ({ database }) => {
  const { status, stdout, stderr } = shell(database.url, ['--', '-Atc', 'select current_database()']);
  expect([status, stdout.trim(), stderr]).toEqual([0, database.name, '']);
  expect(shell(database.url, ['--', '-v', 'ON_ERROR_STOP=1', '-c', 'select nosuch']).status).toBe(1);
});

test('without psql: 3, and what to install', ({ database }) => {
  const { status, stderr } = shell(database.url, [], '/nonexistent');
  expect([status, stderr]).toEqual([
    3,
    'error: psql is not installed; hint: on Debian: apt install postgresql-client\n',
  ]);
});

test('the password travels in the environment', () => {
  const url = 'postgres://user:secret@db.example.org:5433/name?sslmode=require';
  const { parameters } = resolveConnection(parseUrl(url, 'test'), {});
  expect(connectionVariables(parameters)).toMatchObject({
    PGHOST: 'db.example.org',
    PGPORT: '5433',
    PGUSER: 'user',
    PGDATABASE: 'name',
    PGPASSWORD: 'secret',
    PGSSLMODE: 'require',
  });
});
