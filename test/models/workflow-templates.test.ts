import { describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { all } from '../../src/db/listing.ts';
import {
  ConflictError,
  ConstraintError,
  DataError,
  InvalidInputError,
  NotFoundError,
  UsageError,
  ValidationError,
} from '../../src/errors.ts';
import * as templates from '../../src/models/workflow-templates.ts';
import { workflowTemplates as table } from '../../src/schema/workflow-templates.ts';
import { transaction } from '../../src/db/transaction.ts';
import { test } from '../support/database.ts';
import { aWorkflowTemplate, aWorkspace, systemWorkspace, unique } from '../support/factories.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const absent = 999_999 as Id<'WorkflowTemplate'>;
const build = { architectures: ['amd64'] };

describe('clean', () => {
  test.each([null, 'text', 4, []])('task data that is %j is refused', (taskData) => {
    expect(() => templates.clean({ taskName: 'noop', taskData })).toThrow(ValidationError);
  });

  test('an orchestrator that is not known is reported on task_name', () => {
    const refused = () => templates.clean({ taskName: 'lintian', taskData: {} });
    expect(refused).toThrow(ValidationError);
    expect(refused).toThrow('workflow "lintian" is not known');
  });

  test('the orchestrator checks the data that is there; what is missing is no error', () => {
    expect(() => templates.clean({ taskName: 'sbuild', taskData: {} })).not.toThrow();
    expect(() => templates.clean({ taskName: 'sbuild', taskData: build })).not.toThrow();
    expect(() => templates.clean({ taskName: 'sbuild', taskData: { architectures: 'amd64' } })).toThrow(
      ValidationError,
    );
    expect(() => templates.clean({ taskName: 'sbuild', taskData: { nope: 1 } })).toThrow(ValidationError);
  });

  test('other orchestrators can be handed in', () => {
    const none = new Map();
    const registry = { Worker: none, Server: none, Workflow: none };
    expect(() => templates.clean({ taskName: 'noop', taskData: {} }, registry)).toThrow(ValidationError);
  });
});

describe('finding', () => {
  test('get gives the row by its number, all gives every row by number', async ({ db }) => {
    const rows = [
      await aWorkflowTemplate(db, { name: 'b', taskData: { deep: { a: [1, null] } }, priority: -4 }),
      await aWorkflowTemplate(db, { name: 'a' }),
    ];
    expect(await templates.get(db, rows[0]?.id ?? absent)).toEqual(rows[0]);
    expect(await templates.all(db)).toEqual(rows);
    await expect(templates.get(db, absent)).rejects.toThrow(NotFoundError);
  });

  test('workspace is the row that the id names', async ({ db }) => {
    const workspace = await aWorkspace(db);
    const template = await aWorkflowTemplate(db, { workspaceId: workspace.id });
    expect(await templates.workspace(db, template)).toEqual(workspace);
  });

  test('by name tells where else a template of that name is', async ({ db }) => {
    const system = await systemWorkspace(db);
    const other = await aWorkspace(db, { name: 'qa' });
    const here = await aWorkflowTemplate(db, { name: 'build' });
    await aWorkflowTemplate(db, { name: 'build', workspaceId: other.id });
    await aWorkflowTemplate(db, { name: 'check', workspaceId: other.id });

    expect(await templates.getByName(db, system, 'build')).toEqual(here);
    await expect(templates.getByName(db, system, 'check')).rejects.toMatchObject({
      code: 'not_found',
      message: 'workflow template "check" not found in workspace "System"',
      hint: 'it exists in workspace "qa"',
    });
    await expect(templates.getByName(db, system, 'nosuch')).rejects.toMatchObject({
      hint: 'see debusine-admin list-workflow-templates --workspace System',
    });
  });

  test('by names gives each once, in the order given, and can pass over the missing', async ({ db }) => {
    const system = await systemWorkspace(db);
    const [a, b] = [await aWorkflowTemplate(db, { name: 'a' }), await aWorkflowTemplate(db, { name: 'b' })];
    expect(await templates.getByNames(db, system, ['b', 'a', 'b'])).toEqual([b, a]);
    await expect(templates.getByNames(db, system, ['b', 'nope'])).rejects.toThrow(NotFoundError);
    expect(await templates.getByNames(db, system, ['nope', 'b'], { ifExists: true })).toEqual([b]);
  });
});

describe('create', () => {
  test('makes a template with empty data and priority 0 unless given', async ({ db }) => {
    const system = await systemWorkspace(db);
    const { template, ...outcome } = await templates.create(db, system, { name: 'n', taskName: 'noop' });
    expect(outcome).toEqual({ wasCreated: true, changed: true });
    expect(template).toEqual({
      id: template.id,
      name: 'n',
      taskName: 'noop',
      taskData: {},
      priority: 0,
      workspaceId: system.id,
    });
    expect(await templates.get(db, template.id)).toEqual(template);
  });

  test('refuses what clean refuses, and names that cannot be, and stores nothing', async ({ db }) => {
    const system = await systemWorkspace(db);
    const attempt = (given: templates.NewWorkflowTemplate) => templates.create(db, system, given);
    const bad = { name: 'n', taskName: 'noop', taskData: { a: 1 } };
    await expect(attempt({ name: 'n', taskName: 'nope' })).rejects.toThrow(ValidationError);
    await expect(attempt(bad)).rejects.toThrow(ValidationError);
    await expect(attempt({ name: '', taskName: 'noop' })).rejects.toThrow(InvalidInputError);
    await expect(attempt({ name: 'x'.repeat(256), taskName: 'noop' })).rejects.toThrow(InvalidInputError);
    await expect(attempt({ name: 'n', taskName: 'noop', priority: 2 ** 31 })).rejects.toThrow(DataError);
    expect(await templates.all(db)).toEqual([]);
    await attempt({ name: 'ü'.repeat(255), taskName: 'noop', priority: 2 ** 31 - 1 });
    expect(await templates.all(db)).toHaveLength(1);
  });

  test('refuses a name that is taken in the workspace, not one that is taken elsewhere', async ({ db }) => {
    const system = await systemWorkspace(db);
    const given = { name: 'n', taskName: 'noop' };
    await templates.create(db, system, given);
    await expect(templates.create(db, system, given)).rejects.toThrow(ConflictError);
    expect((await templates.create(db, await aWorkspace(db), given)).wasCreated).toBe(true);
  });

  test('accepts an existing one that has every property given, whatever the order of keys', async ({
    db,
  }) => {
    const system = await systemWorkspace(db);
    const input = { source_artifact_id: 1, extra_binary_artifact_ids: [2] };
    const reversed = { extra_binary_artifact_ids: [2], source_artifact_id: 1 };
    const given = { name: 'n', taskName: 'sbuild', taskData: { ...build, input }, priority: 3 };
    const { template } = await templates.create(db, system, given);
    for (const again of [
      { name: 'n', taskName: 'sbuild' },
      { ...given, taskData: { input: reversed, ...build } },
    ]) {
      expect(await templates.create(db, system, again, 'accept')).toEqual({
        template,
        wasCreated: false,
        changed: false,
      });
    }
    for (const differing of [{ taskName: 'noop', taskData: {} }, { taskData: {} }, { priority: 4 }]) {
      const created = templates.create(db, system, { ...given, ...differing }, 'accept');
      await expect(created).rejects.toThrow(ConflictError);
    }
    expect(await templates.all(db)).toEqual([template]);
  });

  test('changes an existing one when that is asked for, only as far as properties are given', async ({
    db,
  }) => {
    const system = await systemWorkspace(db);
    const given = { name: 'n', taskName: 'sbuild', taskData: build, priority: 3 };
    const { template } = await templates.create(db, system, given);
    const update = (more: object) =>
      templates.create(db, system, { name: 'n', taskName: 'sbuild', ...more }, 'update');
    expect(await update({ priority: 4 })).toEqual({
      template: { ...template, priority: 4 },
      wasCreated: false,
      changed: true,
    });
    expect(await update({ priority: 4 })).toMatchObject({ changed: false });
    // What stays must fit what is new.
    await expect(templates.create(db, system, { name: 'n', taskName: 'noop' }, 'update')).rejects.toThrow(
      ValidationError,
    );
    expect(await templates.all(db)).toEqual([{ ...template, priority: 4 }]);
  });
});

describe('the database', () => {
  test('lets a name occur once in a workspace', async ({ db }) => {
    const { id: workspaceId } = await aWorkspace(db);
    await aWorkflowTemplate(db, { name: 'n', workspaceId });
    await aWorkflowTemplate(db, { name: 'n' });
    const repeated = transaction(db, (tx) => aWorkflowTemplate(tx, { name: 'n', workspaceId }));
    await expect(repeated).rejects.toThrow(ConstraintError);
    await expect(repeated).rejects.toMatchObject({ constraint: 'db_workflowtemplate_unique_name_workspace' });
  });
});

describe('update', () => {
  test('changes what is given and leaves the rest', async ({ db }) => {
    const template = await aWorkflowTemplate(db, { taskName: 'sbuild', taskData: build, priority: 1 });
    const change = {
      name: 'new',
      priority: 2,
      taskData: (stored: object) => ({ ...stored, backend: 'unshare' }),
    };
    const after = { ...template, name: 'new', priority: 2, taskData: { ...build, backend: 'unshare' } };
    expect(await templates.update(db, template.id, change)).toEqual({ template: after, changed: true });
    expect(await templates.get(db, template.id)).toEqual(after);
    expect(await templates.update(db, template.id, change)).toEqual({ template: after, changed: false });
    expect(await templates.update(db, template.id, {})).toEqual({ template: after, changed: false });
  });

  test('refuses data that the orchestrator cannot use, and names that cannot be', async ({ db }) => {
    const template = await aWorkflowTemplate(db);
    const refused = templates.update(db, template.id, { taskData: () => ({ nope: 1 }) });
    await expect(refused).rejects.toThrow(ValidationError);
    await expect(templates.update(db, template.id, { name: '' })).rejects.toThrow(InvalidInputError);
    await expect(templates.update(db, absent, { name: 'n' })).rejects.toThrow(NotFoundError);
    expect(await templates.all(db)).toEqual([template]);
  });

  test('refuses a name that another template of the workspace has', async ({ db }) => {
    const { id: workspaceId } = await aWorkspace(db);
    await aWorkflowTemplate(db, { name: 'taken' });
    await aWorkflowTemplate(db, { name: 'elsewhere', workspaceId });
    const template = await aWorkflowTemplate(db, { name: 'mine' });
    await expect(templates.update(db, template.id, { name: 'taken' })).rejects.toThrow(ConflictError);
    await templates.update(db, template.id, { name: 'elsewhere' });
    expect((await templates.get(db, template.id)).name).toBe('elsewhere');
  });
});

describe('remove', () => {
  test('deletes exactly these and tells which there were', async ({ db }) => {
    const [a, b, c] = [await aWorkflowTemplate(db), await aWorkflowTemplate(db), await aWorkflowTemplate(db)];
    expect(await templates.remove(db, [c.id, absent, a.id])).toEqual([a.id, c.id]);
    expect(await templates.all(db)).toEqual([b]);
    expect(await templates.remove(db, [])).toEqual([]);
  });
});

describe('list', () => {
  async function names(
    db: Db,
    ...list: Parameters<typeof templates.list> extends [Db, ...infer Rest] ? Rest : never
  ) {
    return (await all(templates.list(db, ...list))).map(({ workspace, name }) => `${workspace}/${name}`);
  }

  test('comes by workspace and name', async ({ db }) => {
    const { id: workspaceId } = await aWorkspace(db, { name: 'A' });
    const template = await aWorkflowTemplate(db, { name: 'b', priority: 2, taskData: { x: 1 } });
    await aWorkflowTemplate(db, { name: 'a' });
    await aWorkflowTemplate(db, { name: 'z', workspaceId });
    expect(await names(db)).toEqual(['A/z', 'System/a', 'System/b']);
    expect(await names(db, {}, { order: ['-name'], limit: 2 })).toEqual(['A/z', 'System/b']);
    expect(await all(templates.list(db, { ids: [template.id] }))).toEqual([
      {
        id: template.id,
        name: 'b',
        task_name: 'noop',
        workspace: 'System',
        priority: 2,
        task_data: { x: 1 },
      },
    ]);
    expect(() => templates.list(db, {}, { order: ['colour'] })).toThrow(UsageError);
  });

  test('can be filtered by workspace, orchestrator and name', async ({ db }) => {
    const { id: workspaceId } = await aWorkspace(db, { name: 'A' });
    await aWorkflowTemplate(db, { name: 'build-all', taskName: 'sbuild' });
    await aWorkflowTemplate(db, { name: 'nothing' });
    await aWorkflowTemplate(db, { name: 'build-some', taskName: 'sbuild', workspaceId });
    expect(await names(db, { workspaceIds: [workspaceId] })).toEqual(['A/build-some']);
    expect(await names(db, { taskNameLike: ['s%'] })).toEqual(['A/build-some', 'System/build-all']);
    expect(await names(db, { nameLike: '%all%' })).toEqual(['System/build-all']);
    expect(await names(db, { nameLike: 'build%', workspaceIds: [workspaceId] })).toEqual(['A/build-some']);
  });
});

// These stand last: what they commit stays.
describe('in other sessions', () => {
  test('creating by two sessions at once makes one template', async ({ database }) => {
    const system = await systemWorkspace(database.db);
    const given = { name: unique('t'), taskName: 'noop' };
    const late = await session(database);
    const open = await begin(database);
    const first = await templates.create(open.tx, system, given);
    const second = templates.create(late.db, system, given, 'accept');
    await untilBlocked(database, late.pid);
    await open.commit();
    expect(await second).toEqual({ template: first.template, wasCreated: false, changed: false });
  });

  test('updating by two sessions at once keeps both changes', async ({ database }) => {
    const { db } = database;
    const { id } = await aWorkflowTemplate(db, { taskName: 'sbuild' });
    const set = (key: string, value: string) => (stored: object) => ({ ...stored, [key]: value });
    const late = await session(database);
    const open = await begin(database);
    await templates.update(open.tx, id, { taskData: set('backend', 'unshare') });
    const second = templates.update(late.db, id, { taskData: set('target_distribution', 'debian:sid') });
    await untilBlocked(database, late.pid);
    await open.commit();
    expect((await second).template.taskData).toEqual({
      backend: 'unshare',
      target_distribution: 'debian:sid',
    });
  });

  test('removing takes one statement for 50 templates as for 1', async ({ database }) => {
    const count = async (size: number) => {
      const ids: Id<'WorkflowTemplate'>[] = [];
      for (let made = 0; made < size; made += 1) ids.push((await aWorkflowTemplate(database.db)).id);
      return countStatements(database, (db) => templates.remove(db, ids));
    };
    expect([await count(1), await count(50)]).toEqual([1, 1]);
  });

  test('listing takes one statement for 50 templates as for 1', async ({ database }) => {
    const { db } = database;
    const { id: workspaceId } = await aWorkspace(db);
    const count = async (size: number) => {
      for (let made = 0; made < size; made += 1) await aWorkflowTemplate(db, { workspaceId });
      return countStatements(database, (counted) =>
        all(templates.list(counted, { workspaceIds: [workspaceId] })),
      );
    };
    expect([await count(1), await count(49)]).toEqual([1, 1]);
    expect(await db.$count(table)).toBeGreaterThanOrEqual(50);
  });
});
