import { describe, expect } from 'vitest';
import { aDependant, aWorkflow } from '../../models/work-requests/arrange.ts';
import type { Db } from '../../../src/db/database.ts';
import { test } from '../../support/database.ts';
import { at, aWorker, aWorkRequest, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

/** The workflow of the manual. */
async function theExample(db: Db) {
  const [saturn, mars] = [unique('saturn'), unique('mars')];
  const root = await aWorkflow(db, { taskName: 'sbuild' });
  const done = await aWorkRequest(db, {
    parentId: root.id,
    taskName: 'sbuild',
    workflowDataJson: { display_name: 'amd64', step: 's' },
    status: 'completed',
    result: 'success',
    workerId: (await aWorker(db, { name: saturn })).id,
    startedAt: at('2024-05-01 10:00'),
    completedAt: at('2024-05-01 10:02:10'),
  });
  const running = await aWorkRequest(db, {
    parentId: root.id,
    taskName: 'sbuild',
    workflowDataJson: { display_name: 'arm64', step: 's' },
    status: 'running',
    workerId: (await aWorker(db, { name: mars })).id,
  });
  const waiting = await aDependant(db, [done, running], {
    parentId: root.id,
    taskType: 'Internal',
    taskName: 'synchronization_point',
  });
  return { root, done, running, waiting, saturn, mars };
}

describe('show-workflow', () => {
  test('draws a tree on a terminal and marks the member that was named', async ({
    database: { db },
    database,
  }) => {
    const { root, done, running, waiting, saturn, mars } = await theExample(db);
    const show = (id: number, env: Record<string, string> = {}) =>
      runCommand(database, ['show-workflow', String(id)], {
        terminal: true,
        env: { NO_COLOR: '1', COLUMNS: '120', ...env },
      });
    const { stdout } = await show(root.id);
    expect(stdout).toBe(
      [
        `${root.id} workflow sbuild                    running`,
        `├─ ${done.id} worker sbuild amd64             completed success  ${saturn}  2 m 10 s`,
        `├─ ${running.id} worker sbuild arm64             running            ${mars}`,
        `└─ ${waiting.id} internal synchronization_point  blocked (waits for ${running.id})`,
        '',
      ].join('\n'),
    );
    expect((await show(running.id)).stdout).toContain(`${mars}  ◀\n`);
    const ascii = await show(running.id, { LANG: 'C' });
    expect(ascii.stdout).toMatch(/^[\n\x20-\x7e]*$/);
    expect(ascii.stdout).toContain(`|- ${done.id} worker`);
    const coloured = await show(root.id, { NO_COLOR: '', FORCE_COLOR: '1' });
    expect(coloured.stdout).toContain('\u001b[32mcompleted success\u001b[39m');
    expect(coloured.stdout).toContain('\u001b[33mblocked (waits for ');
    const narrow = await show(root.id, { COLUMNS: '60' });
    expect(narrow.stdout).toContain('…');
  });

  test('is flat in a pipe, nested in JSON, and flat again in JSON lines', async ({
    database: { db },
    database,
  }) => {
    const { root, done, running, waiting, saturn, mars } = await theExample(db);
    const show = async (...words: readonly string[]) =>
      (await runCommand(database, ['show-workflow', String(waiting.id), ...words])).stdout;
    const lines = (await show()).split('\n').map((line) => line.split(/ +/));
    expect(lines).toEqual([
      ['DEPTH', 'PARENT', 'ID', 'TYPE', 'TASK', 'STATUS', 'RESULT', 'WORKER', 'WAITS_FOR'],
      ['0', '-', String(root.id), 'workflow', 'sbuild', 'running', '""', '-', '-'],
      ['1', String(root.id), String(done.id), 'worker', 'sbuild', 'completed', 'success', saturn, '-'],
      ['1', String(root.id), String(running.id), 'worker', 'sbuild', 'running', '""', mars, '-'],
      [
        ...[
          '1',
          String(root.id),
          String(waiting.id),
          'internal',
          'synchronization_point',
          'blocked',
          '""',
          '-',
        ],
        String(running.id),
      ],
      [''],
    ]);
    const nested = JSON.parse(await show('--json')) as Record<string, unknown>;
    expect(Object.keys(nested)).toEqual([
      ...['id', 'task_type', 'task_name', 'display_name', 'status', 'result', 'worker', 'waits_for'],
      ...['duration_seconds', 'children'],
    ]);
    expect(nested['children']).toEqual([
      {
        id: done.id,
        task_type: 'Worker',
        task_name: 'sbuild',
        display_name: 'amd64',
        status: 'completed',
        result: 'success',
        worker: saturn,
        waits_for: [],
        duration_seconds: 130,
        children: [],
      },
      expect.objectContaining({ id: running.id, children: [] }) as object,
      expect.objectContaining({ id: waiting.id, waits_for: [running.id] }) as object,
    ]);
    const flat = (await show('--jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(flat.map(({ id, parent, depth }) => [id, parent, depth])).toEqual([
      [root.id, null, 0],
      [done.id, root.id, 1],
      [running.id, root.id, 1],
      [waiting.id, root.id, 1],
    ]);
  });

  test('is a picture for Mermaid and Graphviz, with arrows from what is needed', async ({
    database: { db },
    database,
  }) => {
    const { root, done, running, waiting } = await theExample(db);
    const picture = async (format: string) =>
      (await runCommand(database, ['show-workflow', String(root.id), '--format', format])).stdout;
    const mermaid = await picture('mermaid');
    expect(mermaid).toContain(
      `flowchart TD\n  subgraph n${root.id}["${root.id} workflow sbuild<br/>running"]\n` +
        `    n${done.id}["${done.id} worker sbuild amd64<br/>completed success"]\n`,
    );
    expect(mermaid).toContain(
      `  end\n  n${done.id} --> n${waiting.id}\n  n${running.id} --> n${waiting.id}\n`,
    );
    const dot = await picture('dot');
    expect(dot).toMatch(/^digraph \{\n/);
    expect(dot).toContain(`  subgraph cluster_${root.id} {\n`);
    expect(dot).toContain(`  ${running.id} -> ${waiting.id}\n}\n`);
  });

  test('filters by depth, status and failure, keeping what the found ones are in', async ({
    database: { db },
    database,
  }) => {
    const { root, done } = await theExample(db);
    const inner = await aWorkflow(db, { parentId: root.id });
    const failed = await aWorkRequest(db, { parentId: inner.id, status: 'completed', result: 'error' });
    const ids = async (...words: readonly string[]) =>
      (
        await runCommand(database, ['show-workflow', String(root.id), ...words, '--jsonl', '--columns', 'id'])
      ).stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: number }).id);
    expect(await ids('--failed')).toEqual([root.id, inner.id, failed.id]);
    expect(await ids('--depth', '0')).toEqual([root.id]);
    expect(await ids('--status', 'completed', '--depth', '1')).toEqual([root.id, done.id, inner.id]);
  });

  test('refuses what is in no workflow, and what does not exist', async ({ database: { db }, database }) => {
    const single = await aWorkRequest(db);
    expect(await runCommand(database, ['show-workflow', String(single.id)])).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: `error: work request ${single.id} is not part of a workflow; hint: debusine-admin show-work-request ${single.id}\n`,
    });
    expect((await runCommand(database, ['show-workflow', '999999'])).exitCode).toBe(3);
    expect((await runCommand(database, ['show-workflow', '1', '--format', 'svg'])).exitCode).toBe(2);
    expect((await runCommand(database, ['list-workers', '--format', 'dot'])).exitCode).toBe(2);
  });
});
