import { eq, inArray } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { hashTokenKey } from '../../../src/data/token-keys.ts';
import { tokens } from '../../../src/schema/tokens.ts';
import { workRequests } from '../../../src/schema/work-requests.ts';
import type { Worker } from '../../../src/schema/workers.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { at, aToken, aWorker, aWorkRequest, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const isEnabled = async ({ db }: TestDatabase, { tokenId }: Worker): Promise<boolean | undefined> => {
  if (tokenId === null) return undefined;
  const [token] = await db.select().from(tokens).where(eq(tokens.id, tokenId));
  return token?.enabled;
};

describe('manage-worker', () => {
  test('disable returns running and pending work to the queue; once more it is unchanged', async ({
    database,
  }) => {
    const { db } = database;
    const worker = await aWorker(db, { concurrency: 2 });
    const running = await aWorkRequest(db, {
      workerId: worker.id,
      status: 'running',
      startedAt: at('2024-05-01 11:00'),
    });
    const pending = await aWorkRequest(db, { workerId: worker.id });
    const ids = [running.id, pending.id];
    const words = ['manage-worker', 'disable', worker.name, '--json'];
    const first = await runCommand(database, words);
    expect([first.exitCode, first.stderr]).toEqual([0, '']);
    expect(JSON.parse(first.stdout)).toEqual([
      { name: worker.name, enabled: false, changed: true, returned_work_requests: ids },
    ]);
    expect(await isEnabled(database, worker)).toBe(false);
    const returned = await db.select().from(workRequests).where(inArray(workRequests.id, ids));
    for (const request of returned) {
      expect(request).toMatchObject({ status: 'pending', workerId: null, startedAt: null });
    }
    expect(JSON.parse((await runCommand(database, words)).stdout)).toEqual([
      { name: worker.name, enabled: false, changed: false, returned_work_requests: [] },
    ]);
  });

  test('a terminal is asked when work would be restarted, a script is not', async ({ database }) => {
    const worker = await aWorker(database.db);
    await aWorkRequest(database.db, { workerId: worker.id });
    const words = ['manage-worker', 'disable', worker.name];
    const no = await runCommand(database, words, { terminal: true, answers: ['n'] });
    expect(no.exitCode).toBe(8);
    expect(no.stderr).toContain(`1 work request will be restarted elsewhere. Disable "${worker.name}"?`);
    expect(await isEnabled(database, worker)).toBe(true);
    const yes = await runCommand(database, words, { terminal: true, answers: ['y'] });
    expect(yes.stderr).toContain(`disabled worker "${worker.name}"; 1 work request returned to the queue`);
    expect(await isEnabled(database, worker)).toBe(false);
  });

  test('several workers, by number or by key: all or none', async ({ database }) => {
    const { db } = database;
    const key = unique('key');
    const [one, two] = [await aWorker(db), await aWorker(db)];
    const three = await aWorker(db, { tokenId: (await aToken(db, { hash: hashTokenKey(key) })).id });
    const disable = (...words: string[]) =>
      runCommand(database, ['manage-worker', 'disable', ...words], { stdin: `${key}\n` });
    expect((await disable(one.name, 'nosuch')).exitCode).toBe(3);
    expect(await isEnabled(database, one)).toBe(true);
    expect((await disable('--id', String(one.id), String(two.id), '--dry-run')).stdout).toContain(two.name);
    expect(await isEnabled(database, two)).toBe(true);
    expect(await disable(one.name, two.name, '--token-file', '-')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    for (const worker of [one, two, three]) expect(await isEnabled(database, worker)).toBe(false);
    await runCommand(database, ['manage-worker', 'enable', one.name, two.name]);
    expect([await isEnabled(database, one), await isEnabled(database, two)]).toEqual([true, true]);
  });

  test('a key in place of a name is refused and not repeated; under the old name it is taken', async ({
    database,
  }) => {
    const key = 'f6'.repeat(32);
    const token = await aToken(database.db, { hash: hashTokenKey(key) });
    const worker = await aWorker(database.db, { tokenId: token.id });
    const refused = await runCommand(database, ['manage-worker', 'disable', key, '--debug']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).not.toContain(key);
    const old = await runCommand(database, ['manage_worker', '--worker-type', 'external', 'disable', key]);
    expect([old.exitCode, old.stdout]).toEqual([0, '']);
    expect(old.stderr).toContain('warning: a key on the command line');
    expect(old.stderr).not.toContain(key);
    expect(await isEnabled(database, worker)).toBe(false);
    const signing = await runCommand(database, ['manage_worker', '--worker-type', 'signing', 'disable', 'x']);
    expect(signing.exitCode).toBe(4);
  });

  test.for([
    [['enable'], 2, /no worker is named/],
    [['enable', 'nosuch'], 3, 'error: worker "nosuch" not found; hint: see debusine-admin list-workers\n'],
    [['disable', '--id', 'saturn'], 2, /not a whole number/],
    [['disable', '--id', '999999'], 3, /worker 999999 not found/],
    [['frobnicate', 'x'], 2, /unknown command/],
  ] as const)('%j is refused', async ([words, status, message], { database }) => {
    const { exitCode, stderr } = await runCommand(database, ['manage-worker', ...words]);
    expect(exitCode).toBe(status);
    expect(stderr).toMatch(message);
  });

  test('an internal worker has no token to switch', async ({ database }) => {
    const { name } = await aWorker(database.db, { internal: true });
    expect(await runCommand(database, ['manage-worker', 'disable', name])).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: `error: worker "${name}" is internal and has no token; hint: it cannot be disabled\n`,
    });
    expect((await runCommand(database, ['manage_worker', 'disable', name])).exitCode).toBe(3);
  });
});
