import { describe, expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { NotFoundError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import { at, aWorkRequest } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aChain, aDependant, aWorkflow, statusesOf, waits } from './arrange.ts';

const now = at('2024-05-02 12:00');
const absent = 999_999 as Id<'WorkRequest'>;
const success = { result: 'success' } as const;
const failure = { result: 'failure' } as const;
const mayFail = { workflowDataJson: { display_name: 'd', step: 's', allow_failure: true } };

describe('after a good end', () => {
  test('what waits for nothing else becomes pending', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const dependant = await aDependant(db, [request]);
    await workRequests.markCompleted(db, request.id, success, now);
    expect(await workRequests.get(db, dependant.id)).toEqual({ ...dependant, status: 'pending' });
  });

  test('a failure that is allowed is as good as success', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running', ...mayFail });
    const dependant = await aDependant(db, [request]);
    await workRequests.markCompleted(db, request.id, failure, now);
    expect(await statusesOf(db, dependant)).toEqual(['pending']);
  });

  test('what waits for something unfinished stays blocked, whatever the state of that', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const dependants = [];
    for (const status of ['pending', 'running', 'blocked', 'aborted'] as const) {
      dependants.push(await aDependant(db, [request, await aWorkRequest(db, { status })]));
    }
    await workRequests.markCompleted(db, request.id, success, now);
    expect(await statusesOf(db, ...dependants)).toEqual(['blocked', 'blocked', 'blocked', 'blocked']);
  });

  test('of other dependencies only the status counts, not the result', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const failed = await aWorkRequest(db, { status: 'completed', result: 'error' });
    const dependant = await aDependant(db, [request, failed]);
    await workRequests.markCompleted(db, request.id, success, now);
    expect(await statusesOf(db, dependant)).toEqual(['pending']);
  });

  test('what is to be unblocked by hand stays blocked', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const dependant = await aDependant(db, [request], { unblockStrategy: 'manual' });
    await workRequests.markCompleted(db, request.id, success, now);
    expect(await statusesOf(db, dependant)).toEqual(['blocked']);
  });

  test('a child becomes pending only while its workflow is running', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const dependants = [];
    for (const status of ['running', 'pending', 'blocked', 'completed', 'aborted'] as const) {
      const { id: parentId } = await aWorkflow(db, { status });
      dependants.push(await aDependant(db, [request], { parentId }));
    }
    await workRequests.markCompleted(db, request.id, success, now);
    expect(await statusesOf(db, ...dependants)).toEqual([
      'pending',
      'blocked',
      'blocked',
      'blocked',
      'blocked',
    ]);
  });

  test('what is not blocked is left alone', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const dependants = [];
    for (const status of ['pending', 'running', 'completed', 'aborted'] as const) {
      dependants.push(await aDependant(db, [request], { status }));
    }
    await workRequests.markCompleted(db, request.id, success, now);
    expect(await statusesOf(db, ...dependants)).toEqual(['pending', 'running', 'completed', 'aborted']);
  });
});

describe('after a bad end', () => {
  for (const result of ['failure', 'error'] as const) {
    test(`everything blocked that waits for it is aborted after ${result}, and so on`, async ({ db }) => {
      const request = await aWorkRequest(db, { status: 'running' });
      const unfinished = await aWorkRequest(db);
      const { id: parentId } = await aWorkflow(db, { status: 'pending' });
      const direct = [
        await aDependant(db, [request]),
        await aDependant(db, [request, unfinished]),
        await aDependant(db, [request], { unblockStrategy: 'manual' }),
        await aDependant(db, [request], { parentId }),
      ];
      const indirect = await aDependant(db, direct.slice(0, 2));

      await workRequests.markCompleted(db, request.id, { result }, now);
      expect(await statusesOf(db, unfinished, ...direct, indirect)).toEqual([
        'pending',
        ...Array<string>(5).fill('aborted'),
      ]);
      expect((await workRequests.get(db, indirect.id)).completedAt).toBe(now);
    });
  }

  test('what is not blocked is left alone, and what waits for that', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const dependant = await aDependant(db, [request], { status: 'running' });
    const further = await aDependant(db, [dependant]);
    await workRequests.markCompleted(db, request.id, failure, now);
    expect(await statusesOf(db, dependant, further)).toEqual(['running', 'blocked']);
  });

  test('one that is aborted but may fail aborts nothing, and lets nothing go', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const lenient = await aDependant(db, [request], mayFail);
    const further = await aDependant(db, [lenient]);
    await workRequests.markCompleted(db, request.id, failure, now);
    expect(await statusesOf(db, lenient, further)).toEqual(['aborted', 'blocked']);
  });

  test('a circle of requests ends by itself', async ({ db }) => {
    const first = await aWorkRequest(db, { status: 'blocked' });
    const second = await aDependant(db, [first]);
    await waits(db, first, second);
    await workRequests.markAborted(db, first.id, now);
    expect(await statusesOf(db, first, second)).toEqual(['aborted', 'aborted']);
  });

  test('a failing request in a circle stays completed', async ({ db }) => {
    const first = await aWorkRequest(db, { status: 'running' });
    const second = await aDependant(db, [first]);
    await waits(db, first, second);
    await workRequests.markCompleted(db, first.id, failure, now);
    expect(await statusesOf(db, first, second)).toEqual(['completed', 'aborted']);
  });

  test('workflow data that allows failure in other words than true does not allow it', async ({ db }) => {
    for (const workflowDataJson of [
      { allow_failure: 'true' },
      { allow_failure: false },
      { allow_failure: null },
    ]) {
      const request = await aWorkRequest(db, { status: 'running', workflowDataJson });
      const dependant = await aDependant(db, [request]);
      await workRequests.markCompleted(db, request.id, failure, now);
      expect(await statusesOf(db, dependant)).toEqual(['aborted']);
    }
  });
});

describe('aborting', () => {
  test('takes along everything blocked that waits for it', async ({ db }) => {
    const request = await aWorkRequest(db);
    const dependant = await aDependant(db, [request], { unblockStrategy: 'manual' });
    const further = await aDependant(db, [dependant]);
    await workRequests.markAborted(db, request.id, now);
    expect(await statusesOf(db, request, dependant, further)).toEqual(['aborted', 'aborted', 'aborted']);
  });

  test('spares what waits for one that may fail: it stays blocked', async ({ db }) => {
    const request = await aWorkRequest(db, mayFail);
    const dependant = await aDependant(db, [request]);
    await workRequests.markAborted(db, request.id, now);
    expect(await statusesOf(db, request, dependant)).toEqual(['aborted', 'blocked']);
  });

  test('spares what waits for one that had success', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'completed', result: 'success' });
    const dependant = await aDependant(db, [request]);
    await workRequests.markAborted(db, request.id, now);
    expect(await statusesOf(db, request, dependant)).toEqual(['aborted', 'blocked']);
  });
});

describe('unblockReverseDependencies', () => {
  test('tells what became pending after success', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'completed', result: 'success' });
    const dependants = [await aDependant(db, [request]), await aDependant(db, [request])];
    const consequences = await workRequests.unblockReverseDependencies(db, request.id, now);
    expect(consequences).toEqual({ pending: dependants.map(({ id }) => id), aborted: [] });
    expect(await statusesOf(db, ...dependants)).toEqual(['pending', 'pending']);
  });

  test('tells what was aborted after failure, directly or not', async ({ db }) => {
    const request = await aWorkRequest(db, { status: 'completed', result: 'failure' });
    const dependant = await aDependant(db, [request]);
    const further = await aDependant(db, [dependant]);
    const consequences = await workRequests.unblockReverseDependencies(db, request.id, now);
    expect(consequences).toEqual({ pending: [], aborted: [dependant.id, further.id] });
    expect((await workRequests.get(db, request.id)).status).toBe('completed');
  });

  test('of a request that does not exist is not found', async ({ db }) => {
    await expect(workRequests.unblockReverseDependencies(db, absent, now)).rejects.toThrow(NotFoundError);
  });

  test('takes as many statements for 200 dependants as for 2', async ({ database }) => {
    const count = async (dependants: number) => {
      const request = await aWorkRequest(database.db, { status: 'running' });
      for (let made = 0; made < dependants; made += 1) {
        await aDependant(database.db, [request], { createdById: request.createdById });
      }
      return countStatements(database, (db) => workRequests.markCompleted(db, request.id, success, now));
    };
    expect(await count(200)).toBe(await count(2));
  });

  test('a failure at the head of a chain of 10000 aborts all of it', async ({ db }) => {
    const ids = await aChain(db, 10_000);
    const [first = absent] = ids;
    await workRequests.markCompleted(db, first, failure, now);
    expect((await workRequests.get(db, ids.at(-1) ?? absent)).status).toBe('aborted');
  });
});
