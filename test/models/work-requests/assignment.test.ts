import { describe, expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { transaction } from '../../../src/db/transaction.ts';
import { NotFoundError } from '../../../src/errors.ts';
import type { Notifier, WorkerMessage } from '../../../src/models/notifier.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import { aToken, aWorker, aWorkRequest } from '../../support/factories.ts';

function recorder(): Notifier & { readonly sent: (readonly [string, WorkerMessage])[] } {
  const sent: (readonly [string, WorkerMessage])[] = [];
  return { sent, send: (channel, message) => void sent.push([channel, message]) };
}

describe('assignWorker', () => {
  test('gives the request to the worker and tells the worker after the commit', async ({ database }) => {
    const { db } = database;
    const token = await aToken(db);
    const { id: workerId } = await aWorker(db, { tokenId: token.id });
    const request = await aWorkRequest(db);
    const notifier = recorder();

    await transaction(db, async (tx) => {
      const assigned = await workRequests.assignWorker(tx, request.id, workerId, notifier);
      expect(assigned).toEqual({ ...request, workerId });
      expect(notifier.sent).toEqual([]);
    });
    expect(notifier.sent).toEqual([[token.hash, { type: 'work_request.assigned' }]]);
    expect(await workRequests.get(db, request.id)).toEqual({ ...request, workerId });
  });

  test('tells nobody when the transaction is rolled back', async ({ database }) => {
    const { id: workerId } = await aWorker(database.db);
    const { id } = await aWorkRequest(database.db);
    const notifier = recorder();
    const given = () => workRequests.assignWorker(database.db, id, workerId, notifier);
    await transaction(database.db, (tx) => workRequests.assignWorker(tx, id, workerId, notifier), {
      dryRun: true,
    });
    expect(notifier.sent).toEqual([]);
    await given();
    expect(notifier.sent).toHaveLength(1);
  });

  test('takes the request from its worker without telling anybody', async ({ database }) => {
    const { db } = database;
    const { id } = await aWorkRequest(db, { status: 'running', workerId: (await aWorker(db)).id });
    const notifier = recorder();
    expect(await workRequests.assignWorker(db, id, null, notifier)).toMatchObject({
      workerId: null,
      status: 'running',
    });
    expect(notifier.sent).toEqual([]);
  });

  test('does not tell a worker without token', async ({ database }) => {
    const { db } = database;
    const { id: workerId } = await aWorker(db, { internal: true, tokenId: null });
    const notifier = recorder();
    await workRequests.assignWorker(db, (await aWorkRequest(db)).id, workerId, notifier);
    expect(notifier.sent).toEqual([]);
  });

  test('does not ask whether the worker has room', async ({ db }) => {
    const { id: workerId } = await aWorker(db, { concurrency: 0 });
    const { id } = await aWorkRequest(db, { status: 'completed' });
    expect((await workRequests.assignWorker(db, id, workerId)).workerId).toBe(workerId);
  });

  test('does not find a request or a worker that does not exist', async ({ db }) => {
    const request = await aWorkRequest(db);
    const worker = await aWorker(db);
    await expect(workRequests.assignWorker(db, request.id, 999_999 as Id<'Worker'>)).rejects.toThrow(
      NotFoundError,
    );
    await expect(workRequests.assignWorker(db, 999_999 as Id<'WorkRequest'>, worker.id)).rejects.toThrow(
      NotFoundError,
    );
    expect(await workRequests.get(db, request.id)).toEqual(request);
  });
});
