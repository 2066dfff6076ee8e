import { describe, expect } from 'vitest';
import { all } from '../../../src/db/listing.ts';
import type { Id } from '../../../src/db/ids.ts';
import { NotFoundError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import {
  aCollection,
  anArtifact,
  at,
  aUser,
  aWorker,
  aWorkRequest,
  systemWorkspace,
} from '../../support/factories.ts';
import { aDependant, aWorkflow } from './arrange.ts';

const absent = 999_999 as Id<'WorkRequest'>;

describe('finding', () => {
  test('get gives the row, find gives undefined for one that does not exist, get refuses it', async ({
    db,
  }) => {
    const request = await aWorkRequest(db);
    expect(await workRequests.get(db, request.id)).toEqual(request);
    expect(await workRequests.find(db, request.id)).toEqual(request);
    expect(await workRequests.find(db, absent)).toBeUndefined();
    await expect(workRequests.get(db, absent)).rejects.toThrow(NotFoundError);
  });

  test('getAll gives the rows by id and names all that do not exist', async ({ db }) => {
    const [first, second] = [await aWorkRequest(db), await aWorkRequest(db)];
    expect(await workRequests.getAll(db, [second.id, first.id, second.id])).toEqual([first, second]);
    await expect(
      workRequests.getAll(db, [absent, first.id, (absent + 1) as Id<'WorkRequest'>]),
    ).rejects.toThrow('work requests 999999, 1000000 not found');
  });

  test('all gives every row in full, by id', async ({ db }) => {
    const { id: internalCollectionId } = await aCollection(db);
    const rows = [
      await aWorkflow(db, { internalCollectionId, taskData: { a: [1, 'ü', null] } }),
      await aWorkRequest(db, {
        startedAt: at('2024-05-01 10:00:00.000001'),
        completedAt: at('2024-05-02'),
        status: 'completed',
        result: 'error',
        workerId: (await aWorker(db)).id,
        priorityBase: -1,
        priorityAdjustment: 2,
        workflowDataJson: { display_name: 'd', step: 's' },
        eventReactionsJson: { on_success: [] },
        unblockStrategy: 'manual',
      }),
    ];
    expect(await all(workRequests.all(db))).toEqual(rows);
  });
});

describe('accessors', () => {
  test('dependencies are those it waits for, reverse dependencies those that wait for it, by id', async ({
    db,
  }) => {
    const [first, second] = [await aWorkRequest(db), await aWorkRequest(db)];
    const request = await aDependant(db, [second, first]);
    const other = await aDependant(db, [first]);
    expect(await workRequests.dependencies(db, request.id)).toEqual([first, second]);
    expect(await workRequests.reverseDependencies(db, first.id)).toEqual([request, other]);
    expect(await workRequests.dependencies(db, first.id)).toEqual([]);
  });

  test('children are those directly inside, by id', async ({ db }) => {
    const workflow = await aWorkflow(db);
    const child = await aWorkflow(db, { parentId: workflow.id });
    await aWorkRequest(db, { parentId: child.id });
    const second = await aWorkRequest(db, { parentId: workflow.id });
    expect(await workRequests.children(db, workflow.id)).toEqual([child, second]);
  });

  test('the artifact set is what it made, by id', async ({ db }) => {
    const request = await aWorkRequest(db);
    const made = [
      await anArtifact(db, { createdByWorkRequestId: request.id }),
      await anArtifact(db, { createdByWorkRequestId: request.id }),
    ];
    await anArtifact(db);
    expect(await workRequests.artifactSet(db, request.id)).toEqual(made);
  });

  test('worker, workspace, creator, parent and internal collection are the rows that the ids name', async ({
    db,
  }) => {
    const [worker, user, collection] = [await aWorker(db), await aUser(db), await aCollection(db)];
    const workflow = await aWorkflow(db, { internalCollectionId: collection.id });
    const request = await aWorkRequest(db, {
      workerId: worker.id,
      createdById: user.id,
      parentId: workflow.id,
    });
    expect(await workRequests.worker(db, request)).toEqual(worker);
    expect(await workRequests.createdBy(db, request)).toEqual(user);
    expect(await workRequests.parent(db, request)).toEqual(workflow);
    expect(await workRequests.workspace(db, request)).toEqual(await systemWorkspace(db));
    expect(await workRequests.internalCollection(db, workflow)).toEqual(collection);
  });

  test('worker, parent and internal collection are null when there is none', async ({ db }) => {
    const request = await aWorkRequest(db);
    expect(await workRequests.worker(db, request)).toBeNull();
    expect(await workRequests.parent(db, request)).toBeNull();
    expect(await workRequests.internalCollection(db, request)).toBeNull();
  });
});

describe('the root of a workflow', () => {
  test('is null for a request that is in none', async ({ db }) => {
    expect(await workRequests.getWorkflowRoot(db, (await aWorkRequest(db)).id)).toBeNull();
  });

  test('is itself for a root, the parent for a child, the grandparent for a grandchild', async ({ db }) => {
    const root = await aWorkflow(db);
    const middle = await aWorkflow(db, { parentId: root.id });
    const leaf = await aWorkRequest(db, { parentId: middle.id });
    for (const { id } of [root, middle, leaf]) {
      expect(await workRequests.getWorkflowRoot(db, id)).toEqual(root);
    }
  });

  test('of a request that does not exist is not found', async ({ db }) => {
    await expect(workRequests.getWorkflowRoot(db, absent)).rejects.toThrow(NotFoundError);
  });
});

test('a child is part of a workflow, its root is not', async ({ db }) => {
  const root = await aWorkflow(db);
  const child = await aWorkRequest(db, { parentId: root.id });
  expect(workRequests.isPartOfWorkflow(child)).toBe(true);
  expect(workRequests.isPartOfWorkflow(root)).toBe(false);
});
