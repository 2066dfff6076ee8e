import { describe, expect } from 'vitest';
import { test } from '../../support/database.ts';
import { aUser, aWorker, aWorkRequest, anArtifact } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';
import { aDependant, aWorkflow } from '../../models/work-requests/arrange.ts';

describe('show-work-request', () => {
  test('tells all of it, with what is around it', async ({ database: { db }, database }) => {
    const [user, worker] = [await aUser(db), await aWorker(db)];
    const flow = await aWorkflow(db);
    const before = await aWorkRequest(db, { parentId: flow.id });
    const request = await aDependant(db, [before], {
      parentId: flow.id,
      createdById: user.id,
      workerId: worker.id,
      taskData: { a: { b: 1 } },
    });
    const after = await aDependant(db, [request], { parentId: flow.id });
    const artifact = await anArtifact(db, { createdByWorkRequestId: request.id });
    const show = (...words: readonly string[]) =>
      runCommand(database, ['show-work-request', String(request.id), ...words]);
    expect(JSON.parse((await show('--json')).stdout)).toEqual({
      id: request.id,
      task_type: 'Worker',
      task_name: 'noop',
      workspace: 'System',
      worker: worker.name,
      created_by: user.username,
      created_at: request.createdAt,
      started_at: null,
      completed_at: null,
      duration_seconds: null,
      status: 'blocked',
      result: '',
      priority_base: 0,
      priority_adjustment: 0,
      priority_effective: 0,
      parent: flow.id,
      workflow_root: flow.id,
      unblock_strategy: 'deps',
      internal_collection: null,
      task_data: { a: { b: 1 } },
      event_reactions: {},
      workflow_data: {},
      dependencies: [before.id],
      reverse_dependencies: [after.id],
      children: [],
      artifacts: [artifact.id],
    });
    expect((await show('--data')).stdout).toBe('a:\n  b: 1\n');
    expect((await show('--data', '--json')).stdout).toBe('{"a":{"b":1}}\n');
    expect((await show('--event-reactions')).stdout).toBe('{}\n');
    const { stdout } = await show('--format', 'table');
    expect(stdout).toMatch(/^Task data:\n {2}a:\n {4}b: 1$/m);
    expect(stdout).toContain(`Depends on:           ${before.id}\n`);
  });

  test('shows what is inside of it as a tree', async ({ database: { db }, database }) => {
    const flow = await aWorkflow(db);
    const inner = await aWorkflow(db, { parentId: flow.id });
    const leaf = await aWorkRequest(db, { parentId: inner.id });
    const words = ['show-work-request', String(inner.id), '--tree'];
    const { stdout } = await runCommand(database, [...words, '--jsonl']);
    expect(stdout.split('\n').map((line) => line.slice(0, 12))).toHaveLength(3);
    const drawn = await runCommand(database, [...words, '--format', 'table']);
    expect(drawn.stdout).toBe(`${inner.id} workflow noop   running\n└─ ${leaf.id} worker noop  pending\n`);
    expect((await runCommand(database, [...words, '--format', 'mermaid'])).stdout).toMatch(/^flowchart TD\n/);
  });

  test.for([
    [['999999'], 3, 'error: work request 999999 not found; hint: see debusine-admin list-work-requests\n'],
    [['x'], 2, 'error: N: "x" is not a whole number, 1 or more\n'],
    [['1', '--data', '--tree'], 2, 'error: --data and --tree exclude each other\n'],
    [['1', '--depth', '1'], 2, 'error: --depth needs --tree\n'],
    [['1', '--format', 'dot'], 2, 'error: --format dot needs --tree\n'],
  ] as const)('refuses %j with status %i', async ([words, status, line], { database }) => {
    expect(await runCommand(database, ['show-work-request', ...words])).toEqual({
      exitCode: status,
      stdout: '',
      stderr: line,
    });
  });
});
