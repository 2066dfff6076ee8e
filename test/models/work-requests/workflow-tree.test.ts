import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import type { Id } from '../../../src/db/ids.ts';
import { InvalidTransitionError, NotFoundError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import type { TreeFilter } from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import { at, aWorker, aWorkRequest } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aDependant, aWorkflow } from './arrange.ts';

/** root → (first → leaf, second); second waits for leaf and for something completed. */
async function aTree(db: Db) {
  const root = await aWorkflow(db, { taskName: 'sbuild' });
  const first = await aWorkflow(db, { parentId: root.id });
  const done = await aWorkRequest(db, { parentId: root.id, status: 'completed', result: 'success' });
  const leaf = await aWorkRequest(db, {
    parentId: first.id,
    status: 'aborted',
    workerId: (await aWorker(db, { name: 'saturn' })).id,
    startedAt: at('2024-05-01 10:00'),
    completedAt: at('2024-05-01 10:02:10.200000'),
    workflowDataJson: { display_name: 'amd64', step: 's' },
  });
  const second = await aDependant(db, [leaf, done], { parentId: root.id });
  return { root, first, done, leaf, second };
}

async function shape(db: Db, id: Id<'WorkRequest'>, filter: TreeFilter = {}) {
  const { nodes } = await workRequests.workflowTree(db, id, filter);
  return nodes.map((node) => [node.depth, node.id]);
}

describe('the tree of a workflow', () => {
  test('has parents before their children, siblings by number', async ({ db }) => {
    const { root, first, leaf, done, second } = await aTree(db);
    expect(await shape(db, root.id)).toEqual([
      [0, root.id],
      [1, first.id],
      [2, leaf.id],
      [1, done.id],
      [1, second.id],
    ]);
  });

  test('tells of each node what it is, who does it and what it waits for', async ({ db }) => {
    const { root, leaf, second } = await aTree(db);
    const { nodes } = await workRequests.workflowTree(db, root.id);
    expect(nodes.find(({ id }) => id === leaf.id)).toEqual({
      id: leaf.id,
      task_type: 'Worker',
      task_name: 'noop',
      display_name: 'amd64',
      status: 'aborted',
      result: '',
      worker: 'saturn',
      waits_for: [],
      duration_seconds: 130.2,
      parent: leaf.parentId,
      depth: 2,
    });
    expect(nodes.find(({ id }) => id === second.id)).toMatchObject({ waits_for: [leaf.id], parent: root.id });
    expect(nodes[0]).toMatchObject({ display_name: 'sbuild', parent: null, worker: null });
  });

  test('is that of the root, whichever member is asked for', async ({ db }) => {
    const { root, leaf } = await aTree(db);
    const ofLeaf = await workRequests.workflowTree(db, leaf.id);
    expect(ofLeaf.member).toBe(leaf.id);
    expect(ofLeaf.nodes).toEqual((await workRequests.workflowTree(db, root.id)).nodes);
  });

  test('can be cut at a depth', async ({ db }) => {
    const { root, first, done, second } = await aTree(db);
    expect(await shape(db, root.id, { depth: 0 })).toEqual([[0, root.id]]);
    expect(await shape(db, root.id, { depth: 1 })).toEqual([
      [0, root.id],
      [1, first.id],
      [1, done.id],
      [1, second.id],
    ]);
  });

  test('can be reduced to some statuses or to what failed, with what these are in', async ({ db }) => {
    const { root, first, leaf, second } = await aTree(db);
    expect(await shape(db, root.id, { statuses: ['blocked'] })).toEqual([
      [0, root.id],
      [1, second.id],
    ]);
    expect(await shape(db, root.id, { failed: true })).toEqual([
      [0, root.id],
      [1, first.id],
      [2, leaf.id],
    ]);
    expect(await shape(db, root.id, { failed: true, statuses: ['blocked'] })).toEqual([[0, root.id]]);
  });

  test('can be nested', async ({ db }) => {
    const { root, first, leaf, done, second } = await aTree(db);
    const top = workRequests.nested(await workRequests.workflowTree(db, root.id));
    expect(top).not.toHaveProperty('depth');
    expect(top).not.toHaveProperty('parent');
    expect(top.id).toBe(root.id);
    expect(top.children.map(({ id }) => id)).toEqual([first.id, done.id, second.id]);
    expect(top.children[0]?.children.map(({ id, children }) => [id, children])).toEqual([[leaf.id, []]]);
  });

  test('is refused for a request outside of workflows', async ({ db }) => {
    const { id } = await aWorkRequest(db);
    const refused = workRequests.workflowTree(db, id);
    await expect(refused).rejects.toThrow(InvalidTransitionError);
    await expect(refused).rejects.toMatchObject({ hint: `debusine-admin show-work-request ${id}` });
    await expect(workRequests.workflowTree(db, 999_999 as Id<'WorkRequest'>)).rejects.toThrow(NotFoundError);
  });

  test('may be 5000 levels deep', async ({ db }) => {
    const root = await aWorkflow(db);
    await db.execute(sql`
      insert into db_workrequest (
        id, created_at, status, result, task_type, task_name, task_data, workflow_data, event_reactions,
        unblock_strategy, priority_base, priority_adjustment, created_by_id, workspace_id, parent_id
      )
      select r.id + n, r.created_at, 'blocked', '', 'Workflow', 'noop', '{}', '{}', '{}', 'deps', 0, 0,
        r.created_by_id, r.workspace_id, r.id + n - 1
      from db_workrequest r, generate_series(1, 5000) n
      where r.id = ${root.id}::bigint`);
    const { nodes } = await workRequests.workflowTree(db, root.id);
    expect(nodes.at(-1)).toMatchObject({ id: root.id + 5000, depth: 5000 });
  });

  test('takes as many statements for 50 nodes as for 2', async ({ database }) => {
    const { id, createdById } = await aWorkflow(database.db);
    const count = async (size: number) => {
      for (let made = 0; made < size; made += 1)
        await aWorkRequest(database.db, { parentId: id, createdById });
      return countStatements(database, (db) => workRequests.workflowTree(db, id));
    };
    expect(await count(2)).toBe(await count(48));
  });
});

test('the tree below a request begins with that request, in a workflow or not', async ({ db }) => {
  const { first, leaf } = await aTree(db);
  const alone = await aWorkRequest(db);
  const below = await workRequests.treeBelow(db, first.id);
  expect(below.nodes.map(({ id, depth, parent }) => [id, depth, parent])).toEqual([
    [first.id, 0, null],
    [leaf.id, 1, first.id],
  ]);
  expect((await workRequests.treeBelow(db, alone.id)).nodes).toHaveLength(1);
  await expect(workRequests.treeBelow(db, 999_999 as Id<'WorkRequest'>)).rejects.toThrow(NotFoundError);
});
