import { describe, expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { ConstraintError, DataError, NotFoundError, ValidationError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { notificationChannels } from '../../../src/schema/notification-channels.ts';
import { workRequests as table } from '../../../src/schema/work-requests.ts';
import { all } from '../../../src/db/listing.ts';
import { test } from '../../support/database.ts';
import { at, aUser, aWorkRequest, systemWorkspace } from '../../support/factories.ts';
import type { Db } from '../../../src/db/database.ts';

const now = at('2024-05-02 12:00:00.000001');

async function place(db: Db) {
  return { workspaceId: (await systemWorkspace(db)).id, createdById: (await aUser(db)).id };
}

describe('create', () => {
  test('fills in the defaults of the original', async ({ db }) => {
    const where = await place(db);
    const request = await workRequests.create(db, { taskName: 'noop', ...where }, now);
    expect(request).toEqual({
      id: request.id,
      createdAt: now,
      startedAt: null,
      completedAt: null,
      status: 'pending',
      result: '',
      taskType: 'Worker',
      taskName: 'noop',
      taskData: {},
      workflowDataJson: {},
      eventReactionsJson: {},
      unblockStrategy: 'deps',
      priorityBase: 0,
      priorityAdjustment: 0,
      internalCollectionId: null,
      parentId: null,
      workerId: null,
      ...where,
    });
    expect(await workRequests.get(db, request.id)).toEqual(request);
  });

  test('sets the time of creation itself, whatever is given', async ({ db }) => {
    const given = { taskName: 'noop', ...(await place(db)), createdAt: at('2020-01-01') };
    expect((await workRequests.create(db, given, now)).createdAt).toBe(now);
  });

  test('does not validate', async ({ db }) => {
    const request = await workRequests.create(db, { taskName: 'nope', ...(await place(db)) }, now);
    expect(request.taskName).toBe('nope');
  });

  test('stores negative priorities and data as they are given', async ({ db }) => {
    const given = {
      taskName: 'noop',
      ...(await place(db)),
      priorityBase: -3,
      priorityAdjustment: -4,
      taskData: { b: [1, { c: null }], a: 'text' },
    };
    const { id } = await workRequests.create(db, given, now);
    expect(await workRequests.get(db, id)).toMatchObject(given);
  });

  test('refuses a task name of more than 100 characters', async ({ db }) => {
    const where = await place(db);
    await expect(workRequests.create(db, { taskName: 'x'.repeat(101), ...where }, now)).rejects.toThrow(
      DataError,
    );
    expect(
      (await workRequests.create(db, { taskName: 'x'.repeat(100), ...where }, now)).taskName,
    ).toHaveLength(100);
  });

  test('meets a user that does not exist at the commit', async ({ database }) => {
    const { id: workspaceId } = await systemWorkspace(database.db);
    const created = workRequests.create(
      database.db,
      { taskName: 'noop', workspaceId, createdById: 999_999 as Id<'User'> },
      now,
    );
    await expect(created).rejects.toThrow(ConstraintError);
    expect(await database.db.$count(table)).toBe(0);
  });
});

describe('createChecked', () => {
  test('stores reactions in full form and the priority as adjustment', async ({ db }) => {
    await db.insert(notificationChannels).values({ name: 'admins', method: 'email', data: {} });
    const request = await workRequests.createChecked(
      db,
      {
        taskName: 'noop',
        taskData: { result: false },
        ...(await place(db)),
        priorityAdjustment: 9,
        blocked: true,
        eventReactions: { on_failure: [{ action: 'send-notification', channel: 'admins' }] },
      },
      now,
    );
    expect(request).toMatchObject({ status: 'blocked', priorityBase: 0, priorityAdjustment: 9 });
    expect(request.eventReactionsJson).toEqual({
      on_success: [],
      on_failure: [{ action: 'send-notification', channel: 'admins', data: null }],
    });
  });

  test('refuses what the task refuses, and reactions that name no channel, and stores nothing', async ({
    db,
  }) => {
    const where = await place(db);
    const reactions = { on_success: [{ action: 'send-notification', channel: 'nobody' }] };
    const refused = [
      [{ taskName: 'nope' }, 'task_name'],
      [{ taskName: 'noop', taskData: { nope: 1 } }, 'task_data'],
      [{ taskName: 'noop', taskType: 'Server' }, 'task_name'],
      [{ taskName: 'noop', eventReactions: { on_creation: [] } }, 'event_reactions'],
      [{ taskName: 'noop', eventReactions: reactions }, 'event_reactions'],
    ] as const;
    for (const [asked, field] of refused) {
      const error: unknown = await workRequests
        .createChecked(db, { ...where, ...asked }, now)
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ValidationError);
      expect(error).toHaveProperty(`problems.${field}`);
    }
    expect(await all(workRequests.all(db))).toEqual([]);
  });
});

describe('typed columns', () => {
  test('reactions are written with all their keys and read back', async ({ db }) => {
    const { id } = await aWorkRequest(db);
    const saved = await workRequests.setEventReactions(db, id, {
      on_success: [{ action: 'update-collection-with-artifacts', collection: 'x@y', artifact_filters: {} }],
    });
    const action = {
      action: 'update-collection-with-artifacts',
      collection: 'x@y',
      name_template: null,
      variables: null,
      artifact_filters: {},
    };
    expect(saved.eventReactionsJson).toEqual({ on_success: [action], on_failure: [] });
    expect(workRequests.eventReactions(await workRequests.get(db, id))).toEqual({
      on_success: [action],
      on_failure: [],
    });
  });

  test('of workflow data only what was given is stored, and null empties it', async ({ db }) => {
    const request = await aWorkRequest(db);
    const { id } = request;
    const saved = await workRequests.setWorkflowData(db, id, { display_name: 'd', step: 's' });
    expect(saved).toEqual({ ...request, workflowDataJson: { display_name: 'd', step: 's' } });
    expect(workRequests.workflowData(saved)?.allow_failure).toBe(false);
    expect(await workRequests.setWorkflowData(db, id, null)).toEqual(request);
  });

  test('what does not fit is not written', async ({ db }) => {
    const request = await aWorkRequest(db);
    await expect(workRequests.setEventReactions(db, request.id, { on_unblock: [] })).rejects.toThrow(
      ValidationError,
    );
    await expect(
      workRequests.setWorkflowData(db, 999_999 as Id<'WorkRequest'>, { display_name: 'd', step: 's' }),
    ).rejects.toThrow(NotFoundError);
    expect(await workRequests.get(db, request.id)).toEqual(request);
  });
});
