import { expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { all } from '../../../src/db/listing.ts';
import { NotFoundError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import { anArtifact, aWorkRequest } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aDependant, aWorkflow, waits } from './arrange.ts';

test('a request is shown with its record, its data and everything around it', async ({ db }) => {
  const root = await aWorkflow(db);
  const middle = await aWorkflow(db, {
    parentId: root.id,
    taskData: { deep: { b: 1, a: [null] } },
    workflowDataJson: { display_name: 'd', step: 's' },
    eventReactionsJson: { on_success: [] },
  });
  const [first, second] = [await aWorkRequest(db), await aWorkRequest(db)];
  await waits(db, middle, second, first);
  const dependant = await aDependant(db, [middle]);
  const child = await aWorkRequest(db, { parentId: middle.id });
  const artifact = await anArtifact(db, { createdByWorkRequestId: middle.id });

  const [record] = await all(workRequests.list(db, { ids: [middle.id] }));
  expect(await workRequests.show(db, middle.id)).toEqual({
    ...record,
    workflow_root: root.id,
    task_data: { deep: { b: 1, a: [null] } },
    event_reactions: { on_success: [] },
    workflow_data: { display_name: 'd', step: 's' },
    dependencies: [first.id, second.id],
    reverse_dependencies: [dependant.id],
    children: [child.id],
    artifacts: [artifact.id],
  });
});

test('a root workflow is its own root, a request outside of workflows has none', async ({ db }) => {
  const root = await aWorkflow(db);
  const request = await aWorkRequest(db);
  expect((await workRequests.show(db, root.id)).workflow_root).toBe(root.id);
  expect(await workRequests.show(db, request.id)).toMatchObject({
    workflow_root: null,
    dependencies: [],
    reverse_dependencies: [],
    children: [],
    artifacts: [],
  });
});

test('a request that does not exist is not found', async ({ db }) => {
  await expect(workRequests.show(db, 999_999 as Id<'WorkRequest'>)).rejects.toThrow(NotFoundError);
});

test('showing takes one statement', async ({ database }) => {
  const { id } = await aWorkflow(database.db);
  expect(await countStatements(database, (db) => workRequests.show(db, id))).toBe(1);
});
