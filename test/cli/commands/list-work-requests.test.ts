import { describe, expect } from 'vitest';
import { test, type TestDatabase } from '../../support/database.ts';
import { at, aUser, aWorker, aWorkRequest, aWorkspace, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';
import { aWorkflow } from '../../models/work-requests/arrange.ts';

const idsOf = async (database: TestDatabase, ...words: readonly string[]): Promise<readonly number[]> => {
  const { stdout } = await runCommand(database, [
    'list-work-requests',
    ...words,
    '--jsonl',
    '--columns',
    'id',
  ]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: number }).id);
};

describe('list-work-requests', () => {
  test('gives every key in its order, with names and microseconds', async ({
    database: { db },
    database,
  }) => {
    const [user, worker, workspace] = [await aUser(db), await aWorker(db), await aWorkspace(db)];
    const parent = await aWorkflow(db);
    const request = await aWorkRequest(db, {
      taskName: 'sbuild',
      createdById: user.id,
      workerId: worker.id,
      workspaceId: workspace.id,
      parentId: parent.id,
      createdAt: at('2024-05-02 10:00:00.000001'),
      startedAt: at('2024-05-02 10:01'),
      completedAt: at('2024-05-02 10:03:10.2'),
      status: 'completed',
      result: 'failure',
      priorityBase: 2,
      priorityAdjustment: 3,
    });
    const { stdout, stderr } = await runCommand(database, [
      'list-work-requests',
      '--ids',
      String(request.id),
      '--json',
    ]);
    expect(stderr).toBe('');
    expect(stdout).toBe(
      `[{"id":${request.id},"task_type":"Worker","task_name":"sbuild","workspace":"${workspace.name}",` +
        `"worker":"${worker.name}","created_by":"${user.username}","created_at":"2024-05-02T10:00:00.000001Z",` +
        '"started_at":"2024-05-02T10:01:00.000000Z","completed_at":"2024-05-02T10:03:10.200000Z",' +
        '"duration_seconds":130.2,"status":"completed","result":"failure","priority_base":2,' +
        `"priority_adjustment":3,"priority_effective":5,"parent":${parent.id},"unblock_strategy":"deps",` +
        '"internal_collection":null}]\n',
    );
  });

  test('values of one filter are alternatives, different filters must all hold', async ({
    database: { db },
    database,
  }) => {
    const [user, worker, workspace] = [await aUser(db), await aWorker(db), await aWorkspace(db)];
    const here = { workspaceId: workspace.id, createdById: user.id };
    const flow = await aWorkflow(db, { ...here, createdAt: at('2024-05-01') });
    const old = await aWorkRequest(db, {
      ...here,
      createdAt: at('2024-05-02'),
      taskName: 'sbuild',
      status: 'completed',
      result: 'success',
      workerId: worker.id,
      parentId: flow.id,
    });
    const young = await aWorkRequest(db, {
      ...here,
      createdAt: at('2024-05-03'),
      taskType: 'Server',
      taskName: 'aptmirror',
      status: 'blocked',
      priorityAdjustment: 7,
    });
    const find = (...words: readonly string[]) => idsOf(database, '--workspace', workspace.name, ...words);
    expect(await find()).toEqual([young.id, old.id, flow.id]);
    expect(await find('--order', 'created_at', '--limit', '2')).toEqual([flow.id, old.id]);
    expect(await find('--status', 'blocked', '--status', 'completed')).toEqual([young.id, old.id]);
    expect(await find('--status', 'blocked', '--result', 'success')).toEqual([]);
    expect(await find('--result', 'none', '--type', 'server')).toEqual([young.id]);
    expect(await find('--task', 'sb*')).toEqual([old.id]);
    expect(await find('--worker', worker.name)).toEqual([old.id]);
    expect(await find('--worker', worker.name, '--worker', 'none')).toEqual([young.id, old.id, flow.id]);
    expect(await find('--parent', String(flow.id))).toEqual([old.id]);
    expect(await find('--parent', 'none', '--type', 'Worker', '--type', 'server')).toEqual([young.id]);
    expect(await find('--workflow', String(flow.id))).toEqual([old.id, flow.id]);
    expect(await find('--created-by', user.username, '--min-priority', '7')).toEqual([young.id]);
    expect(await find('--created-after', '2024-05-02', '--created-before', '2024-05-03')).toEqual([old.id]);
    expect(await find('--ids', `${old.id},${young.id}`)).toEqual([young.id, old.id]);
    const { stdout } = await runCommand(database, [
      ...['list-work-requests', '--workspace', workspace.name, '--count'],
    ]);
    expect(stdout).toBe('3\n');
  });

  test.for([
    [
      ['--workspace', 'nosuch'],
      'error: workspace "nosuch" not found; hint: see debusine-admin list-workspaces',
    ],
    [['--worker', 'nosuch'], 'error: worker "nosuch" not found; hint: see debusine-admin list-workers'],
    [['--created-by', 'nosuch'], 'error: user "nosuch" not found; hint: see debusine-admin list-users'],
    [
      ['--ids', '999998,999999'],
      'error: work requests 999998, 999999 not found; hint: see debusine-admin list-work-requests',
    ],
    [
      ['--parent', '999999'],
      'error: work request 999999 not found; hint: see debusine-admin list-work-requests',
    ],
    [
      ['--workflow', '999999'],
      'error: work request 999999 not found; hint: see debusine-admin list-work-requests',
    ],
  ] as const)(
    'a filter for what does not exist is no empty list: %s',
    async ([words, line], { database }) => {
      const { exitCode, stdout, stderr } = await runCommand(database, ['list-work-requests', ...words]);
      expect([exitCode, stdout, stderr]).toEqual([3, '', `${line}\n`]);
    },
  );

  test.for([
    ['--status', 'pendign'],
    ['--result', 'good'],
    ['--type', 'signing'],
    ['--parent', 'x'],
    ['--ids', '1,,2'],
    ['--created-after', 'tomorrowish'],
    ['--min-priority', '9999999999'],
    ['--order', 'colour'],
  ] as const)('refuses %s %s with status 2', async (words, { database }) => {
    const { exitCode, stdout, stderr } = await runCommand(database, ['list-work-requests', ...words]);
    expect([exitCode, stdout, stderr.split('\n').length]).toEqual([2, '', 2]);
    expect(stderr).toContain(words[1] === '1,,2' ? '""' : words[1]);
  });

  test('an unknown status names the known ones and the closest', async ({ database }) => {
    expect((await runCommand(database, ['list-work-requests', '--status', 'pendign'])).stderr).toBe(
      'error: option --status: "pendign" is none of pending, running, completed, aborted, blocked; hint: did you mean pending?\n',
    );
  });

  test('knows the columns of the manual: parent, duration, created_by', async ({
    database: { db },
    database,
  }) => {
    const request = await aWorkRequest(db, {
      status: 'completed',
      startedAt: at('2024-05-02'),
      completedAt: at('2024-05-02 00:01:30'),
    });
    const words = [
      'list-work-requests',
      '--ids',
      String(request.id),
      '--columns',
      'id,parent,duration,created_by',
    ];
    expect((await runCommand(database, words)).stdout).toMatch(
      new RegExp(`^ID +PARENT +DURATION_SECONDS +CREATED_BY\n${request.id} +- +90 +user-\\w+\n$`),
    );
  });

  test('a task name that drives terminals does not', async ({ database: { db }, database }) => {
    const request = await aWorkRequest(db, { taskName: '\u001b[31mred\nnext' });
    const words = ['list-work-requests', '--ids', String(request.id)];
    const { stdout } = await runCommand(database, words, {
      terminal: true,
      env: { NO_COLOR: '1', COLUMNS: '200' },
    });
    expect(stdout).toContain(String.raw`\x1b[31mred\nnext`);
    expect(stdout).not.toContain('\u001b');
    const { stdout: json } = await runCommand(database, [...words, '--json']);
    expect(JSON.parse(json)).toMatchObject([{ task_name: '\u001b[31mred\nnext' }]);
  });

  test('the name of the original gives its keys, the oldest first, and nothing for an unknown filter', async ({
    database: { db },
    database,
  }) => {
    const [worker, workspace] = [await aWorker(db, { name: unique('w') }), await aWorkspace(db)];
    const first = await aWorkRequest(db, { workspaceId: workspace.id, createdAt: at('2024-05-01') });
    const second = await aWorkRequest(db, {
      workspaceId: workspace.id,
      workerId: worker.id,
      status: 'completed',
      result: 'success',
      createdAt: at('2024-05-02 01:02:03.5'),
      startedAt: at('2024-05-02 02:00'),
      completedAt: at('2024-05-02 03:00'),
    });
    const words = ['list_work_requests', '--workspace', workspace.name];
    expect((await runCommand(database, [...words, '--yaml'])).stdout).toBe(
      '- completed_at: null\n' +
        '  created_at: 2024-05-01 00:00:00+00:00\n' +
        `  id: ${first.id}\n` +
        "  result: ''\n" +
        '  started_at: null\n' +
        '  status: pending\n' +
        '  worker: null\n' +
        '- completed_at: 2024-05-02 03:00:00+00:00\n' +
        '  created_at: 2024-05-02 01:02:03.500000+00:00\n' +
        `  id: ${second.id}\n` +
        '  result: success\n' +
        '  started_at: 2024-05-02 02:00:00+00:00\n' +
        '  status: completed\n' +
        `  worker: ${worker.name}\n\n`,
    );
    expect((await runCommand(database, words)).stdout).toMatch(
      /^ID +Worker +Created +Started +Completed +Status +Result\n/,
    );
    expect(await runCommand(database, ['list_work_requests', '--worker', 'nosuch', '--yaml'])).toEqual({
      exitCode: 0,
      stdout: '[]\n\n',
      stderr: '',
    });
  });
});
