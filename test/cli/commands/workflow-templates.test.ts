import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { workflowTemplates } from '../../../src/schema/workflow-templates.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aWorkflowTemplate, aWorkspace } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const stored = async ({ db }: TestDatabase, id: number) =>
  (
    await db
      .select()
      .from(workflowTemplates)
      .where(eq(workflowTemplates.id, id as never))
  )[0];

describe('show-workflow-template', () => {
  test('finds it by name in a workspace or by number, and prints its data alone', async ({ database }) => {
    const qa = await aWorkspace(database.db);
    const template = await aWorkflowTemplate(database.db, {
      workspaceId: qa.id,
      taskData: { a: [1] },
      priority: 3,
    });
    const record = {
      id: template.id,
      name: template.name,
      task_name: 'noop',
      workspace: qa.name,
      priority: 3,
      task_data: { a: [1] },
    };
    for (const words of [
      [template.name, '--workspace', qa.name],
      ['--id', String(template.id)],
    ]) {
      const { stdout } = await runCommand(database, ['show-workflow-template', ...words, '--json']);
      expect(JSON.parse(stdout)).toEqual(record);
    }
    const data = await runCommand(database, [
      'show-workflow-template',
      '--id',
      String(template.id),
      '--data',
    ]);
    expect(data.stdout).toBe('a:\n- 1\n');
    const elsewhere = await runCommand(database, ['show-workflow-template', template.name]);
    expect([elsewhere.exitCode, elsewhere.stderr]).toEqual([
      3,
      `error: workflow template "${template.name}" not found in workspace "System"; hint: it exists in workspace "${qa.name}"\n`,
    ]);
    expect((await runCommand(database, ['show-workflow-template'])).exitCode).toBe(2);
    expect((await runCommand(database, ['show-workflow-template', 'x', '--id', '1'])).exitCode).toBe(2);
    expect((await runCommand(database, ['show-workflow-template', '--id', '999999'])).exitCode).toBe(3);
  });
});

describe('create-workflow-template', () => {
  test('compares and changes only what was given', async ({ database }) => {
    const template = await aWorkflowTemplate(database.db, {
      taskName: 'sbuild',
      taskData: { architectures: ['amd64'] },
      priority: 5,
    });
    const words = ['create-workflow-template', template.name, 'sbuild'];
    expect((await runCommand(database, words)).exitCode).toBe(4);
    expect((await runCommand(database, [...words, '--if-not-exists'])).exitCode).toBe(0);
    expect((await runCommand(database, [...words, '--if-not-exists', '--priority', '6'])).exitCode).toBe(4);
    const { stdout } = await runCommand(database, [...words, '--update', '--priority', '6', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      was_created: false,
      changed: true,
      id: template.id,
      name: template.name,
      task_name: 'sbuild',
      workspace: 'System',
      task_data: { architectures: ['amd64'] },
      priority: 6,
    });
  });

  test('names what the orchestrator refuses', async ({ database }) => {
    const refused = await runCommand(database, [
      'create-workflow-template',
      'x',
      'sbuild',
      '--set',
      'nope=1',
    ]);
    expect([refused.exitCode, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toMatch(
      /^error: data: "nope" is not known to workflow "sbuild"; hint: known keys: /,
    );
    expect((await runCommand(database, ['create-workflow-template', 'x', 'sbiuld'])).stderr).toMatch(
      /^error: workflow "sbiuld" is not known; hint: known are noop, sbuild/,
    );
  });
});

describe('manage-workflow-template', () => {
  test('changes name, data and priority; the same again is no change', async ({ database }) => {
    const template = await aWorkflowTemplate(database.db, {
      taskName: 'sbuild',
      taskData: { architectures: ['amd64'] },
    });
    const taken = await aWorkflowTemplate(database.db);
    const words = ['manage-workflow-template', template.name];
    const edit = [...words, '--set', 'architectures=[arm64]', '--priority', '-2'];
    expect((await runCommand(database, [...edit, '--dry-run'])).exitCode).toBe(0);
    expect((await stored(database, template.id))?.priority).toBe(0);
    expect(JSON.parse((await runCommand(database, [...edit, '--json'])).stdout)).toMatchObject({
      task_data: { architectures: ['arm64'] },
      priority: -2,
      changed: true,
    });
    expect((await runCommand(database, [...edit, '--json'])).stdout).toContain('"changed":false');
    expect((await runCommand(database, [...words, '--unset', 'architectures'])).exitCode).toBe(0);
    expect((await stored(database, template.id))?.taskData).toEqual({});
    expect((await runCommand(database, [...words, '--rename', taken.name])).exitCode).toBe(4);
    expect((await runCommand(database, [...words, '--set', 'nope=1'])).exitCode).toBe(3);
    expect((await runCommand(database, [...words, '--rename', ''])).exitCode).toBe(3);
    expect(await runCommand(database, words)).toMatchObject({
      exitCode: 2,
      stderr: 'error: nothing to change; hint: --rename, --data, --set, --unset or --priority\n',
    });
    expect(
      (await runCommand(database, ['manage-workflow-template', 'nosuch', '--priority', '1'])).exitCode,
    ).toBe(3);
  });
});

describe('delete-workflow-template', () => {
  test('asks, deletes all or none, and only what was shown', async ({ database }) => {
    const [one, two] = [await aWorkflowTemplate(database.db), await aWorkflowTemplate(database.db)];
    const words = ['delete-workflow-template', one.name, two.name];
    expect(await runCommand(database, words)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: refusing to delete 2 workflow templates without confirmation; hint: add --yes\n',
    });
    expect((await runCommand(database, [...words, 'nosuch', '--yes'])).exitCode).toBe(3);
    expect((await runCommand(database, [...words, '--dry-run'])).exitCode).toBe(0);
    expect((await runCommand(database, words, { terminal: true, answers: ['n'] })).exitCode).toBe(8);
    expect(await stored(database, one.id)).toBeDefined();
    // Between question and answer one of them goes: it counts as already gone.
    const accepted = await runCommand(database, [...words, '--json'], {
      terminal: true,
      answers: ['y'],
      beforeAnswer: async () => {
        await database.db.delete(workflowTemplates).where(eq(workflowTemplates.id, two.id));
      },
    });
    expect(accepted.exitCode).toBe(0);
    expect(JSON.parse(accepted.stdout)).toEqual([
      { name: one.name, workspace: 'System', deleted: true },
      { name: two.name, workspace: 'System', deleted: false },
    ]);
    expect((await runCommand(database, words)).exitCode).toBe(3);
    expect(await runCommand(database, [...words, '--if-exists'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });
});
