import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { workRequests } from '../../../src/schema/work-requests.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aUser, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const file = (text: string): string => {
  const name = path.join(mkdtempSync(path.join(tmpdir(), 'request-')), 'data.yaml');
  writeFileSync(name, text);
  return name;
};

const count = ({ db }: TestDatabase): Promise<number> => db.$count(workRequests);

describe('create-work-request', () => {
  test('prints the number, and in JSON the whole request', async ({ database: { db }, database }) => {
    const user = await aUser(db);
    const words = ['create-work-request', 'worker', 'noop', '--created-by', user.username];
    const plain = await runCommand(database, words);
    expect([plain.exitCode, plain.stderr]).toEqual([0, '']);
    expect(plain.stdout).toMatch(/^\d+\n$/);
    const { stdout } = await runCommand(database, [...words, '--json', '--blocked', '--priority', '-3']);
    const record = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(record)).toEqual([
      ...['was_created', 'changed', 'id', 'task_type', 'task_name', 'workspace', 'worker', 'created_by'],
      ...[
        'created_at',
        'started_at',
        'completed_at',
        'duration_seconds',
        'status',
        'result',
        'priority_base',
      ],
      ...['priority_adjustment', 'priority_effective', 'parent', 'workflow_root', 'unblock_strategy'],
      ...['internal_collection', 'task_data', 'event_reactions', 'workflow_data', 'dependencies'],
      ...['reverse_dependencies', 'children', 'artifacts'],
    ]);
    expect(record).toMatchObject({
      was_created: true,
      task_type: 'Worker',
      status: 'blocked',
      priority_adjustment: -3,
      task_data: {},
      event_reactions: { on_success: [], on_failure: [] },
    });
    const yaml = await runCommand(database, [...words, '--yaml']);
    expect(yaml.stdout).toMatch(/^work_request_id: \d+\n$/);
  });

  test('the name of the original reads standard input and prints its document', async ({
    database: { db },
    database,
  }) => {
    const user = await aUser(db);
    const words = ['create_work_request', 'worker', 'noop', '--created-by', user.username];
    const { exitCode, stdout } = await runCommand(database, words, { stdin: 'result: true\n' });
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^---\nwork_request_id: \d+\n\n$/)]);
    expect((await runCommand(database, words, { stdin: '[]' })).exitCode).toBe(3);
  });

  test('a dry run prints the data and stores nothing', async ({ database: { db }, database }) => {
    const user = await aUser(db);
    const before = await count(database);
    const words = ['create-work-request', 'worker', 'noop', '--created-by', user.username, '--dry-run'];
    const data = ['--data', file('result: true\n')];
    expect(await runCommand(database, [...words, ...data])).toEqual({
      exitCode: 0,
      stdout: 'result: true\n',
      stderr: '',
    });
    expect((await runCommand(database, [...words, ...data, '--json'])).stdout).toBe('{"result":true}\n');
    expect(await count(database)).toBe(before);
  });

  test.for([
    [['worker', 'nopo'], 3, /^error: worker task "nopo" is not known; hint: known are autopkgtest, /],
    [
      ['worker', 'noop', '--set', 'nope=1'],
      3,
      /^error: data: "nope" is not known to worker task "noop"; hint: known keys: /,
    ],
    [['worker', 'blhc'], 3, /^error: data: "input" is required by worker task "blhc"\n$/],
    [
      ['worker', 'noop', '--data', '/nonexistent.yaml'],
      3,
      /^error: cannot read \/nonexistent\.yaml: no such file/,
    ],
    [['worker', 'noop', '--workspace', 'nosuch'], 3, /^error: workspace "nosuch" not found/],
    [
      ['worker', 'noop', '--event-reactions', file('on_success: 3\n')],
      3,
      /^error: event reactions: on_success: /,
    ],
    [
      [
        'worker',
        'noop',
        '--event-reactions',
        file('on_success: [{action: send-notification, channel: nosuch}]'),
      ],
      3,
      /^error: event reactions: notification channel "nosuch" does not exist; hint: see debusine-admin list-notification-channels\n$/,
    ],
    [
      ['worker', 'noop', '--data', '-', '--event-reactions', '-'],
      2,
      /standard input \(-\) can be read only once/,
    ],
    [['workflow', 'noop'], 2, /hint: debusine-admin create-workflow TEMPLATE\n$/],
    [['internal', 'workflow'], 2, /hint: debusine-admin create-workflow TEMPLATE\n$/],
    [['signing', 'noop'], 2, /"signing" does not exist at this database level/],
    [['worker', 'noop', '--priority', '1000001'], 2, /range -1000000 to 1000000/],
    [['worker'], 2, /^error: create-work-request needs TASK/],
  ] as const)('refuses %j with status %i', async ([words, status, line], { database: { db }, database }) => {
    const user = await aUser(db);
    const before = await count(database);
    const { exitCode, stdout, stderr } = await runCommand(database, [
      'create-work-request',
      ...words,
      '--created-by',
      user.username,
    ]);
    expect([exitCode, stdout]).toEqual([status, '']);
    expect(stderr).toMatch(line);
    expect(await count(database)).toBe(before);
  });

  test('needs somebody to record as creator', async ({ database }) => {
    const words = ['create-work-request', 'worker', 'noop'];
    expect(await runCommand(database, words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^error: nobody to record as creator/) as string,
    });
    const unknown = await runCommand(database, [...words, '--created-by', unique('nobody')]);
    expect(unknown.exitCode).toBe(3);
  });
});
