import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { all } from '../../../src/db/listing.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import type { WorkflowFilter } from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import { at, aUser, aWorkflowTemplate, aWorkRequest, aWorkspace } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aWorkflow } from './arrange.ts';

async function ids(db: Db, filter: WorkflowFilter) {
  return (await all(workRequests.listWorkflows(db, filter, { order: ['id'] }))).map(({ id }) => id);
}

test('a workflow is listed with the progress of everything below it', async ({ db }) => {
  const user = await aUser(db);
  const root = await aWorkflow(db, { createdById: user.id, taskName: 'sbuild' });
  const middle = await aWorkflow(db, { parentId: root.id });
  for (const status of ['pending', 'blocked', 'aborted'] as const) {
    await aWorkRequest(db, { parentId: middle.id, status });
  }
  for (const result of ['success', 'failure', 'error'] as const) {
    await aWorkRequest(db, { parentId: root.id, status: 'completed', result });
  }
  await aWorkRequest(db);

  expect(await all(workRequests.listWorkflows(db))).toEqual([
    {
      id: root.id,
      task_name: 'sbuild',
      workspace: 'System',
      created_by: user.username,
      created_at: '2024-05-01T10:00:00.000000Z',
      completed_at: null,
      status: 'running',
      result: '',
      progress: { total: 7, completed: 3, running: 1, pending: 1, blocked: 1, aborted: 1, failed: 2 },
      blocked: 1,
      failed: 2,
    },
  ]);
});

test('the newest comes first, and a page can be cut out', async ({ db }) => {
  const old = await aWorkflow(db, { createdAt: at('2024-05-01') });
  const young = await aWorkflow(db, { createdAt: at('2024-05-02') });
  const listed = async (page = {}) =>
    (await all(workRequests.listWorkflows(db, {}, page))).map(({ id }) => id);
  expect(await listed()).toEqual([young.id, old.id]);
  expect(await listed({ limit: 1, offset: 1 })).toEqual([old.id]);
});

describe('filters', () => {
  test('running means neither completed nor aborted, failed means a bad end', async ({ db }) => {
    const unfinished = [
      await aWorkflow(db),
      await aWorkflow(db, { status: 'pending' }),
      await aWorkflow(db, { status: 'blocked' }),
    ];
    await aWorkflow(db, { status: 'completed', result: 'success' });
    const bad = [
      await aWorkflow(db, { status: 'completed', result: 'failure' }),
      await aWorkflow(db, { status: 'completed', result: 'error' }),
      await aWorkflow(db, { status: 'aborted' }),
    ];
    expect(await ids(db, { running: true })).toEqual(unfinished.map(({ id }) => id));
    expect(await ids(db, { failed: true })).toEqual(bad.map(({ id }) => id));
    expect(await ids(db, { failed: true, statuses: ['aborted'] })).toEqual([bad[2]?.id]);
  });

  test('like a template means its task, its workspace and every value that it fixes', async ({ db }) => {
    const template = await aWorkflowTemplate(db, { taskName: 'sbuild', taskData: { a: [1], b: { c: 2 } } });
    const taskName = 'sbuild';
    const like = await aWorkflow(db, { taskName, taskData: { b: { c: 2 }, a: [1], more: true } });
    await aWorkflow(db, { taskName, taskData: { a: [1, 2], b: { c: 2 } } });
    await aWorkflow(db, { taskName, taskData: { a: [1], b: { c: 2, d: 3 } } });
    await aWorkflow(db, { taskName, taskData: { a: [1] } });
    await aWorkflow(db, { taskName: 'noop', taskData: { a: [1], b: { c: 2 } } });
    const { id: workspaceId } = await aWorkspace(db);
    await aWorkflow(db, { taskName, taskData: { a: [1], b: { c: 2 } }, workspaceId });
    expect(await ids(db, { likeTemplate: template })).toEqual([like.id]);
  });

  test('of work requests apply as well', async ({ db }) => {
    const { id: workspaceId } = await aWorkspace(db);
    const workflow = await aWorkflow(db, { workspaceId });
    await aWorkflow(db);
    expect(await ids(db, { workspaceIds: [workspaceId] })).toEqual([workflow.id]);
  });
});

test('a list takes one statement for 30 workflows as for 1', async ({ database }) => {
  const { id: createdById } = await aUser(database.db);
  const count = async (size: number) => {
    for (let made = 0; made < size; made += 1) {
      const { id: parentId } = await aWorkflow(database.db, { createdById });
      await aWorkRequest(database.db, { createdById, parentId });
    }
    return countStatements(database, (db) => all(workRequests.listWorkflows(db)));
  };
  expect([await count(1), await count(29)]).toEqual([1, 1]);
});
