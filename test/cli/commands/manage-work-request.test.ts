import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { workRequests } from '../../../src/schema/work-requests.ts';
import { aDependant, aWorkflow, statusesOf } from '../../models/work-requests/arrange.ts';
import { test } from '../../support/database.ts';
import { at, aWorker, aWorkRequest } from '../../support/factories.ts';
import { runCommand, type Surroundings } from '../../support/run-command.ts';

const manage = (
  database: { readonly url: string },
  words: readonly (string | number)[],
  surroundings: Surroundings = {},
) => runCommand(database, ['manage-work-request', ...words.map(String)], surroundings);

describe('manage-work-request abort', () => {
  test('gives one request up with what waits for it, without a question', async ({
    database: { db },
    database,
  }) => {
    const request = await aWorkRequest(db, { status: 'running' });
    const dependant = await aDependant(db, [request]);
    const dry = await manage(database, ['abort', request.id, '--dry-run', '--json']);
    expect(await statusesOf(db, request, dependant)).toEqual(['running', 'blocked']);
    const { exitCode, stdout, stderr } = await manage(database, ['abort', request.id, '--json']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      `[{"id":${request.id},"status":"aborted","changed":true,"also_changed":[${dependant.id}]}]\n`,
    );
    expect(dry.stdout).toBe(stdout);
    expect(await statusesOf(db, request, dependant)).toEqual(['aborted', 'aborted']);
    expect(await manage(database, ['abort', request.id])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('asks before several or a workflow: refused without a terminal, declined by "n"', async ({
    database: { db },
    database,
  }) => {
    const flow = await aWorkflow(db);
    const child = await aWorkRequest(db, { parentId: flow.id });
    const other = await aWorkRequest(db);
    expect(await manage(database, ['abort', flow.id, '--recursive'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: refusing to abort workflow ${flow.id} (noop) with everything inside without confirmation; hint: add --yes\n`,
    });
    const several = await manage(database, ['abort', child.id, other.id]);
    expect([several.exitCode, several.stderr]).toEqual([
      2,
      'error: refusing to abort 2 work requests without confirmation; hint: add --yes\n',
    ]);
    const terminal = { terminal: true, env: { NO_COLOR: '1' } };
    const declined = await manage(database, ['abort', flow.id], { ...terminal, answers: ['n'] });
    expect(declined.exitCode).toBe(8);
    expect(await statusesOf(db, flow, child, other)).toEqual(['running', 'pending', 'pending']);
    const accepted = await manage(database, ['abort', flow.id, '--recursive'], {
      ...terminal,
      answers: ['y'],
    });
    expect(accepted.exitCode).toBe(0);
    expect(accepted.stderr).toContain(`aborted work request ${flow.id}, and with it ${child.id}`);
    expect((await manage(database, ['abort', other.id, child.id, '--yes'])).exitCode).toBe(0);
    expect(await statusesOf(db, flow, child, other)).toEqual(['aborted', 'aborted', 'aborted']);
  });

  test('refuses what is completed or unknown before it asks, and then changes nothing', async ({
    database: { db },
    database,
  }) => {
    const [open, done] = [
      await aWorkRequest(db),
      await aWorkRequest(db, { status: 'completed', result: 'success' }),
    ];
    expect(await manage(database, ['abort', open.id, done.id])).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: `error: work request ${done.id} is completed and cannot be aborted\n`,
    });
    expect((await manage(database, ['abort', open.id, 999_999, '--yes'])).exitCode).toBe(3);
    expect((await manage(database, ['abort', 'x'])).exitCode).toBe(2);
    expect((await manage(database, ['abort'])).exitCode).toBe(2);
    expect(await statusesOf(db, open)).toEqual(['pending']);
  });
});

describe('manage-work-request', () => {
  test('unblock makes pending what may go, and needs --force for open dependencies', async ({
    database: { db },
    database,
  }) => {
    const open = await aWorkRequest(db);
    const waiting = await aDependant(db, [open]);
    const manual = await aWorkRequest(db, { status: 'blocked', unblockStrategy: 'manual' });
    const refused = await manage(database, ['unblock', manual.id, waiting.id]);
    expect([refused.exitCode, refused.stderr]).toEqual([
      4,
      `error: work request ${waiting.id} waits for ${open.id}; hint: --force unblocks it all the same\n`,
    ]);
    expect(await statusesOf(db, manual)).toEqual(['blocked']);
    const { stdout } = await manage(database, [
      'unblock',
      manual.id,
      waiting.id,
      open.id,
      '--force',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual(
      [open, waiting, manual].map(({ id }) => ({
        id,
        status: 'pending',
        changed: id !== open.id,
        also_changed: [],
      })),
    );
  });

  test('priority sets or adds, within its limits, and only what still counts', async ({
    database: { db },
    database,
  }) => {
    const request = await aWorkRequest(db, { priorityAdjustment: 5 });
    const done = await aWorkRequest(db, { status: 'aborted' });
    const { stdout } = await manage(database, ['priority', '--add', '-7', request.id, '--json']);
    expect(JSON.parse(stdout)).toEqual([
      { id: request.id, status: 'pending', changed: true, also_changed: [], priority_adjustment: -2 },
    ]);
    expect((await manage(database, ['priority', '--set', '-2', request.id, '--json'])).stdout).toContain(
      '"changed":false',
    );
    expect((await manage(database, ['priority', '--set', '1', '--add', '1', request.id])).exitCode).toBe(2);
    expect((await manage(database, ['priority', request.id])).exitCode).toBe(2);
    expect((await manage(database, ['priority', '--set', '1000001', request.id])).exitCode).toBe(2);
    expect((await manage(database, ['priority', '--set', '1', done.id])).exitCode).toBe(4);
    const [row] = await db.select().from(workRequests).where(eq(workRequests.id, request.id));
    expect(row?.priorityAdjustment).toBe(-2);
  });

  test('unassign takes requests back from their workers', async ({ database: { db }, database }) => {
    const worker = await aWorker(db);
    const request = await aWorkRequest(db, {
      status: 'running',
      workerId: worker.id,
      startedAt: at('2024-05-02'),
    });
    const aborted = await aWorkRequest(db, { status: 'aborted', workerId: worker.id });
    expect((await manage(database, ['unassign', request.id, aborted.id])).exitCode).toBe(4);
    const shown = await manage(database, ['unassign', request.id, '--dry-run']);
    expect(shown.stdout).toMatch(/^ID +STATUS +CHANGED +ALSO_CHANGED\n\d+ +pending +yes +-\n$/);
    expect(await statusesOf(db, request)).toEqual(['running']);
    expect((await manage(database, ['unassign', request.id])).exitCode).toBe(0);
    const [row] = await db.select().from(workRequests).where(eq(workRequests.id, request.id));
    expect(row).toMatchObject({ status: 'pending', workerId: null, startedAt: null });
  });

  test('without an action it tells which there are', async ({ database }) => {
    const { exitCode, stdout, stderr } = await manage(database, []);
    expect([exitCode, stdout]).toEqual([2, '']);
    for (const action of ['abort', 'unblock', 'priority', 'unassign']) expect(stderr).toContain(action);
  });
});
