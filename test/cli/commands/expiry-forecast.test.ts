import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { test } from '../../support/database.ts';
import { aFile, aFileInArtifact, aFileInStore, anArtifact, aWorkspace, at } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const begin = ['--at', '2024-06-01'];

describe('expiry-forecast', () => {
  beforeEach<{ database: { db: Db } }>(async ({ database: { db } }) => {
    await db.execute(sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_fileupload, db_fileinstore,
      db_file, db_collectionitem, db_collection cascade`);
    for (const [days, content] of [
      [1, 'a'],
      [2, 'four'],
      [2, 'eight...'],
    ] as const) {
      const artifact = await anArtifact(db, { createdAt: at('2024-05-31'), expirationDelay: `${days} days` });
      const file = await aFile(db, content);
      await aFileInArtifact(db, artifact, file);
      await aFileInStore(db, file);
    }
  });

  test('draws tables with bars on a terminal, by day, workspace and category', async ({ database }) => {
    const { exitCode, stdout, stderr } = await runCommand(
      database,
      ['expiry-forecast', '--days', '2', '--no-color', ...begin],
      {
        terminal: true,
      },
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(
      lines.filter((line) => line.startsWith('│')).map((line) => line.replaceAll(/[│ ]+/g, ' ').trim()),
    ).toEqual([
      'Until Artifacts Files Size',
      'now 1 1 1 B █▍',
      '2024-06-02 00:00:00Z 2 2 12 B ████████████████',
      '2024-06-03 00:00:00Z 0 0 0 B',
      'Workspace Artifacts Files Size',
      'System 3 3 13 B ████████████████',
      'Category Artifacts Files Size',
      'debusine:work-request-debug-logs 3 3 13 B ████████████████',
    ]);
    expect(lines.at(-2)).toBe(
      '3 artifacts (13 B) in 2 days; none later; 0 artifacts kept as things are now.',
    );
  });

  test('gives one document with --json and to a program that asks for no format', async ({ database }) => {
    const words = ['expiry-forecast', '--weeks', '1', ...begin];
    const asked = await runCommand(database, [...words, '--json']);
    const piped = await runCommand(database, words);
    expect(piped).toEqual(asked);
    const amount = { artifacts: 2, files: 2, bytes: 12 };
    expect(JSON.parse(asked.stdout)).toMatchObject({
      command: 'expiry-forecast',
      at: '2024-06-01T00:00:00.000000Z',
      unit: 'week',
      workspaces: null,
      total: { artifacts: 3, files: 3, bytes: 13 },
      periods: [
        { from: null, until: '2024-06-01T00:00:00.000000Z', artifacts: 1 },
        {
          from: '2024-06-01T00:00:00.000000Z',
          until: '2024-06-08T00:00:00.000000Z',
          ...amount,
          groups: [{ workspace: 'System', category: 'debusine:work-request-debug-logs', ...amount }],
        },
      ],
      by_workspace: [{ workspace: 'System', artifacts: 3 }],
      by_category: [{ artifacts: 3 }],
      later: { artifacts: 0 },
      kept: { artifacts: 0 },
    });
  });

  test('gives a record for each period, workspace and category in the other formats', async ({
    database,
  }) => {
    const { stdout } = await runCommand(database, ['expiry-forecast', '--csv', ...begin]);
    expect(stdout).toBe(
      'from,until,workspace,category,artifacts,files,bytes\r\n' +
        ',2024-06-01T00:00:00.000000Z,System,debusine:work-request-debug-logs,1,1,1\r\n' +
        '2024-06-01T00:00:00.000000Z,2024-06-02T00:00:00.000000Z,System,debusine:work-request-debug-logs,2,2,12\r\n',
    );
    const plain = await runCommand(database, ['expiry-forecast', '--plain', ...begin]);
    expect(plain.stdout.split('\n')).toHaveLength(4);
  });

  test('counts only artifacts of the workspaces that are named', async ({ database }) => {
    const { name } = await aWorkspace(database.db);
    const words = ['expiry-forecast', '--workspace', name, '--json', ...begin];
    expect(JSON.parse((await runCommand(database, words)).stdout)).toMatchObject({
      workspaces: [name],
      total: { artifacts: 0 },
      by_workspace: [],
    });
    const shown = await runCommand(database, ['expiry-forecast', '--workspace', name, ...begin], {
      terminal: true,
    });
    expect(shown.stdout).toContain('0 artifacts (0 B) in 14 days; none later; 0 artifacts kept');
  });

  test.for([
    [['--days', '0'], 2, 'option --days'],
    [['--weeks', '1000'], 2, 'option --weeks'],
    [['--days', '3', '--weeks', '1'], 2, 'weeks'],
    [['--workspace', 'nosuch'], 3, 'nosuch'],
  ] as const)('refuses %j', async ([words, status, said], { database }) => {
    const { exitCode, stderr } = await runCommand(database, ['expiry-forecast', ...words]);
    expect(exitCode).toBe(status);
    expect(stderr).toContain(said);
  });
});
