import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { and, eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { collections } from '../../../src/schema/collections.ts';
import { workRequests } from '../../../src/schema/work-requests.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aUser, aWorkflowTemplate, aWorkspace, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const file = (text: string): string => {
  const name = path.join(mkdtempSync(path.join(tmpdir(), 'data-')), 'data.yaml');
  writeFileSync(name, text);
  return name;
};

const target = '{codenames: bookworm, architectures: [amd64]}';

async function counts({ db }: TestDatabase): Promise<readonly number[]> {
  return [await db.$count(workRequests), await db.$count(collections)];
}

describe('create-workflow', () => {
  test('prints the number only, and the workflow has its internal collection', async ({ database }) => {
    const template = await aWorkflowTemplate(database.db, { priority: 7 });
    const user = await aUser(database.db);

    const { exitCode, stdout, stderr } = await runCommand(database, [
      ...['create-workflow', template.name, '--created-by', user.username],
    ]);

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d+\n$/);
    const [workflow] = await database.db
      .select()
      .from(workRequests)
      .where(eq(workRequests.id, Number(stdout) as never));
    expect(workflow).toMatchObject({
      taskType: 'Workflow',
      status: 'pending',
      priorityBase: 7,
      parentId: null,
    });
    const [collection] = await database.db
      .select()
      .from(collections)
      .where(eq(collections.id, workflow?.internalCollectionId as never));
    expect(collection).toMatchObject({
      name: `workflow-${stdout.trim()}`,
      category: 'debusine:workflow-internal',
    });
  });

  test('the template wins over the data, key by key, with a warning for each', async ({ database }) => {
    const template = await aWorkflowTemplate(database.db, {
      taskName: 'update_environments',
      taskData: { vendor: 'debian' },
    });
    const user = await aUser(database.db);
    const words = ['create-workflow', template.name, '--created-by', user.username, '--json'];

    const { stdout, stderr } = await runCommand(database, [
      ...words,
      ...['--set', 'vendor=kali', '--set', `targets=[${target}]`],
    ]);

    expect(stderr).toBe('warning: "vendor" is fixed by the template and was ignored\n');
    expect(JSON.parse(stdout)).toMatchObject({
      task_data: { vendor: 'debian', targets: [{ codenames: 'bookworm', architectures: ['amd64'] }] },
      ignored_keys: ['vendor'],
      created_by: user.username,
    });
  });

  test('refused data, files and names leave neither request nor collection', async ({ database }) => {
    const user = await aUser(database.db);
    const noop = await aWorkflowTemplate(database.db);
    const environments = await aWorkflowTemplate(database.db, { taskName: 'update_environments' });
    const qa = await aWorkspace(database.db);
    const elsewhere = await aWorkflowTemplate(database.db, { workspaceId: qa.id });
    const before = await counts(database);
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [
        ['nosuch'],
        3,
        /workflow template "nosuch" not found in workspace "System"; hint: see debusine-admin list/,
      ],
      [[elsewhere.name], 3, new RegExp(`it exists in workspace "${qa.name}"`)],
      [[noop.name, '--workspace', 'nosuch'], 3, /workspace "nosuch" not found/],
      [[noop.name, '--created-by', 'nosuch'], 3, /user "nosuch" not found/],
      [[noop.name, '--data', file('[1]')], 3, /data must be a mapping, got a list/],
      [[noop.name, '--data', file('a: [1')], 3, /data\.yaml:\d+:\d+: /],
      [
        [noop.name, '--data', '/nonexistent/data.yaml'],
        3,
        /cannot read \/nonexistent\/data.yaml: no such file/,
      ],
      [[noop.name, '--data', tmpdir()], 3, /cannot read .*: it is a directory/],
      [[noop.name, '--set', 'nope=1'], 3, /nope.*unknown key|nope.*not known/],
      [[noop.name, '--set', 'nope'], 2, /--set/],
      [[environments.name, '--set', 'vendor=debian'], 3, /targets/],
      [[], 2, /needs TEMPLATE/],
    ];
    for (const [words, status, message] of cases) {
      const creator = words.includes('--created-by') ? [] : ['--created-by', user.username];
      const { exitCode, stdout, stderr } = await runCommand(database, [
        'create-workflow',
        ...words,
        ...creator,
      ]);
      expect([words, exitCode, stdout]).toEqual([words, status, '']);
      expect(stderr).toMatch(message);
    }
    expect(await counts(database)).toEqual(before);
  });

  test('somebody must be recorded; a user _system counts only where it exists already', async ({
    database,
  }) => {
    const template = await aWorkflowTemplate(database.db);
    const words = ['create-workflow', template.name];
    expect(await runCommand(database, words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/nobody to record as creator/),
    });
    const user = await aUser(database.db);
    const env = { DEBUSINE_ADMIN_CREATED_BY: user.username };
    expect((await runCommand(database, words, { env })).exitCode).toBe(0);
    await aUser(database.db, { username: '_system' });
    expect((await runCommand(database, [...words, '--json'])).stdout).toContain('"created_by":"_system"');
  });

  test('--if-not-running gives the number of an equal unfinished one, also to twenty callers at once', async ({
    database,
  }) => {
    const template = await aWorkflowTemplate(database.db);
    const user = await aUser(database.db);
    const words = ['create-workflow', template.name, '--created-by', user.username, '--if-not-running'];
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => runCommand(database, words)));
    expect(new Set(outcomes.map(({ stdout }) => stdout)).size).toBe(1);
    expect(outcomes.every(({ exitCode }) => exitCode === 0)).toBe(true);
  });

  test('--dry-run prints the resulting data and creates nothing', async ({ database }) => {
    const template = await aWorkflowTemplate(database.db, {
      taskName: 'update_environments',
      taskData: { vendor: 'debian' },
    });
    const user = await aUser(database.db);
    const before = await counts(database);
    const words = [
      'create-workflow',
      template.name,
      '--created-by',
      user.username,
      '--set',
      `targets=[${target}]`,
    ];
    const { stdout } = await runCommand(database, [...words, '--dry-run']);
    expect(stdout).toContain('vendor: debian');
    expect(await counts(database)).toEqual(before);
  });

  test('the name of the original reads its data from standard input and prints nothing', async ({
    database,
  }) => {
    const template = await aWorkflowTemplate(database.db, {
      name: unique('original'),
      taskName: 'update_environments',
    });
    const user = await aUser(database.db);
    const stdin = `vendor: debian\ntargets: [${target}]\n`;
    const words = ['create_workflow', template.name, '--created-by', user.username];
    expect(await runCommand(database, words, { stdin })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect((await runCommand(database, words, { stdin: 'vendor: 1' })).exitCode).toBe(3);
    // Under our own name standard input is not read unless it is asked for.
    expect((await runCommand(database, ['create-workflow', ...words.slice(1)], { stdin })).exitCode).toBe(3);
    expect(
      (await runCommand(database, ['create-workflow', ...words.slice(1), '--data', '-'], { stdin })).exitCode,
    ).toBe(0);
  });

  test('a dry run in JSON is the data itself, since there is no workflow', async ({ database }) => {
    const template = await aWorkflowTemplate(database.db);
    const user = await aUser(database.db);
    const words = ['create-workflow', template.name, '--created-by', user.username, '--dry-run', '--json'];
    expect(await runCommand(database, words)).toEqual({ exitCode: 0, stdout: '{}\n', stderr: '' });
  });

  test('says of refused data whose it is, one line for each problem', async ({ database }) => {
    const template = await aWorkflowTemplate(database.db, { taskName: 'update_environments' });
    const user = await aUser(database.db);
    const words = ['create-workflow', template.name, '--created-by', user.username];
    const { stderr } = await runCommand(database, [...words, '--set', 'nope=1']);
    expect(stderr.split('\n').sort()).toEqual([
      '',
      'error: data: "nope" is not known to workflow "update_environments"; hint: known keys: vendor, targets',
      'error: data: "targets" is required by workflow "update_environments"',
      'error: data: "vendor" is required by workflow "update_environments"',
    ]);
  });

  test('without a name a terminal lets choose, and nobody else is asked', async ({ database }) => {
    const workspace = await aWorkspace(database.db);
    const here = { workspaceId: workspace.id };
    await aWorkflowTemplate(database.db, { ...here, name: 'b-second' });
    await aWorkflowTemplate(database.db, { ...here, name: 'a-first' });
    const user = await aUser(database.db);
    const words = ['create-workflow', '--workspace', workspace.name, '--created-by', user.username];
    expect(await runCommand(database, words)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: create-workflow needs TEMPLATE; hint: debusine-admin create-workflow --help\n',
    });
    const chosen = await runCommand(database, [...words, '--json'], { terminal: true, answers: [''] });
    expect([chosen.exitCode, JSON.parse(chosen.stdout)]).toEqual([
      0,
      expect.objectContaining({ template: 'a-first' }),
    ]);
    const empty = await aWorkspace(database.db);
    const none = await runCommand(database, ['create-workflow', '--workspace', empty.name], {
      terminal: true,
    });
    expect([none.exitCode, none.stderr]).toEqual([
      3,
      expect.stringContaining('has no workflow template; hint: debusine-admin create-workflow-template'),
    ]);
  });

  test.for([
    ['completed', 'success', 0, ''],
    ['completed', 'failure', 1, 'ended with failure'],
    ['aborted', '', 4, 'was aborted'],
  ] as const)(
    '--wait follows it to its end: %s %s',
    async ([status, result, exitCode, line], { database }) => {
      const template = await aWorkflowTemplate(database.db);
      const user = await aUser(database.db);
      const running = runCommand(database, [
        'create-workflow',
        template.name,
        '--created-by',
        user.username,
        '--wait',
      ]);
      const other = database.connect();
      // The server is played by this test: it ends the workflow as soon as it is there.
      for (;;) {
        const ended = await other
          .update(workRequests)
          .set({ status, result })
          .where(and(eq(workRequests.createdById, user.id), eq(workRequests.status, 'pending')))
          .returning();
        if (ended.length > 0) break;
      }
      const outcome = await running;
      expect([outcome.exitCode, outcome.stdout]).toEqual([exitCode, expect.stringMatching(/^\d+\n$/)]);
      expect(outcome.stderr).toContain(line);
    },
  );

  test('--wait gives up when the time is over, and the number was printed all the same', async ({
    database,
  }) => {
    const template = await aWorkflowTemplate(database.db);
    const user = await aUser(database.db);
    const words = ['create-workflow', template.name, '--created-by', user.username];
    const outcome = await runCommand(database, [...words, '--wait', '--timeout', '0s']);
    expect([outcome.exitCode, outcome.stdout]).toEqual([6, expect.stringMatching(/^\d+\n$/)]);
    expect(outcome.stderr).toMatch(/^error: workflow \d+ is still pending after 0 s; it goes on; hint: /);
    expect((await runCommand(database, [...words, '--timeout', '1m'])).exitCode).toBe(2);
  });
});
