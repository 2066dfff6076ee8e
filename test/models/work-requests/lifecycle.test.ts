import { and, eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import type { Id } from '../../../src/db/ids.ts';
import { AssertionError, NotFoundError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { type Status, type TaskType, workRequests as table } from '../../../src/schema/work-requests.ts';
import { test } from '../../support/database.ts';
import { at, aWorker, aWorkRequest } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aChain, aDependant, statusesOf } from './arrange.ts';

const now = at('2024-05-02 12:00:00.000001');
const absent = 999_999 as Id<'WorkRequest'>;

const every: readonly Status[] = ['blocked', 'pending', 'running', 'completed', 'aborted'];
const others = (...statuses: readonly Status[]) => every.filter((status) => !statuses.includes(status));

/** A request in that state with a worker that has room for it and for one more. */
async function aRequest(db: Db, status: Status) {
  const worker = await aWorker(db, { concurrency: 2 });
  return aWorkRequest(db, { status, workerId: worker.id });
}

describe('markPending', () => {
  test('a blocked request becomes pending, whatever it waits for and however it is to be unblocked', async ({
    db,
  }) => {
    const dependency = await aWorkRequest(db);
    const request = await aDependant(db, [dependency], { unblockStrategy: 'manual' });

    expect(await workRequests.markPending(db, request.id)).toBe(true);
    expect(await workRequests.get(db, request.id)).toEqual({ ...request, status: 'pending' });
  });

  for (const status of others('blocked')) {
    test(`a request that is ${status} is not marked pending`, async ({ db }) => {
      const request = await aRequest(db, status);
      expect(await workRequests.markPending(db, request.id)).toBe(false);
      expect(await workRequests.get(db, request.id)).toEqual(request);
    });
  }

  test('a request that does not exist is not found', async ({ db }) => {
    await expect(workRequests.markPending(db, absent)).rejects.toThrow(NotFoundError);
  });
});

describe('markRunning', () => {
  test('a pending request with a worker that has room runs from now on', async ({ db }) => {
    const request = await aRequest(db, 'pending');
    expect(await workRequests.markRunning(db, request.id, now)).toBe(true);
    expect(await workRequests.get(db, request.id)).toEqual({ ...request, status: 'running', startedAt: now });
  });

  test('a running request stays so and keeps the time of its start', async ({ db }) => {
    const { id: workerId } = await aWorker(db, { concurrency: 1 });
    const startedAt = at('2024-05-01');
    const request = await aWorkRequest(db, { status: 'running', workerId, startedAt });
    expect(await workRequests.markRunning(db, request.id, now)).toBe(true);
    expect(await workRequests.get(db, request.id)).toEqual(request);
  });

  for (const status of others('pending', 'running')) {
    test(`a request that is ${status} is not marked running`, async ({ db }) => {
      const request = await aRequest(db, status);
      expect(await workRequests.markRunning(db, request.id, now)).toBe(false);
      expect(await workRequests.get(db, request.id)).toEqual(request);
    });
  }

  for (const taskType of ['Worker', 'Server'] satisfies TaskType[]) {
    for (const status of ['pending', 'running'] satisfies Status[]) {
      test(`a ${status} request of type ${taskType} without a worker is not marked running`, async ({
        db,
      }) => {
        const request = await aWorkRequest(db, { taskType, status });
        expect(await workRequests.markRunning(db, request.id, now)).toBe(false);
        expect(await workRequests.get(db, request.id)).toEqual(request);
      });
    }
  }

  for (const taskType of ['Internal', 'Workflow'] satisfies TaskType[]) {
    test(`a request of type ${taskType} needs no worker to run`, async ({ db }) => {
      const { id } = await aWorkRequest(db, { taskType });
      expect(await workRequests.markRunning(db, id, now)).toBe(true);
      expect((await workRequests.get(db, id)).status).toBe('running');
    });
  }

  test('a worker that runs as many as its concurrency allows gets no more', async ({ db }) => {
    const { id: workerId } = await aWorker(db, { concurrency: 2 });
    await aWorkRequest(db, { status: 'running', workerId });
    const last = await aWorkRequest(db, { workerId });
    const tooMany = await aWorkRequest(db, { workerId });
    // What only waits for the worker does not count, nor what others run.
    await aWorkRequest(db, { status: 'running', workerId: (await aWorker(db)).id });

    expect(await workRequests.markRunning(db, last.id, now)).toBe(true);
    expect(await workRequests.markRunning(db, tooMany.id, now)).toBe(false);
    expect(await workRequests.get(db, tooMany.id)).toEqual(tooMany);
  });

  test('a worker with concurrency 0 runs nothing', async ({ db }) => {
    const { id: workerId } = await aWorker(db, { concurrency: 0 });
    const { id } = await aWorkRequest(db, { workerId });
    expect(await workRequests.markRunning(db, id, now)).toBe(false);
  });

  test('a request that does not exist is not found', async ({ db }) => {
    await expect(workRequests.markRunning(db, absent, now)).rejects.toThrow(NotFoundError);
  });
});

describe('markCompleted', () => {
  for (const status of ['pending', 'running'] satisfies Status[]) {
    for (const result of ['success', 'failure', 'error'] as const) {
      test(`a ${status} request is completed with ${result}`, async ({ db }) => {
        const startedAt = status === 'running' ? at('2024-05-01') : null;
        const request = await aWorkRequest(db, { status, startedAt });
        expect(await workRequests.markCompleted(db, request.id, { result }, now)).toBe(true);
        expect(await workRequests.get(db, request.id)).toEqual({
          ...request,
          status: 'completed',
          result,
          completedAt: now,
        });
      });
    }
  }

  for (const status of others('pending', 'running')) {
    test(`a request that is ${status} is not completed, not even without a result`, async ({ db }) => {
      const request = await aRequest(db, status);
      expect(await workRequests.markCompleted(db, request.id, { result: 'success' }, now)).toBe(false);
      expect(await workRequests.markCompleted(db, request.id, { result: '' }, now)).toBe(false);
      expect(await workRequests.get(db, request.id)).toEqual(request);
    });
  }

  test('completing without a result is a mistake of the caller and changes nothing', async ({ db }) => {
    const request = await aRequest(db, 'running');
    await expect(workRequests.markCompleted(db, request.id, { result: '' }, now)).rejects.toThrow(
      AssertionError,
    );
    expect(await workRequests.get(db, request.id)).toEqual(request);
  });

  test('a request that does not exist is not found', async ({ db }) => {
    await expect(workRequests.markCompleted(db, absent, { result: 'success' }, now)).rejects.toThrow(
      NotFoundError,
    );
  });
});

describe('markAborted', () => {
  for (const status of every) {
    test(`a request that is ${status} is aborted, and its result stays`, async ({ db }) => {
      const completedAt = status === 'aborted' ? at('2024-05-01') : null;
      const request = await aWorkRequest(db, { status, result: 'failure', completedAt });
      expect(await workRequests.markAborted(db, request.id, now)).toBe(true);
      expect(await workRequests.get(db, request.id)).toEqual({
        ...request,
        status: 'aborted',
        completedAt: now,
      });
    });
  }

  test('children of a workflow that is aborted stay as they are', async ({ db }) => {
    const workflow = await aWorkRequest(db, { taskType: 'Workflow' });
    const child = await aWorkRequest(db, { parentId: workflow.id, status: 'blocked' });
    await workRequests.markAborted(db, workflow.id, now);
    expect(await statusesOf(db, workflow, child)).toEqual(['aborted', 'blocked']);
  });

  test('a request that does not exist is not found', async ({ db }) => {
    await expect(workRequests.markAborted(db, absent, now)).rejects.toThrow(NotFoundError);
  });

  test('a chain of 10000 dependants is aborted', async ({ db }) => {
    const [first = absent] = await aChain(db, 10_001);
    await workRequests.markAborted(db, first, now);
    expect(await db.$count(table, and(eq(table.status, 'aborted'), eq(table.completedAt, now)))).toBe(10_001);
  });

  test('aborting takes as many statements for 300 dependants as for 3', async ({ database }) => {
    const count = async (length: number) => {
      const [first = absent] = await aChain(database.db, length);
      return countStatements(database, (db) => workRequests.markAborted(db, first, now));
    };
    expect(await count(300)).toBe(await count(3));
  });
});
