/** The closed sets of a work request, by the names the original uses, and their labels. Source: models.md 3.17, 2.5. */
import {
  type Result,
  results,
  type Status,
  statuses,
  type TaskType,
  taskTypes,
  type UnblockStrategy as Strategy,
  unblockStrategies,
} from '../../schema/work-requests.ts';

export type { Result, Status, TaskType } from '../../schema/work-requests.ts';

export const Statuses = {
  PENDING: 'pending',
  RUNNING: 'running',
  COMPLETED: 'completed',
  ABORTED: 'aborted',
  BLOCKED: 'blocked',
} as const satisfies Record<string, Status>;

export const Results = {
  NONE: '',
  SUCCESS: 'success',
  FAILURE: 'failure',
  ERROR: 'error',
} as const satisfies Record<string, Result>;

export const UnblockStrategy = {
  DEPS: 'deps',
  MANUAL: 'manual',
} as const satisfies Record<string, Strategy>;

export const TaskTypes = {
  WORKER: 'Worker',
  SERVER: 'Server',
  INTERNAL: 'Internal',
  WORKFLOW: 'Workflow',
} as const satisfies Record<string, TaskType>;

/** The label of a value; a value that is not in the set, which the database does not prevent, is its own label. */
function label(labels: Readonly<Record<string, string>>, value: string): string {
  return Object.hasOwn(labels, value) ? (labels[value] ?? value) : value;
}

/** Label of the status. Source: `WorkRequest.get_status_display`. */
export function statusDisplay({ status }: { readonly status: string }): string {
  return label(statuses, status);
}

/** Label of the result; the empty text while there is none. Source: `WorkRequest.get_result_display`. */
export function resultDisplay({ result }: { readonly result: string }): string {
  return label(results, result);
}

/** Label of the type, which is its name. Source: `WorkRequest.get_task_type_display`. */
export function taskTypeDisplay({ taskType }: { readonly taskType: string }): string {
  return label(taskTypes, taskType);
}

/** Label of the strategy. Source: `WorkRequest.get_unblock_strategy_display`. */
export function unblockStrategyDisplay({ unblockStrategy }: { readonly unblockStrategy: string }): string {
  return label(unblockStrategies, unblockStrategy);
}
