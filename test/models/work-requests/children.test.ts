import { describe, expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { ArgumentError, NotFoundError, ValidationError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { workRequests as table } from '../../../src/schema/work-requests.ts';
import { test } from '../../support/database.ts';
import { at, aWorkRequest, aWorkspace } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aWorkflow } from './arrange.ts';

const now = at('2024-05-02 12:00');
const absent = 999_999 as Id<'WorkRequest'>;

describe('createChild', () => {
  test('inherits workspace, creator and effective priority, and is a blocked worker task by default', async ({
    db,
  }) => {
    const { id: workspaceId } = await aWorkspace(db);
    const workflow = await aWorkflow(db, { workspaceId, priorityBase: 5, priorityAdjustment: -2 });
    const child = await workRequests.createChild(db, workflow.id, { taskName: 'noop' }, now);
    expect(await workRequests.get(db, child.id)).toEqual(child);
    expect(child).toMatchObject({
      parentId: workflow.id,
      workspaceId,
      createdById: workflow.createdById,
      createdAt: now,
      taskType: 'Worker',
      status: 'blocked',
      taskData: {},
      workflowDataJson: {},
      eventReactionsJson: {},
      priorityBase: 3,
      priorityAdjustment: 0,
      internalCollectionId: null,
    });
  });

  test('takes type, status, data and the workflow data that is given', async ({ db }) => {
    const workflow = await aWorkflow(db);
    const child = await workRequests.createChild(
      db,
      workflow.id,
      {
        taskName: 'internalnoop',
        taskType: 'Server',
        status: 'pending',
        taskData: { result: true },
        workflowData: { display_name: 'd', step: 's', group: 'g' },
      },
      now,
    );
    expect(child).toMatchObject({
      taskType: 'Server',
      status: 'pending',
      taskData: { result: true },
      workflowDataJson: { display_name: 'd', step: 's', group: 'g' },
    });
  });

  test('is refused below anything but a workflow', async ({ db }) => {
    const request = await aWorkRequest(db);
    await expect(workRequests.createChild(db, request.id, { taskName: 'noop' }, now)).rejects.toThrow(
      ArgumentError,
    );
    await expect(workRequests.createChild(db, absent, { taskName: 'noop' }, now)).rejects.toThrow(
      NotFoundError,
    );
  });

  test('leaves nothing behind when the task refuses it', async ({ db }) => {
    const { id } = await aWorkflow(db);
    for (const given of [{ taskName: 'nope' }, { taskName: 'noop', taskData: { nope: 1 } }]) {
      await expect(workRequests.createChild(db, id, given, now)).rejects.toThrow(ValidationError);
    }
    expect(await db.$count(table)).toBe(1);
  });
});

describe('createPlanned', () => {
  const planned = (display_name: string) => ({
    taskType: 'Worker' as const,
    taskName: 'noop',
    taskData: { result: false },
    workflowData: { display_name, step: 's' },
    eventReactions: { on_success: [], on_failure: [] },
  });

  test('creates all children with one statement, in the order given', async ({ db }) => {
    const workflow = await aWorkflow(db, { priorityBase: 4 });
    const names = ['c', 'a', 'b'];
    const created = await workRequests.createPlanned(db, workflow.id, names.map(planned), now);
    expect(created.map(workRequests.workflowDisplayName)).toEqual(names);
    expect(created).toEqual(await workRequests.children(db, workflow.id));
    for (const child of created) {
      expect(child).toMatchObject({
        status: 'blocked',
        result: '',
        createdAt: now,
        taskData: { result: false },
        eventReactionsJson: { on_success: [], on_failure: [] },
        unblockStrategy: 'deps',
        priorityBase: 4,
        priorityAdjustment: 0,
        createdById: workflow.createdById,
        workspaceId: workflow.workspaceId,
      });
    }
  });

  test('creates none when one is refused', async ({ db }) => {
    const { id } = await aWorkflow(db);
    const bad = { ...planned('b'), taskData: { nope: 1 } };
    await expect(workRequests.createPlanned(db, id, [planned('a'), bad], now)).rejects.toThrow(
      ValidationError,
    );
    expect(await workRequests.children(db, id)).toEqual([]);
  });

  test('takes as many statements for 100 children as for 2', async ({ database }) => {
    const { id } = await aWorkflow(database.db);
    const count = (size: number) =>
      countStatements(database, (db) =>
        workRequests.createPlanned(
          db,
          id,
          Array.from({ length: size }, (_, n) => planned(`n${n}`)),
          now,
        ),
      );
    expect(await count(100)).toBe(await count(2));
  });
});

describe('internal steps', () => {
  test('a callback has its step and the priority of the parent', async ({ db }) => {
    const parent = await aWorkflow(db, { priorityBase: 5, priorityAdjustment: 2 });
    const callback = await workRequests.createWorkflowCallback(
      db,
      { parentId: parent.id, step: 'gather', displayName: 'Gather results', status: 'blocked' },
      now,
    );
    expect(callback).toMatchObject({
      taskType: 'Internal',
      taskName: 'workflow',
      taskData: {},
      status: 'blocked',
      priorityBase: 7,
      workspaceId: parent.workspaceId,
      createdById: parent.createdById,
      parentId: parent.id,
      workflowDataJson: { step: 'gather', display_name: 'Gather results' },
    });
  });

  test('a callback without a display name, or with an empty one, is called like its step', async ({ db }) => {
    const { id: parentId } = await aWorkflow(db);
    for (const displayName of [undefined, null, '']) {
      const given = { parentId, step: 'gather', ...(displayName === undefined ? {} : { displayName }) };
      const callback = await workRequests.createWorkflowCallback(db, given, now);
      expect(callback.status).toBe('pending');
      expect(workRequests.workflowDisplayName(callback)).toBe('gather');
    }
  });

  test('a synchronization point has a fixed name, the priority of the parent and no workflow data', async ({
    db,
  }) => {
    const parent = await aWorkflow(db, { priorityBase: 5, priorityAdjustment: 2 });
    const point = await workRequests.createSynchronizationPoint(db, { parentId: parent.id }, now);
    expect(point).toMatchObject({
      taskType: 'Internal',
      taskName: 'synchronization_point',
      taskData: {},
      status: 'pending',
      priorityBase: 7,
      parentId: parent.id,
      workflowDataJson: {},
    });
    const blocked = await workRequests.createSynchronizationPoint(
      db,
      { parentId: parent.id, status: 'blocked' },
      now,
    );
    expect(blocked.status).toBe('blocked');
  });

  test('a parent that does not exist is not found, one that is no workflow is accepted', async ({ db }) => {
    const { id: parentId } = await aWorkRequest(db);
    await expect(workRequests.createSynchronizationPoint(db, { parentId: absent }, now)).rejects.toThrow(
      NotFoundError,
    );
    await workRequests.createWorkflowCallback(db, { parentId, step: 's' }, now);
    expect(await workRequests.children(db, parentId)).toHaveLength(1);
  });
});
