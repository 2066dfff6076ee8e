import { asc, eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { workRequests } from '../../../src/schema/work-requests.ts';
import type { WorkRequest } from '../../../src/schema/work-requests.ts';
import { aDependant, aWorkflow, statusesOf } from '../../models/work-requests/arrange.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aWorkRequest } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const template = { bootstrap_options: {}, bootstrap_repositories: [{ mirror: 'http://deb.example.org' }] };

const environments = (given: Partial<WorkRequest> = {}) => ({
  taskName: 'update_environments',
  taskData: {
    vendor: 'debian',
    targets: [{ codenames: 'trixie', architectures: ['amd64', 'arm64'], mmdebstrap_template: template }],
  },
  ...given,
});

function childrenOf({ db }: TestDatabase, { id }: WorkRequest): Promise<WorkRequest[]> {
  return db.select().from(workRequests).where(eq(workRequests.parentId, id)).orderBy(asc(workRequests.id));
}

const orchestrate = (database: TestDatabase, { id }: WorkRequest, ...words: readonly string[]) =>
  runCommand(database, ['orchestrate-workflow', String(id), ...words]);

describe('orchestrate-workflow', () => {
  test('creates the children and prints their numbers; the second time there is nothing to do', async ({
    database,
  }) => {
    const workflow = await aWorkflow(database.db, environments({ priorityBase: 4, status: 'pending' }));

    const first = await orchestrate(database, workflow);
    const second = await orchestrate(database, workflow, '--json');

    const children = await childrenOf(database, workflow);
    expect(children).toMatchObject([
      { taskName: 'mmdebstrap', status: 'blocked', priorityBase: 4 },
      { taskName: 'mmdebstrap', status: 'blocked', priorityBase: 4 },
    ]);
    expect(first).toEqual({
      exitCode: 0,
      stdout: children.map(({ id }) => `${id}\n`).join(''),
      stderr: '',
    });
    expect(second.exitCode).toBe(0);
    expect(JSON.parse(second.stdout)).toEqual({
      id: workflow.id,
      task_name: 'update_environments',
      status: 'pending',
      changed: false,
      started: false,
      created: [],
      unblocked: [],
      dry_run: false,
    });
  });

  test('--json lists the children that were created', async ({ database }) => {
    const workflow = await aWorkflow(database.db, environments());

    const { stdout } = await orchestrate(database, workflow, '--json');

    const [first] = await childrenOf(database, workflow);
    expect(JSON.parse(stdout)).toMatchObject({
      changed: true,
      created: [
        {
          id: first?.id,
          display_name: 'Build tarball for trixie/amd64',
          task_type: 'Worker',
          task_name: 'mmdebstrap',
          status: 'blocked',
          priority_base: 0,
          task_data: { bootstrap_options: { architecture: 'amd64' } },
        },
        { display_name: 'Build tarball for trixie/arm64' },
      ],
    });
  });

  test('--dry-run shows what would be created, without numbers, and creates nothing', async ({
    database,
  }) => {
    const workflow = await aWorkflow(database.db, environments({ status: 'pending' }));

    const plain = await orchestrate(database, workflow, '--dry-run', '--start');
    const json = await orchestrate(database, workflow, '--dry-run', '--start', '--json');

    expect(plain).toEqual({
      exitCode: 0,
      stdout: 'Build tarball for trixie/amd64\nBuild tarball for trixie/arm64\n',
      stderr: '',
    });
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'running',
      created: [
        { id: null, status: 'pending' },
        { id: null, status: 'pending' },
      ],
      unblocked: [],
      dry_run: true,
    });
    expect(await childrenOf(database, workflow)).toEqual([]);
    expect(await statusesOf(database.db, workflow)).toEqual(['pending']);
  });

  test('--start lets the workflow run, and those go that wait for nothing', async ({ database }) => {
    const { db } = database;
    const workflow = await aWorkflow(db, environments({ status: 'pending' }));
    const inside = { parentId: workflow.id };
    const done = await aWorkRequest(db, { ...inside, status: 'completed', result: 'success' });
    const running = await aWorkRequest(db, { ...inside, status: 'running' });
    const ready = await aDependant(db, [done], inside);
    const waiting = await aDependant(db, [done, running], inside);
    const byHand = await aWorkRequest(db, { ...inside, status: 'blocked', unblockStrategy: 'manual' });

    const first = await orchestrate(database, workflow, '--start', '--json');
    const second = await orchestrate(database, workflow, '--start', '--json');

    const created = JSON.parse(first.stdout).created.map((child: { id: number }) => child.id);
    expect(JSON.parse(first.stdout)).toMatchObject({
      status: 'running',
      started: true,
      created: [{ status: 'pending' }, { status: 'pending' }],
      unblocked: [ready.id, ...created],
    });
    expect(await statusesOf(db, ready, waiting, byHand, running)).toEqual([
      'pending',
      'blocked',
      'blocked',
      'running',
    ]);
    expect(JSON.parse(second.stdout)).toMatchObject({ changed: false, started: false, unblocked: [] });
  });

  test('a noop workflow gets no children', async ({ database }) => {
    const workflow = await aWorkflow(database.db);

    expect(await orchestrate(database, workflow)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('says on a terminal what it did', async ({ database }) => {
    const workflow = await aWorkflow(database.db, environments({ status: 'pending' }));
    const words = ['orchestrate-workflow', String(workflow.id), '--start'];

    const { stderr } = await runCommand(database, words, { terminal: true });

    expect(stderr).toBe(
      `created 2 children of workflow ${workflow.id} (update_environments), which runs now; 2 let go\n`,
    );
  });

  test('refuses what is no workflow, what does not exist, and data that cannot be used', async ({
    database,
  }) => {
    const { db } = database;
    const request = await aWorkRequest(db);
    const unknown = await aWorkflow(db, { taskName: 'experimental' });
    const bad = await aWorkflow(db, environments({ taskData: { vendor: 'debian', targets: [] } }));

    expect(await orchestrate(database, request)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `error: work request ${request.id} is no workflow; hint: debusine-admin show-work-request ${request.id}\n`,
    });
    expect((await runCommand(database, ['orchestrate-workflow', '999999999'])).exitCode).toBe(3);
    expect(await orchestrate(database, unknown)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('workflow "experimental" is not known'),
    });
    expect(await orchestrate(database, bad)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('targets: must not be empty'),
    });
    expect((await runCommand(database, ['orchestrate-workflow', 'first'])).exitCode).toBe(2);
  });

  test('refuses a workflow that has ended, and to start one that is blocked', async ({ database }) => {
    const { db } = database;
    for (const status of ['completed', 'aborted'] as const) {
      const ended = await aWorkflow(db, environments({ status }));
      expect(await orchestrate(database, ended)).toEqual({
        exitCode: 4,
        stdout: '',
        stderr: `error: workflow ${ended.id} is ${status}, it gets no more children\n`,
      });
    }
    const blocked = await aWorkflow(db, environments({ status: 'blocked' }));

    expect(await orchestrate(database, blocked, '--start')).toMatchObject({
      exitCode: 4,
      stderr: `error: workflow ${blocked.id} is blocked and cannot be started\n`,
    });
    expect(await childrenOf(database, blocked)).toEqual([]);
    expect((await orchestrate(database, blocked)).exitCode).toBe(0);
  });
});
