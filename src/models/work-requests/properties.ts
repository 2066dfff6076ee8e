/** What follows from the row of a work request alone. Source: models.md 3.17.2 to 3.17.5. */
import {
  type EventReactions,
  readEventReactions,
  triggeredActions,
  type TriggeredActions,
} from '../../data/event-reactions.ts';
import { checkTask, type TaskRegistry, tasksOfThisLevel } from '../../data/tasks.ts';
import { readWorkflowData, type WorkflowData } from '../../data/workflow-data.ts';
import type { WorkRequest } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';

/** What decides the place in the queue: higher goes first. Source: `WorkRequest.priority_effective`. */
export function priorityEffective({
  priorityBase,
  priorityAdjustment,
}: Pick<WorkRequest, 'priorityBase' | 'priorityAdjustment'>): number {
  return priorityBase + priorityAdjustment;
}

/**
 * How long it ran, in seconds with fraction; null unless it was both started and ended.
 *
 * Source: `WorkRequest.duration`.
 */
export function duration({
  startedAt,
  completedAt,
}: Pick<WorkRequest, 'startedAt' | 'completedAt'>): number | null {
  if (startedAt === null || completedAt === null) return null;
  // Milliseconds and the microseconds below them apart: together they would not fit into a number.
  const milliseconds = Date.parse(milliPart(completedAt)) - Date.parse(milliPart(startedAt));
  return (milliseconds * 1000 + microPart(completedAt) - microPart(startedAt)) / 1_000_000;
}

const milliPart = (at: Timestamp): string => `${at.slice(0, -4)}Z`;
const microPart = (at: Timestamp): number => Number(at.slice(-4, -1));

/** Whether it is inside a workflow; false for the root. Source: `WorkRequest.is_part_of_workflow`. */
export function isPartOfWorkflow({ parentId }: Pick<WorkRequest, 'parentId'>): boolean {
  return parentId !== null;
}

/**
 * Its place in a workflow; null for the empty object.
 *
 * Source: `WorkRequest.workflow_data`.
 * @throws ValidationError when somebody stored something else
 */
export function workflowData({
  workflowDataJson,
}: Pick<WorkRequest, 'workflowDataJson'>): WorkflowData | null {
  return readWorkflowData(workflowDataJson);
}

/**
 * How a picture of the workflow calls it; an empty display name counts.
 *
 * Source: `WorkRequest.workflow_display_name`.
 * @throws ValidationError when the stored workflow data does not fit
 */
export function workflowDisplayName(request: Pick<WorkRequest, 'workflowDataJson' | 'taskName'>): string {
  return workflowData(request)?.display_name ?? request.taskName;
}

/**
 * What is to happen when it is done; two empty lists for the empty object.
 *
 * Source: `WorkRequest.event_reactions`.
 * @throws ValidationError when somebody stored something else
 */
export function eventReactions({
  eventReactionsJson,
}: Pick<WorkRequest, 'eventReactionsJson'>): EventReactions {
  return readEventReactions(eventReactionsJson);
}

/**
 * The actions that its result triggers, by name, each list in stored order; both names are always there.
 *
 * Source: `WorkRequest.get_triggered_actions`, decision D8.
 * @throws ValidationError when the stored reactions do not fit
 */
export function triggeredActionsOf(
  request: Pick<WorkRequest, 'eventReactionsJson' | 'result'>,
): TriggeredActions {
  return triggeredActions(eventReactions(request), request.result);
}
export { triggeredActionsOf as getTriggeredActions };

/**
 * Whether the task exists and accepts the data. Saving does not ask.
 *
 * Source: `WorkRequest.clean`.
 * @param registry the tasks that exist
 * @throws ValidationError on `task_data` or `task_name`
 * @throws AssertionError for a task type that is not implemented
 */
export function clean(
  request: { readonly taskType: string; readonly taskName: string; readonly taskData: unknown },
  registry: TaskRegistry = tasksOfThisLevel,
): void {
  checkTask(request, registry);
}
