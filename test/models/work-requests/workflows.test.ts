import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { ArgumentError, ConstraintError, ValidationError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { collections } from '../../../src/schema/collections.ts';
import type { WorkflowTemplate } from '../../../src/schema/workflow-templates.ts';
import { workRequests as table } from '../../../src/schema/work-requests.ts';
import { test } from '../../support/database.ts';
import {
  aCollection,
  anArtifact,
  at,
  aUser,
  aWorkflowTemplate,
  aWorkspace,
} from '../../support/factories.ts';
import { aWorkflow } from './arrange.ts';

const now = at('2024-05-02 12:00');

const build = { bootstrap_repositories: [{ mirror: 'http://deb.example.org/debian' }] };
const target = { codenames: 'trixie', architectures: ['amd64'], mmdebstrap_template: build };

async function environments(db: Db, given: Partial<WorkflowTemplate> = {}) {
  return aWorkflowTemplate(db, {
    taskName: 'update_environments',
    taskData: { vendor: 'debian' },
    priority: 7,
    ...given,
  });
}

describe('createWorkflow', () => {
  test('overlays the data of the user with that of the template and tells which keys were ignored', async ({
    db,
  }) => {
    const template = await environments(db);
    const { id: createdById } = await aUser(db);
    const data = { vendor: 'mine', targets: [target] };
    const { workflow, ignoredKeys } = await workRequests.createWorkflow(
      db,
      { template, data, createdById },
      now,
    );
    expect(ignoredKeys).toEqual(['vendor']);
    expect(await workRequests.get(db, workflow.id)).toEqual(workflow);
    expect(workflow).toMatchObject({
      taskType: 'Workflow',
      taskName: 'update_environments',
      taskData: { vendor: 'debian', targets: [target] },
      status: 'pending',
      priorityBase: 7,
      priorityAdjustment: 0,
      workspaceId: template.workspaceId,
      createdById,
      createdAt: now,
      parentId: null,
      workflowDataJson: {},
      eventReactionsJson: {},
    });
  });

  test('gives a root its internal collection', async ({ db }) => {
    const { id: workspaceId } = await aWorkspace(db);
    const template = await aWorkflowTemplate(db, { workspaceId });
    const { id: createdById } = await aUser(db);
    const created = await workRequests.createWorkflow(db, { template, data: {}, createdById }, now);
    expect(created.internalCollection).toEqual({
      id: created.workflow.internalCollectionId,
      name: `workflow-${created.workflow.id}`,
      category: 'debusine:workflow-internal',
      workspaceId,
      data: {},
      fullHistoryRetentionPeriod: null,
      metadataOnlyRetentionPeriod: null,
    });
    expect(await workRequests.internalCollection(db, created.workflow)).toEqual(created.internalCollection);
  });

  test('gives a sub-workflow none, and the priority of the template all the same', async ({ db }) => {
    const parent = await aWorkflow(db, { priorityBase: 100 });
    const template = await environments(db);
    const { workflow, internalCollection } = await workRequests.createWorkflow(
      db,
      {
        template,
        data: { targets: [target] },
        createdById: parent.createdById,
        parentId: parent.id,
        status: 'blocked',
      },
      now,
    );
    expect(internalCollection).toBeNull();
    expect(workflow).toMatchObject({
      parentId: parent.id,
      internalCollectionId: null,
      priorityBase: 7,
      status: 'blocked',
    });
    expect(await db.$count(collections)).toBe(0);
  });

  test('leaves nothing behind when the orchestrator refuses the data, or what it names', async ({ db }) => {
    const { id: createdById } = await aUser(db);
    const { id: artifactId } = await anArtifact(db);
    const sbuild = (source_artifact_id: number) => ({
      input: { source_artifact_id },
      target_distribution: 'debian:trixie',
      architectures: ['amd64'],
    });
    const refused = [
      { template: await environments(db), data: {} },
      { template: await environments(db), data: { targets: [target], nope: 1 } },
      { template: await aWorkflowTemplate(db, { taskName: 'sbuild' }), data: sbuild(999_999) },
      { template: await aWorkflowTemplate(db, { taskName: 'sbuild' }), data: sbuild(artifactId) },
    ];
    for (const given of refused) {
      const created = workRequests.createWorkflow(db, { ...given, createdById }, now);
      await expect(created).rejects.toThrow(ValidationError);
    }
    expect(await db.$count(table)).toBe(0);
    expect(await db.$count(collections)).toBe(0);
  });

  test('does not know an orchestrator of another name', async ({ db }) => {
    const template = await aWorkflowTemplate(db, { taskName: 'nope' });
    const { id: createdById } = await aUser(db);
    await expect(workRequests.createWorkflow(db, { template, data: {}, createdById }, now)).rejects.toThrow(
      ArgumentError,
    );
  });

  test('leaves nothing behind when somebody took the name of the internal collection', async ({ db }) => {
    const template = await aWorkflowTemplate(db);
    const { id: createdById } = await aUser(db);
    const given = { template, data: {}, createdById };
    const { workflow } = await workRequests.createWorkflow(db, given, now);
    // Ids ascend one by one here, as nobody else uses the database; three of them are enough to be sure.
    for (const ahead of [1, 2, 3]) {
      await aCollection(db, {
        name: `workflow-${workflow.id + ahead}`,
        category: 'debusine:workflow-internal',
      });
    }
    await expect(workRequests.createWorkflow(db, given, now)).rejects.toThrow(ConstraintError);
    expect(await db.$count(table)).toBe(1);
  });
});

describe('createUnlessRunning', () => {
  async function first(db: Db, data = { targets: [target] }) {
    const template = await environments(db);
    const { id: createdById } = await aUser(db);
    const given = { template, data, createdById };
    return { given, created: await workRequests.createUnlessRunning(db, given, now) };
  }

  test('gives the unfinished workflow with the same resulting data, whatever was typed', async ({ db }) => {
    const { given, created } = await first(db);
    expect(created.wasCreated).toBe(true);
    const again = await workRequests.createUnlessRunning(
      db,
      { ...given, data: { vendor: 'ignored', targets: [target] } },
      now,
    );
    expect(again).toEqual({
      wasCreated: false,
      workflow: created.workflow,
      internalCollection: created.internalCollection,
      ignoredKeys: [],
    });
    expect(await db.$count(table)).toBe(1);
  });

  for (const status of ['pending', 'running', 'blocked'] as const) {
    test(`a workflow that is ${status} counts as unfinished`, async ({ db }) => {
      const { given, created } = await first(db);
      await db.update(table).set({ status });
      const again = await workRequests.createUnlessRunning(db, given, now);
      expect(again.workflow.id).toBe(created.workflow.id);
    });
  }

  for (const status of ['completed', 'aborted'] as const) {
    test(`a workflow that is ${status} does not count`, async ({ db }) => {
      const { given } = await first(db);
      await db.update(table).set({ status });
      expect((await workRequests.createUnlessRunning(db, given, now)).wasCreated).toBe(true);
    });
  }

  test('other data, another workspace, another task and a sub-workflow do not count', async ({ db }) => {
    const { given, created } = await first(db);
    const { id: workspaceId } = await aWorkspace(db);
    const elsewhere = await environments(db, { workspaceId });
    const others = [
      { ...given, data: { targets: [target, target] } },
      { ...given, template: elsewhere },
      { ...given, template: await aWorkflowTemplate(db), data: {} },
    ];
    for (const other of others) {
      expect((await workRequests.createUnlessRunning(db, other, now)).wasCreated).toBe(true);
    }
    const parent = await aWorkflow(db);
    await db.delete(collections);
    await db.update(table).set({ parentId: parent.id, internalCollectionId: null });
    const again = await workRequests.createUnlessRunning(db, given, now);
    expect(again.wasCreated).toBe(true);
    expect(again.workflow.id).not.toBe(created.workflow.id);
  });
});
