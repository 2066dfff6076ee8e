/** Input and data that would take all time, memory or stack if they were let. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { parse } from 'yaml';
import { describe, expect } from 'vitest';
import { aDirectory } from '../storage/scratch.ts';
import { test } from '../support/database.ts';
import { anArtifact } from '../support/factories.ts';
import { runCommand } from '../support/run-command.ts';

describe('a file that never ends is not read to its end', () => {
  test.for([
    [['create-collection', 'x', 'debian:suite', '--data', '/dev/zero'], '/dev/zero is larger than 16 MiB'],
    [['create-collection', 'x', 'debian:suite', '--set-file', 'a=/dev/zero'], '/dev/zero is larger than'],
    [['list-users', '--config', '/dev/zero'], 'cannot read /dev/zero: it is larger than 1 MiB'],
  ] as const)('%j', async ([words, message], { database }) => {
    const { exitCode, stdout, stderr } = await runCommand(database, words);
    expect([exitCode, stdout, stderr]).toEqual([3, '', expect.stringContaining(message)]);
  });

  test('nor is one that is larger than it should be', async ({ database }) => {
    const file = join(aDirectory(), 'large.yaml');
    writeFileSync(file, `a: ${'x'.repeat(16 * 1024 * 1024)}\n`);
    const words = ['create-collection', 'x', 'debian:suite', '--data', file];
    const { exitCode, stderr } = await runCommand(database, words);
    expect([exitCode, stderr]).toEqual([3, `error: ${file} is larger than 16 MiB\n`]);
  });

  test('a pipe that ends is read', async ({ database }) => {
    const pipe = join(aDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [{ exitCode }] = await Promise.all([
      runCommand(database, ['create-collection', 'piped', 'debian:suite', '--data', pipe]),
      writeFile(pipe, 'may_reuse_versions: true\n'),
    ]);
    expect(exitCode).toBe(0);
  });
});

describe('data nested deeper than a stack is shown intact', () => {
  const depth = 6000;
  const nested = (levels: number): string => `${'{"a": ['.repeat(levels)}1${']}'.repeat(levels)}`;

  test.for([
    ['show-artifact', '--data', '--json'],
    ['show-artifact', '--data', '--jsonl'],
    ['list-artifacts', '--columns', 'data', '--csv'],
    ['list-artifacts', '--columns', 'data', '--plain'],
    ['list-artifacts', '--columns', 'data', '--format', 'table'],
    ['show-artifact', '--format', 'table'],
    ['show-artifact', '--yaml'],
  ])('%j', async (words, { database }) => {
    const { id } = await anArtifact(database.db, { category: 'x' });
    await database.db.execute(
      sql`update db_artifact set data = ${nested(depth)}::text::jsonb where id = ${id}`,
    );
    const [name = '', ...more] = words;
    const given = name === 'list-artifacts' ? ['--category', 'x', '--limit', '1'] : [String(id)];
    const { exitCode, stdout, stderr } = await runCommand(database, [name, ...given, ...more]);
    expect([exitCode, stderr]).toEqual([0, '']);
    if (more.includes('--json')) expect(stdout).toBe(`${nested(depth).replaceAll(' ', '')}\n`);
  });

  test('in YAML the innermost levels stand in brackets and mean the same', async ({ database }) => {
    const { id } = await anArtifact(database.db);
    await database.db.execute(
      sql`update db_artifact set data = ${nested(300)}::text::jsonb where id = ${id}`,
    );
    const { stdout } = await runCommand(database, ['show-artifact', String(id), '--data', '--yaml']);
    expect(parse(stdout)).toEqual(JSON.parse(nested(300)));
    expect(stdout).toContain('{"a":[');
  });
});
