import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/data/json.ts';
import {
  environmentLookup,
  needsEnvironments,
  parseDistribution,
  planSbuild,
  sbuildArchitectures,
} from '../../src/data/plan-sbuild.ts';
import { checkTask } from '../../src/data/tasks.ts';
import { AssertionError, ValidationError } from '../../src/errors.ts';
import { problemsThrownBy } from './refusals.ts';
import { readVectors } from './vectors.ts';

const input = { source_artifact_id: 3 };
const taskData = (more: JsonObject = {}): JsonObject => ({
  input,
  target_distribution: 'debian:bookworm',
  backend: 'unshare',
  architectures: ['arm64', 'all', 'amd64'],
  ...more,
});
const source = (Architecture: string) => ({
  id: 3,
  category: 'debian:source-package',
  data: { dsc_fields: { Architecture } },
});
const environments = new Map([
  ['all', 5],
  ['amd64', 5],
  ['arm64', 6],
]);
const architectures = ['all', 'amd64', 'arm64'];

describe('known answers about architectures', () => {
  interface ArchitecturesCase {
    readonly architectures: readonly string[];
    readonly package_architecture: string;
    readonly expected?: readonly string[];
  }
  test.each(readVectors<ArchitecturesCase>('sbuild-architectures'))('case $id', (given) => {
    const find = () =>
      sbuildArchitectures(
        taskData({ architectures: given.architectures }),
        source(given.package_architecture),
      );
    if (given.expected === undefined) expect(find).toThrow(ValidationError);
    else expect(find()).toEqual(given.expected);
  });
});

test('only source packages can be built', () => {
  const lines = (artifact: { category: string; data: Json }) =>
    problemsThrownBy(() => sbuildArchitectures(taskData(), { id: 3, ...artifact }))?.['task_data'];
  expect(lines({ ...source('any'), category: 'debian:upload' })).toEqual([
    'input.source_artifact_id: must be a debian:source-package, not a debian:upload',
  ]);
  for (const data of [{}, null, 5, ['dsc_fields'], { dsc_fields: { Architecture: ['any'] } }]) {
    expect(lines({ category: 'debian:source-package', data })).toEqual([
      expect.stringMatching(/^artifact 3: the field Architecture of the source package must be text, not /),
    ]);
  }
});

test('a distribution is split at its first colon', () => {
  expect(parseDistribution('debian:sid:x')).toEqual({ vendor: 'debian', codename: 'sid:x' });
  expect(() => parseDistribution('debian')).toThrow(ValidationError);
});

test('an environment is looked up for the machine that builds', () => {
  const distribution = { vendor: 'debian', codename: 'sid' };
  expect(environmentLookup(distribution, 'all')).toBe('debian/match:codename=sid:architecture=amd64');
  expect(environmentLookup(distribution, 'arm64')).toBe('debian/match:codename=sid:architecture=arm64');
});

describe('the children', () => {
  test('are one for each architecture, in alphabetical order', () => {
    const children = planSbuild({ taskData: taskData(), architectures, environments });
    expect(children.map((child) => child.taskData)).toEqual([
      { input, host_architecture: 'amd64', build_components: ['all'], backend: 'unshare', environment: 5 },
      { input, host_architecture: 'amd64', build_components: ['any'], backend: 'unshare', environment: 5 },
      { input, host_architecture: 'arm64', build_components: ['any'], backend: 'unshare', environment: 6 },
    ]);
    expect(children[0]).toMatchObject({
      taskType: 'Worker',
      taskName: 'sbuild',
      workflowData: { display_name: 'Build all', step: 'build-all' },
      eventReactions: { on_success: [], on_failure: [] },
    });
    for (const child of children) expect(() => checkTask(child)).not.toThrow();
  });

  test('build in a chroot of the distribution where the backend means that', () => {
    const data = taskData();
    for (const backend of ['auto', 'schroot']) expect(needsEnvironments({ ...data, backend })).toBe(false);
    expect(needsEnvironments(data)).toBe(true);
    const [child] = planSbuild({
      taskData: { ...data, backend: 'auto' },
      architectures: ['amd64'],
      environments: new Map(),
    });
    expect(child?.taskData).toEqual({
      input,
      host_architecture: 'amd64',
      build_components: ['any'],
      backend: 'auto',
      distribution: 'bookworm',
    });
    if (child !== undefined) expect(() => checkTask(child)).not.toThrow();
  });

  test('that exist are not planned again', () => {
    const workflow = { taskData: taskData(), architectures, environments };
    const [first, ...others] = planSbuild(workflow);
    if (first === undefined) expect.fail('nothing is planned');
    expect(planSbuild(workflow, [first])).toEqual(others);
    expect(planSbuild(workflow, [first, ...others])).toEqual([]);
  });

  test('for an unwanted architecture are a defect', () => {
    const workflow = { taskData: taskData(), architectures: ['amd64'], environments };
    const child = (data: JsonObject) => ({
      taskName: 'sbuild',
      taskData: data,
      workflowData: {},
      eventReactions: {},
    });
    expect(() => planSbuild(workflow, [child({ host_architecture: 'arm64' })])).toThrow(AssertionError);
    expect(() =>
      planSbuild(workflow, [child({ host_architecture: 'amd64', build_components: ['all'] })]),
    ).toThrow(AssertionError);
    expect(() => planSbuild(workflow, [child({})])).toThrow(AssertionError);
  });

  test('cannot be planned without their environments', () => {
    const workflow = { taskData: taskData(), architectures, environments: new Map([['amd64', 5]]) };
    expect(problemsThrownBy(() => planSbuild(workflow))).toEqual({
      task_data: ['there is no environment for "debian:bookworm" on "amd64"'],
    });
  });
});
