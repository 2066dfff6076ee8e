import { describe, expect } from 'vitest';
import { aWorkflow } from '../../models/work-requests/arrange.ts';
import { test } from '../../support/database.ts';
import { at, aWorkflowTemplate, aWorkRequest, aWorkspace } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

describe('list-workflows', () => {
  test('shows root workflows with the progress of all that is in them', async ({
    database: { db },
    database,
  }) => {
    const workspace = await aWorkspace(db);
    const here = { workspaceId: workspace.id };
    const old = await aWorkflow(db, {
      ...here,
      createdAt: at('2024-05-01'),
      status: 'completed',
      result: 'failure',
    });
    const flow = await aWorkflow(db, {
      ...here,
      createdAt: at('2024-05-02'),
      taskName: 'sbuild',
      taskData: { architectures: ['amd64'], x: 1 },
    });
    const inner = await aWorkflow(db, { ...here, parentId: flow.id });
    await aWorkRequest(db, { ...here, parentId: inner.id, status: 'completed', result: 'error' });
    await aWorkRequest(db, { ...here, parentId: inner.id, status: 'blocked' });
    await aWorkRequest(db, here);
    const list = async (...words: readonly string[]) =>
      JSON.parse(
        (await runCommand(database, ['list-workflows', '--workspace', workspace.name, ...words, '--json']))
          .stdout,
      ) as { readonly id: number }[];
    const [first, second] = await list();
    expect(first).toEqual({
      id: flow.id,
      task_name: 'sbuild',
      workspace: workspace.name,
      created_by: expect.any(String) as string,
      created_at: '2024-05-02T00:00:00.000000Z',
      completed_at: null,
      status: 'running',
      result: '',
      progress: { total: 3, completed: 1, running: 1, pending: 0, blocked: 1, aborted: 0, failed: 1 },
    });
    expect(second?.id).toBe(old.id);
    expect((await list('--running')).map(({ id }) => id)).toEqual([flow.id]);
    expect((await list('--failed')).map(({ id }) => id)).toEqual([old.id]);
    expect((await list('--task', 'sb*', '--limit', '1')).map(({ id }) => id)).toEqual([flow.id]);
    const template = await aWorkflowTemplate(db, {
      ...here,
      taskName: 'sbuild',
      taskData: { architectures: ['amd64'] },
    });
    expect((await list('--like-template', template.name)).map(({ id }) => id)).toEqual([flow.id]);

    const plain = await runCommand(database, ['list-workflows', '--workspace', workspace.name, '--running']);
    expect(plain.stdout).toMatch(
      /^ID +TASK_NAME +WORKSPACE +CREATED_AT +STATUS +RESULT +PROGRESS +BLOCKED +FAILED\n\d+ +sbuild .* running +"" +1\/3 +1 +1\n$/,
    );
  });

  test.for([
    [['--like-template', 'nosuch'], 3],
    [['--workspace', 'nosuch'], 3],
    [['--worker', 'nosuch'], 3],
    [['--created-by', 'nosuch'], 3],
    [['--running', '--failed'], 2],
    [['--type', 'worker'], 2],
    [['--parent', '1'], 2],
  ] as const)('refuses %j with status %i', async ([words, status], { database }) => {
    expect(await runCommand(database, ['list-workflows', ...words])).toMatchObject({
      exitCode: status,
      stdout: '',
    });
  });
});
