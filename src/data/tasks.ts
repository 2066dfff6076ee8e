/** Which tasks exist, and what their data looks like. Source: data-schemas.md 2.1. */
import { AssertionError, type FieldProblems, ValidationError } from '../errors.ts';
import { type TaskType, taskTypes } from './enumerations.ts';
import type { Schema } from './fields.ts';
import { isMapping } from './json.ts';
import { parse, problemsOf, refusal } from './problems.ts';
import { describe, quote } from './quote.ts';
import * as serverTasks from './server-tasks.ts';
import * as workerTasks from './worker-tasks.ts';
import * as workflows from './workflows.ts';

/** A schema that is built when it is asked for. */
export type TaskSchema = () => Schema;

/** The known tasks: for each type the schemas by name. Names are lower case. Another one may be handed in. */
export interface TaskRegistry {
  readonly Worker: ReadonlyMap<string, TaskSchema>;
  readonly Server: ReadonlyMap<string, TaskSchema>;
  readonly Workflow: ReadonlyMap<string, TaskSchema>;
}

/** The tasks of this database level. */
export const tasksOfThisLevel: TaskRegistry = {
  Worker: new Map<string, TaskSchema>([
    ['autopkgtest', workerTasks.autopkgtest],
    ['blhc', workerTasks.blhc],
    ['lintian', workerTasks.lintian],
    ['mmdebstrap', workerTasks.mmdebstrap],
    ['noop', workerTasks.noop],
    ['piuparts', workerTasks.piuparts],
    ['sbuild', workerTasks.sbuild],
    ['simplesystemimagebuild', workerTasks.simplesystemimagebuild],
  ]),
  Server: new Map<string, TaskSchema>([
    ['aptmirror', serverTasks.aptmirror],
    ['internalnoop', serverTasks.internalnoop],
    ['updatesuitelintiancollection', serverTasks.updatesuitelintiancollection],
  ]),
  Workflow: new Map<string, TaskSchema>([
    ['noop', workflows.noop],
    ['sbuild', workflows.sbuild],
    ['update_environments', workflows.updateEnvironments],
  ]),
};

/** Names of the steps that the scheduler itself performs. Their data is not looked at; by convention `{}`. */
export const internalTaskNames = ['synchronization_point', 'workflow'] as const;

const nouns: Readonly<Record<TaskType, string>> = {
  Worker: 'worker task',
  Server: 'server task',
  Internal: 'internal task',
  Workflow: 'workflow',
};

/** Whether the text is the type of a task at this level. */
export function isTaskType(text: string): text is TaskType {
  return taskTypes.some((known) => known === text);
}

/** The names of the tasks of a type, sorted. */
export function taskNames(taskType: TaskType, registry: TaskRegistry = tasksOfThisLevel): readonly string[] {
  return taskType === 'Internal' ? internalTaskNames : [...registry[taskType].keys()].sort();
}

/** Schema of a task's data; undefined if there is no such task. Names are compared without regard to case. */
export function taskSchema(
  taskType: Exclude<TaskType, 'Internal'>,
  taskName: string,
  registry: TaskRegistry = tasksOfThisLevel,
): Schema | undefined {
  return registry[taskType].get(taskName.toLowerCase())?.();
}

/** The validation error about a task that does not exist. */
export function unknownTask(taskType: TaskType, taskName: string, registry?: TaskRegistry): ValidationError {
  const problems: FieldProblems = { task_name: [`${nouns[taskType]} ${quote(taskName)} is not known`] };
  return new ValidationError(problems, { hint: `known are ${taskNames(taskType, registry).join(', ')}` });
}

/** @throws ValidationError on `task_data` unless the value is an object */
export function checkIsTaskData(taskData: unknown): void {
  if (isMapping(taskData)) return;
  throw new ValidationError({ task_data: [`must be a mapping, not ${describe(taskData)}`] });
}

/**
 * The rule of `WorkRequest.clean`: the data is an object, the task exists, the data fits the task.
 * @throws ValidationError on `task_data` or `task_name`
 * @throws AssertionError for a task type that does not exist at this level
 */
export function checkTask(
  task: { readonly taskType: string; readonly taskName: string; readonly taskData: unknown },
  registry: TaskRegistry = tasksOfThisLevel,
): void {
  const { taskType, taskName, taskData } = task;
  checkIsTaskData(taskData);
  if (!isTaskType(taskType)) throw new AssertionError(`tasks of type ${quote(taskType)} are not supported`);
  if (taskType === 'Internal') {
    if (!internalTaskNames.some((known) => known === taskName)) throw unknownTask(taskType, taskName);
    return;
  }
  const schema = taskSchema(taskType, taskName, registry);
  if (schema === undefined) throw unknownTask(taskType, taskName, registry);
  parse(schema, taskData, 'task_data');
}

/**
 * The rule of `WorkflowTemplate.clean`: the data is an object, the orchestrator exists, and what the data does
 * say, the orchestrator can use. The data may be incomplete at any depth. Source: models.md 3.18.
 * @throws ValidationError on `task_data` or `task_name`
 */
export function checkWorkflowTemplate(
  template: { readonly taskName: string; readonly taskData: unknown },
  registry: TaskRegistry = tasksOfThisLevel,
): void {
  const { taskName, taskData } = template;
  checkIsTaskData(taskData);
  const schema = taskSchema('Workflow', taskName, registry);
  if (schema === undefined) throw unknownTask('Workflow', taskName, registry);
  const problems = problemsOf(schema, taskData).filter(({ kind }) => kind !== 'missing');
  if (problems.length > 0) throw refusal(problems, 'task_data');
}
