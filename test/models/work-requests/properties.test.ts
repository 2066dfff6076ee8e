import { describe, expect, test } from 'vitest';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import type { Id } from '../../../src/db/ids.ts';
import { AssertionError, ValidationError } from '../../../src/errors.ts';
import { results, statuses, taskTypes, unblockStrategies } from '../../../src/schema/work-requests.ts';
import { at } from '../../support/factories.ts';
import { problemsOf } from './refusals.ts';

describe('enumerations', () => {
  test('the results are none, success, failure and error', () => {
    expect(workRequests.Results).toEqual({
      NONE: '',
      SUCCESS: 'success',
      FAILURE: 'failure',
      ERROR: 'error',
    });
    expect(Object.keys(results)).toEqual(Object.values(workRequests.Results));
  });

  test('the statuses are pending, running, completed, aborted and blocked', () => {
    expect(workRequests.Statuses).toEqual({
      PENDING: 'pending',
      RUNNING: 'running',
      COMPLETED: 'completed',
      ABORTED: 'aborted',
      BLOCKED: 'blocked',
    });
    expect(Object.keys(statuses)).toEqual(Object.values(workRequests.Statuses));
  });

  test('a request is unblocked by its dependencies or by hand', () => {
    expect(workRequests.UnblockStrategy).toEqual({ DEPS: 'deps', MANUAL: 'manual' });
    expect(Object.keys(unblockStrategies)).toEqual(Object.values(workRequests.UnblockStrategy));
  });

  test('the task types of this level are capitalised', () => {
    expect(workRequests.TaskTypes).toEqual({
      WORKER: 'Worker',
      SERVER: 'Server',
      INTERNAL: 'Internal',
      WORKFLOW: 'Workflow',
    });
    expect(Object.keys(taskTypes)).toEqual(Object.values(workRequests.TaskTypes));
  });

  test('every status has a label, an unknown one is its own label', () => {
    const labels = [...Object.keys(statuses), 'odd', 'constructor'].map((status) =>
      workRequests.statusDisplay({ status }),
    );
    expect(labels).toEqual(['Pending', 'Running', 'Completed', 'Aborted', 'Blocked', 'odd', 'constructor']);
  });

  test('every result has a label, that of no result is empty, an unknown one is its own label', () => {
    const labels = ['', 'success', 'failure', 'error', 'odd'].map((result) =>
      workRequests.resultDisplay({ result }),
    );
    expect(labels).toEqual(['', 'Success', 'Failure', 'Error', 'odd']);
  });

  test('the label of a task type is the type', () => {
    const labels = [...Object.keys(taskTypes), 'Signing'].map((taskType) =>
      workRequests.taskTypeDisplay({ taskType }),
    );
    expect(labels).toEqual(['Worker', 'Server', 'Internal', 'Workflow', 'Signing']);
  });

  test('every unblock strategy has a label, an unknown one is its own label', () => {
    const labels = ['deps', 'manual', 'odd'].map((unblockStrategy) =>
      workRequests.unblockStrategyDisplay({ unblockStrategy }),
    );
    expect(labels).toEqual(['Dependencies have completed', 'Manually unblocked', 'odd']);
  });
});

describe('what follows from the row', () => {
  test('the effective priority is the sum of base and adjustment', () => {
    expect(workRequests.priorityEffective({ priorityBase: 5, priorityAdjustment: -7 })).toBe(-2);
  });

  test('the duration is exact to the microsecond', () => {
    const startedAt = at('2024-05-01 10:00:00.999999');
    expect(workRequests.duration({ startedAt, completedAt: at('2024-05-01 10:00:01.000001') })).toBe(
      0.000002,
    );
    expect(workRequests.duration({ startedAt, completedAt: at('2024-05-02 10:00:01.500000') })).toBe(
      86400.500001,
    );
  });

  test('there is no duration unless the request was both started and ended', () => {
    const now = at('2024-05-01');
    expect(workRequests.duration({ startedAt: null, completedAt: now })).toBeNull();
    expect(workRequests.duration({ startedAt: now, completedAt: null })).toBeNull();
  });

  test('empty workflow data reads as none', () => {
    expect(workRequests.workflowData({ workflowDataJson: {} })).toBeNull();
  });

  test('workflow data reads with its defaults', () => {
    const read = workRequests.workflowData({ workflowDataJson: { display_name: 'Build', step: 'build' } });
    expect(read).toEqual({ display_name: 'Build', step: 'build', allow_failure: false, group: null });
  });

  test('workflow data without a required key, with an unknown one or with a null for a boolean is refused', () => {
    for (const workflowDataJson of [
      { step: 'build' },
      { display_name: 'Build' },
      { display_name: 'Build', step: 'build', needs_input: true },
      { display_name: 'Build', step: 'build', allow_failure: null },
    ]) {
      expect(() => workRequests.workflowData({ workflowDataJson })).toThrow(ValidationError);
    }
  });

  test('the display name is that of the workflow data, even an empty one, else the name of the task', () => {
    const named = (display_name: string) => ({
      workflowDataJson: { display_name, step: 's' },
      taskName: 'sbuild',
    });
    expect(workRequests.workflowDisplayName(named('Build'))).toBe('Build');
    expect(workRequests.workflowDisplayName(named(''))).toBe('');
    expect(workRequests.workflowDisplayName({ workflowDataJson: {}, taskName: 'sbuild' })).toBe('sbuild');
  });
});

describe('event reactions', () => {
  const notify = (channel: string) => ({ action: 'send-notification', channel });
  const update = { action: 'update-collection-with-artifacts', collection: 3, artifact_filters: {} };

  test('an empty object reads as two empty lists', () => {
    expect(workRequests.eventReactions({ eventReactionsJson: {} })).toEqual({
      on_success: [],
      on_failure: [],
    });
  });

  test('reactions of a bad shape are refused when they are read', () => {
    for (const eventReactionsJson of [
      { on_creation: [] },
      { on_success: {} },
      { on_success: [{ channel: 'x' }] },
      { on_success: [{ action: 'send-notification' }] },
      { on_success: [{ ...notify('x'), more: 1 }] },
    ]) {
      expect(() => workRequests.eventReactions({ eventReactionsJson })).toThrow(ValidationError);
    }
  });

  test.each([
    ['success', ['a', 'b'], 0],
    ['failure', ['c'], 1],
    ['error', ['c'], 1],
    ['', [], 0],
  ] as const)(
    'the result %j triggers the actions of its event in stored order',
    (result, channels, updates) => {
      const eventReactionsJson = {
        on_success: [notify('a'), notify('b')],
        on_failure: [update, notify('c')],
      };
      const triggered = workRequests.getTriggeredActions({ eventReactionsJson, result });
      expect(Object.keys(triggered)).toEqual(['send-notification', 'update-collection-with-artifacts']);
      expect(triggered['send-notification'].map(({ channel }) => channel)).toEqual(channels);
      expect(triggered['update-collection-with-artifacts']).toHaveLength(updates);
    },
  );
});

describe('clean', () => {
  const check =
    (taskType: string, taskName: string, taskData: unknown = {}) =>
    () =>
      workRequests.clean({ taskType, taskName, taskData });

  test.each([null, 'text', 4, []])('task data that is %j is refused', (taskData) => {
    expect(problemsOf(check('Worker', 'noop', taskData))).toHaveProperty('task_data');
  });

  test.each([
    ['Worker', 'internalnoop'],
    ['Server', 'noop'],
    ['Workflow', 'lintian'],
    ['Internal', 'noop'],
    ['Internal', 'Workflow'],
  ])('%s does not know the task %s', (taskType, taskName) => {
    expect(problemsOf(check(taskType, taskName))).toHaveProperty('task_name');
  });

  test.each([
    ['Worker', 'noop'],
    ['Worker', 'NoOp'],
    ['Server', 'internalnoop'],
    ['Workflow', 'noop'],
    ['Internal', 'synchronization_point'],
    ['Internal', 'workflow'],
  ])('%s knows the task %s', (taskType, taskName) => {
    expect(check(taskType, taskName)).not.toThrow();
  });

  test.each(['Worker', 'Server', 'Workflow'])(
    'data that the %s task does not know is refused',
    (taskType) => {
      const taskName = taskType === 'Server' ? 'internalnoop' : 'noop';
      expect(problemsOf(check(taskType, taskName, { nope: 1 }))).toHaveProperty('task_data');
    },
  );

  test('the data of an internal task is not looked at', () => {
    expect(check('Internal', 'workflow', { nope: 1 })).not.toThrow();
  });

  test('a task type of a later level is not implemented, which is no problem of the data', () => {
    expect(check('Signing', 'noop')).toThrow(AssertionError);
  });

  test('other tasks can be handed in', () => {
    const none = new Map();
    const registry = { Worker: none, Server: none, Workflow: none };
    expect(
      problemsOf(() => workRequests.clean({ taskType: 'Worker', taskName: 'noop', taskData: {} }, registry)),
    ).toHaveProperty('task_name');
  });
});

test('whether a request is part of a workflow is told by its parent alone', () => {
  expect(workRequests.isPartOfWorkflow({ parentId: null })).toBe(false);
  expect(workRequests.isPartOfWorkflow({ parentId: 7 as Id<'WorkRequest'> })).toBe(true);
});
