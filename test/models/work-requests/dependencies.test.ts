import { describe, expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { transaction } from '../../../src/db/transaction.ts';
import {
  ArgumentError,
  ConstraintError,
  InvalidTransitionError,
  NotFoundError,
} from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import { aWorkRequest } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aChain, aDependant, statusesOf, waits } from './arrange.ts';

const absent = 999_999 as Id<'WorkRequest'>;

describe('adding dependencies', () => {
  test('makes a pending request wait, and adding them again changes nothing', async ({ db }) => {
    const [first, second] = [await aWorkRequest(db), await aWorkRequest(db, { status: 'running' })];
    const request = await aWorkRequest(db);
    for (let time = 0; time < 2; time += 1) {
      const saved = await workRequests.addDependencies(db, request.id, [second.id, first.id, first.id]);
      expect(saved).toEqual({ ...request, status: 'blocked' });
      expect(await workRequests.dependencies(db, request.id)).toEqual([first, second]);
    }
  });

  test('that are completed leaves the request pending', async ({ db }) => {
    const done = await aWorkRequest(db, { status: 'completed', result: 'failure' });
    const request = await aWorkRequest(db);
    expect(await workRequests.addDependencies(db, request.id, [done.id])).toEqual(request);
  });

  test('leaves a blocked request blocked', async ({ db }) => {
    const done = await aWorkRequest(db, { status: 'completed', result: 'success' });
    const request = await aWorkRequest(db, { status: 'blocked' });
    expect(await workRequests.addDependencies(db, request.id, [done.id])).toEqual(request);
  });

  for (const status of ['running', 'completed', 'aborted'] as const) {
    test(`is refused for a request that is ${status}`, async ({ db }) => {
      const dependency = await aWorkRequest(db);
      const request = await aWorkRequest(db, { status });
      await expect(workRequests.addDependencies(db, request.id, [dependency.id])).rejects.toThrow(
        InvalidTransitionError,
      );
      expect(await workRequests.dependencies(db, request.id)).toEqual([]);
    });
  }

  test('is refused when it would close a circle, also through others, or upon itself', async ({ db }) => {
    const first = await aWorkRequest(db);
    const second = await aDependant(db, [first]);
    const third = await aDependant(db, [second]);
    for (const id of [first.id, second.id, third.id]) {
      await expect(workRequests.addDependencies(db, first.id, [id])).rejects.toThrow(ArgumentError);
    }
    expect(await workRequests.dependencies(db, first.id)).toEqual([]);
    expect(await statusesOf(db, first)).toEqual(['pending']);
  });

  test('finds a circle of 10000 requests', async ({ db }) => {
    const ids = await aChain(db, 10_000);
    const [first = absent] = ids;
    await expect(workRequests.addDependencies(db, first, [ids.at(-1) ?? absent])).rejects.toThrow(
      ArgumentError,
    );
  });

  test('does not find requests that do not exist, and adds none of the others', async ({ db }) => {
    const [request, dependency] = [await aWorkRequest(db), await aWorkRequest(db)];
    await expect(workRequests.addDependencies(db, request.id, [dependency.id, absent])).rejects.toThrow(
      NotFoundError,
    );
    await expect(workRequests.addDependencies(db, absent, [dependency.id])).rejects.toThrow(NotFoundError);
    expect(await workRequests.dependencies(db, request.id)).toEqual([]);
  });

  test('takes as many statements for 100 as for 2', async ({ database }) => {
    const count = async (size: number) => {
      const request = await aWorkRequest(database.db);
      const ids: Id<'WorkRequest'>[] = [];
      for (let made = 0; made < size; made += 1) {
        ids.push((await aWorkRequest(database.db, { createdById: request.createdById })).id);
      }
      return countStatements(database, (db) => workRequests.addDependencies(db, request.id, ids));
    };
    expect(await count(100)).toBe(await count(2));
  });
});

test('removing dependencies leaves the status, and passes over what is not there', async ({ db }) => {
  const [first, second] = [await aWorkRequest(db), await aWorkRequest(db)];
  const request = await aDependant(db, [first, second]);
  await workRequests.removeDependencies(db, request.id, [first.id, absent]);
  expect(await workRequests.dependencies(db, request.id)).toEqual([second]);
  expect(await workRequests.get(db, request.id)).toEqual(request);
  expect(await workRequests.reverseDependencies(db, first.id)).toEqual([]);
});

test('the database takes a pair once, and knows it by name', async ({ db }) => {
  const dependency = await aWorkRequest(db);
  const request = await aDependant(db, [dependency]);
  const again = transaction(db, (tx) => waits(tx, request, dependency));
  await expect(again).rejects.toThrow(ConstraintError);
  await expect(again).rejects.toMatchObject({
    constraint: 'db_workrequest_dependenc_from_workrequest_id_to_w_11b7c673_uniq',
  });
  // The other way round it is another pair: only adding through the model looks for circles.
  await waits(db, dependency, request);
});
