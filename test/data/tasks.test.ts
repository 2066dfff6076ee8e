import { describe, expect, test } from 'vitest';
import { AssertionError, ValidationError } from '../../src/errors.ts';
import { object, text } from '../../src/data/fields.ts';
import { checkTask, checkWorkflowTemplate, taskNames, taskSchema } from '../../src/data/tasks.ts';
import { problemsThrownBy, refusalThrownBy } from './refusals.ts';
import { mayBeRefused, readVectors } from './vectors.ts';

interface TaskCase {
  readonly task_type: string;
  readonly task_name: string;
  readonly task_data: unknown;
  readonly valid: boolean;
  readonly error_field?: string;
  readonly fault?: readonly string[];
}

const cases = [
  ...readVectors<TaskCase>('task-data').map((each) => ({ file: 'task-data', ...each })),
  ...readVectors<TaskCase>('task-data-level-keys').map((each) => ({ file: 'task-data-level-keys', ...each })),
];

const check = (taskType: string, taskName: string, taskData: unknown) => () =>
  checkTask({ taskType, taskName, taskData });

describe('known answers about task data', () => {
  test.each(cases)('$file $id: $task_type $task_name', (given) => {
    const problems = problemsThrownBy(check(given.task_type, given.task_name, given.task_data));
    if (given.valid) {
      if (problems === undefined || mayBeRefused(given)) return;
      expect.fail(JSON.stringify(problems));
    }
    expect(problems, 'is refused').toBeDefined();
    expect(Object.keys(problems ?? {})).toEqual([given.error_field]);
  });

  // The dictionary lookup is reported at its own keys, not at a position in a list that nobody wrote, and a
  // contradiction at the later key.
  test.each(cases.filter(({ valid, fault = [] }) => !valid && fault.length > 0))(
    '$file $id names each offending key',
    (given) => {
      const lines = Object.values(
        problemsThrownBy(check(given.task_type, given.task_name, given.task_data)) ?? {},
      );
      const said = lines.flat().join('\n');
      for (const path of given.fault ?? []) {
        const key = path.replace('binary_artifacts.0', 'binary_artifacts').replace(/\.$/, '');
        if (key !== '') expect(said).toContain(key);
      }
    },
  );
});

describe('names of tasks', () => {
  test('are known by type, sorted', () => {
    expect(taskNames('Worker')).toEqual([
      'autopkgtest',
      'blhc',
      'lintian',
      'mmdebstrap',
      'noop',
      'piuparts',
      'sbuild',
      'simplesystemimagebuild',
    ]);
    expect(taskNames('Server')).toEqual(['aptmirror', 'internalnoop', 'updatesuitelintiancollection']);
    expect(taskNames('Workflow')).toEqual(['noop', 'sbuild', 'update_environments']);
    expect(taskNames('Internal')).toEqual(['synchronization_point', 'workflow']);
  });

  test('are compared without regard to case, except those of internal tasks', () => {
    expect(taskSchema('Workflow', 'Update_Environments')).toBe(taskSchema('Workflow', 'update_environments'));
    expect(problemsThrownBy(check('Internal', 'WORKFLOW', {}))).toEqual({
      task_name: ['internal task "WORKFLOW" is not known'],
    });
  });

  test('that every object has are no tasks', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(taskSchema('Worker', name)).toBeUndefined();
    }
  });

  test('come with a list of the known ones when refused', () => {
    expect(refusalThrownBy(check('Server', 'sbuild', {}))?.hint).toBe(
      'known are aptmirror, internalnoop, updatesuitelintiancollection',
    );
  });

  test('can be those of another registry', () => {
    const registry = {
      Worker: new Map([['polish', () => object({ with: text() })]]),
      Server: new Map(),
      Workflow: new Map(),
    };
    const task = { taskType: 'Worker', taskName: 'Polish', taskData: { with: 'wax' } };
    expect(() => checkTask(task, registry)).not.toThrow();
    expect(() => checkTask({ ...task, taskName: 'noop' }, registry)).toThrow(ValidationError);
  });
});

describe('the rule for work requests', () => {
  test('looks at the form of the data before the name', () => {
    expect(problemsThrownBy(check('Worker', 'nonsense', [1]))).toEqual({
      task_data: ['must be a mapping, not a list'],
    });
  });

  test('does not look at the data of internal tasks', () => {
    expect(problemsThrownBy(check('Internal', 'workflow', { anything: [1] }))).toBeUndefined();
  });

  test('takes a type of a later level for a defect, not for bad data', () => {
    expect(check('Signing', 'noop', {})).toThrow(AssertionError);
    expect(check('worker', 'noop', {})).toThrow(AssertionError);
  });

  test('names the keys of every problem in one go, with what is known instead', () => {
    const data = { targets: [{ codenames: 5, nope: 1 }], "it's": null };
    const refusal = refusalThrownBy(check('Workflow', 'update_environments', data));
    expect(refusal).toBeInstanceOf(ValidationError);
    expect(problemsThrownBy(check('Workflow', 'update_environments', data))).toEqual({
      task_data: [
        '"vendor" is required',
        'targets.0.codenames: must be text, not 5',
        '"targets.0.architectures" is required',
        'targets.0.nope: unknown key',
        "it's: unknown key",
      ],
    });
    expect(refusal?.hint).toMatch(/^known keys: codenames, codename_aliases, variants, architectures, /);
  });

  test('counts auto as schroot for sbuild, which needs a distribution then', () => {
    const data = { input: { source_artifact_id: 1 }, host_architecture: 'amd64', environment: 2 };
    expect(problemsThrownBy(check('Worker', 'sbuild', data))).toEqual({
      task_data: ['needs a distribution with backend auto'],
    });
    expect(problemsThrownBy(check('Worker', 'sbuild', { ...data, distribution: 'sid' }))).toBeUndefined();
    expect(problemsThrownBy(check('Worker', 'sbuild', { ...data, backend: 'qemu' }))).toBeUndefined();
  });

  test('refuses components of a flat repository and their lack elsewhere', () => {
    const data = { collection: 'c', url: 'https://deb.debian.org/', architectures: ['amd64'] };
    const lines = (more: object) => problemsThrownBy(check('Server', 'aptmirror', { ...data, ...more }));
    expect(lines({ suite: 'flat/', components: ['main'] })).toBeDefined();
    expect(lines({ suite: 'sid' })).toBeDefined();
    expect(lines({ suite: 'flat/', components: null })).toBeUndefined();
    expect(lines({ suite: 'sid', components: [] })).toBeUndefined();
  });

  test('takes a bound for part of the range', () => {
    const data = {
      input: { source_artifact_id: 1, binary_artifacts_ids: [] },
      host_architecture: 'a',
      environment: 1,
    };
    const lines = (more: object) => problemsThrownBy(check('Worker', 'autopkgtest', { ...data, ...more }));
    expect(lines({ debug_level: 0, timeout: { global: 0 } })).toBeUndefined();
    expect(lines({ debug_level: 3 })).toBeUndefined();
    expect(lines({ debug_level: 1.5 })).toEqual({
      task_data: ['debug_level: must be a whole number, not 1.5'],
    });
    expect(lines({ debug_level: 4, timeout: { test: -1 } })).toEqual({
      task_data: ['debug_level: must be at most 3, not 4', 'timeout.test: must be at least 0, not -1'],
    });
  });
});

describe('the rule for workflow templates', () => {
  const lines = (taskName: string, taskData: unknown) =>
    problemsThrownBy(() => checkWorkflowTemplate({ taskName, taskData }));

  test('allows data that says little or nothing', () => {
    expect(lines('sbuild', {})).toBeUndefined();
    expect(lines('UPDATE_ENVIRONMENTS', { vendor: 'debian' })).toBeUndefined();
    expect(lines('sbuild', { input: {} })).toBeUndefined();
  });

  test('refuses what the orchestrator could never use', () => {
    expect(lines('sbuild', { architectures: [], nope: 1 })).toEqual({
      task_data: ['architectures: must not be empty', 'nope: unknown key'],
    });
  });

  test('refuses data that is no object, and orchestrators that do not exist', () => {
    expect(lines('sbuild', null)).toEqual({ task_data: ['must be a mapping, not null'] });
    expect(lines('mmdebstrap', {})).toEqual({ task_name: ['workflow "mmdebstrap" is not known'] });
  });
});
