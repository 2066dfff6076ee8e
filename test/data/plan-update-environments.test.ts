import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/data/json.ts';
import type { PlannedChild } from '../../src/data/planned-children.ts';
import { planUpdateEnvironments } from '../../src/data/plan-update-environments.ts';
import { checkTask } from '../../src/data/tasks.ts';
import { problemsThrownBy } from './refusals.ts';
import { readVectors } from './vectors.ts';

interface PopulationCase {
  readonly task_data: JsonObject;
  readonly children: readonly {
    readonly task_type: string;
    readonly task_name: string;
    readonly task_data: JsonObject;
    readonly workflow_data: JsonObject;
    readonly event_reactions: JsonObject;
  }[];
}

/** The value without members that are null, as the known answers have it. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]): [string, Json] => [key, withoutNulls(member)]));
}

describe('known answers about populating update_environments', () => {
  test.each(readVectors<PopulationCase>('workflow-populate-update-environments'))('case $id', (given) => {
    const planned = planUpdateEnvironments(given.task_data);
    expect(
      planned.map((child) => ({
        task_type: child.taskType,
        task_name: child.taskName,
        task_data: child.taskData,
        workflow_data: child.workflowData,
        event_reactions: withoutNulls(child.eventReactions),
      })),
    ).toEqual(
      given.children.map(({ task_type, task_name, task_data, workflow_data, event_reactions }) => ({
        task_type,
        task_name,
        task_data,
        workflow_data,
        event_reactions,
      })),
    );
    for (const child of planned) expect(() => checkTask(child)).not.toThrow();
    expect(planUpdateEnvironments(given.task_data, planned)).toEqual([]);
  });
});

const template = {
  bootstrap_options: {},
  bootstrap_repositories: [{ mirror: 'http://deb.debian.org/debian' }],
};
const target = { codenames: 'sid', architectures: ['amd64'], mmdebstrap_template: template };
const plan = (targets: readonly Json[], existing?: readonly PlannedChild[]) =>
  planUpdateEnvironments({ vendor: 'debian', targets }, existing);
const steps = (children: readonly PlannedChild[]) => children.map(({ workflowData }) => workflowData['step']);

test('an action is stored with all its keys', () => {
  expect(plan([target])[0]?.eventReactions).toEqual({
    on_success: [
      {
        action: 'update-collection-with-artifacts',
        collection: 'debian@debian:environments',
        name_template: null,
        variables: { codename: 'sid' },
        artifact_filters: { category: 'debian:system-tarball' },
      },
    ],
    on_failure: [],
  });
});

test('the same child is planned once', () => {
  expect(steps(plan([target, { ...target, codenames: ['sid', 'sid'] }]))).toEqual(['mmdebstrap-sid-amd64']);
});

test('children that differ in group or in action variables are different', () => {
  const more = [
    { ...target, variants: ['x'] },
    { ...target, codename_aliases: { sid: ['unstable'] } },
  ];
  expect(plan([target, ...more])).toHaveLength(3);
});

test('a child that exists is found although the database ordered its keys differently', () => {
  const [child] = plan([{ ...target, variants: ['x'] }]);
  if (child === undefined) expect.fail('nothing is planned');
  const reversed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, member]): [string, Json] => [key, reversed(member)]),
    );
  };
  const eventReactions = reversed(child.eventReactions) as JsonObject;
  expect(plan([{ ...target, variants: ['x'] }], [{ ...child, eventReactions }])).toEqual([]);
});

test('children of strange form do not disturb', () => {
  const strange = { taskType: 'Worker' as const, taskName: 'mmdebstrap', workflowData: {}, taskData: {} };
  expect(
    plan(
      [target],
      [
        { ...strange, eventReactions: {} },
        {
          ...strange,
          eventReactions: { on_success: [null, 5, { action: 'update-collection-with-artifacts' }] },
        },
        { ...strange, taskData: { bootstrap_options: [1] }, eventReactions: { on_success: 'x' } },
      ],
    ),
  ).toHaveLength(1);
});

test('the template is left as it was', () => {
  const before = JSON.stringify(target);
  const [child] = plan([target]);
  expect(JSON.stringify(target)).toBe(before);
  expect(child?.taskData['bootstrap_options']).not.toBe(template.bootstrap_options);
});

test('a template that does not fit is refused where it stands', () => {
  const bad = {
    mmdebstrap_template: { bootstrap_options: null, bootstrap_repositories: [5, { suite: null }], x: 1 },
  };
  expect(problemsThrownBy(() => plan([target, { ...target, ...bad }]))).toEqual({
    task_data: [
      'targets.1.mmdebstrap_template.bootstrap_options: must be a mapping, not null',
      'targets.1.mmdebstrap_template.bootstrap_repositories.0: must be a mapping, not 5',
      '"targets.1.mmdebstrap_template.bootstrap_repositories.1.mirror" is required',
      'targets.1.mmdebstrap_template.bootstrap_repositories.1.suite: must be text, not null',
      'targets.1.mmdebstrap_template.x: unknown key',
    ],
  });
});

test('aliases of other names than those of the release do not count', () => {
  const [child] = plan([{ ...target, codenames: 'constructor' }]);
  expect(child?.eventReactions['on_success']).toHaveLength(1);
});
