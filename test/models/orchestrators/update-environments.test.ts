import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { JsonObject } from '../../../src/data/json.ts';
import { ArgumentError, NotFoundError, ValidationError } from '../../../src/errors.ts';
import type { Id } from '../../../src/db/ids.ts';
import { orchestratorFor, populate } from '../../../src/models/orchestrators/index.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { test } from '../../support/database.ts';
import { at, aWorkRequest } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aWorkflow } from '../work-requests/arrange.ts';

const now = at('2024-05-02 12:00');

interface Vector {
  readonly id: number;
  readonly task_data: JsonObject;
  readonly children: readonly (JsonObject & { readonly event_reactions: JsonObject })[];
}
const file = new URL('../../vectors/workflow-populate-update-environments.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Vector[] };

/** Actions are stored with all their keys; the known answers leave out those that are null. */
const withoutNulls = (reactions: JsonObject): unknown =>
  JSON.parse(JSON.stringify(reactions, (_, value: unknown) => (value === null ? undefined : value)));

describe('update_environments', () => {
  for (const { id, task_data: taskData, children } of cases) {
    test(`creates the children of known answer ${id}, and none when it is done again`, async ({ db }) => {
      const workflow = await aWorkflow(db, { taskName: 'update_environments', taskData, priorityBase: 3 });
      const created = await populate(db, workflow.id, now);
      const found = created.map((child) => ({
        task_type: child.taskType,
        task_name: child.taskName,
        status: child.status,
        task_data: child.taskData,
        workflow_data: child.workflowDataJson,
        dependencies: 0,
        event_reactions: withoutNulls(child.eventReactionsJson),
      }));
      expect(found).toEqual(children);
      for (const child of created) {
        expect(child).toMatchObject({ parentId: workflow.id, priorityBase: 3, createdAt: now });
        expect(await workRequests.dependencies(db, child.id)).toEqual([]);
      }
      expect(await populate(db, workflow.id, now)).toEqual([]);
      expect(await workRequests.children(db, workflow.id)).toEqual(created);
    });
  }

  test('creates only what is missing', async ({ db }) => {
    const [vector] = cases.filter(({ children }) => children.length > 1);
    const taskData = vector?.task_data ?? {};
    const workflow = await aWorkflow(db, { taskName: 'update_environments', taskData });
    const [first, ...others] = await populate(db, workflow.id, now);
    if (first === undefined) throw new Error('nothing was created');
    await workRequests.remove(db, [first.id]);
    // Steps of the workflow itself are none of its children's business.
    await workRequests.createSynchronizationPoint(db, { parentId: workflow.id }, now);
    const again = await populate(db, workflow.id, now);
    expect(again).toMatchObject([{ taskData: first.taskData, workflowDataJson: first.workflowDataJson }]);
    expect(await workRequests.children(db, workflow.id)).toHaveLength(others.length + 2);
  });

  test('creates nothing when a template does not fit its task', async ({ db }) => {
    const workflow = await aWorkflow(db, {
      taskName: 'update_environments',
      taskData: {
        vendor: 'debian',
        targets: [{ codenames: 'trixie', architectures: ['amd64'], mmdebstrap_template: { nope: 1 } }],
      },
    });
    await expect(populate(db, workflow.id, now)).rejects.toThrow(ValidationError);
    expect(await workRequests.children(db, workflow.id)).toEqual([]);
  });

  test('takes as many statements for 60 children as for 2', async ({ database }) => {
    const count = async (architectures: number) => {
      const mmdebstrap_template = { bootstrap_repositories: [{ mirror: 'http://deb.example.org/debian' }] };
      const names = Array.from({ length: architectures }, (_, n) => `arch${n}`);
      const targets = [{ codenames: ['a', 'b'], architectures: names, mmdebstrap_template }];
      const { id } = await aWorkflow(database.db, {
        taskName: 'update_environments',
        taskData: { vendor: 'debian', targets },
      });
      return countStatements(database, (db) => populate(db, id, now));
    };
    expect(await count(30)).toBe(await count(1));
  });
});

describe('the orchestrators', () => {
  test('are found by name, whatever the capitals', () => {
    for (const name of ['noop', 'sbuild', 'update_environments', 'SBuild']) {
      expect(orchestratorFor(name)).toBeDefined();
    }
    expect(() => orchestratorFor('lintian')).toThrow(ArgumentError);
    expect(() => orchestratorFor('constructor')).toThrow(ArgumentError);
  });

  test('of name noop has no children', async ({ db }) => {
    const { id } = await aWorkflow(db);
    expect(await populate(db, id, now)).toEqual([]);
  });

  test('populate workflows only, and known ones', async ({ db }) => {
    const { id } = await aWorkRequest(db);
    const unknown = await aWorkflow(db, { taskName: 'nope' });
    await expect(populate(db, id, now)).rejects.toThrow(ArgumentError);
    await expect(populate(db, unknown.id, now)).rejects.toThrow(ArgumentError);
    await expect(populate(db, 999_999 as Id<'WorkRequest'>, now)).rejects.toThrow(NotFoundError);
  });
});
