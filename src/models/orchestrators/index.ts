/** The orchestrators of this level, by the names that templates use. Source: data-schemas.md 5. */
import { sql } from 'drizzle-orm';
import type { ExistingChild } from '../../data/planned-children.ts';
import { quote } from '../../data/quote.ts';
import { taskNames } from '../../data/tasks.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { ArgumentError } from '../../errors.ts';
import type { WorkRequest } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { children } from '../work-requests/accessors.ts';
import { createPlanned } from '../work-requests/children.ts';
import { get } from '../work-requests/find.ts';
import { holding } from '../work-requests/locks.ts';
import { noop } from './noop.ts';
import type { Orchestrator } from './orchestrator.ts';
import { sbuild } from './sbuild.ts';
import { updateEnvironments } from './update-environments.ts';

export type { Orchestrator } from './orchestrator.ts';

const orchestrators: ReadonlyMap<string, Orchestrator> = new Map([
  ['noop', noop],
  ['sbuild', sbuild],
  ['update_environments', updateEnvironments],
]);

/** The orchestrator of that name; capitals do not count. @throws ArgumentError when there is none */
export function orchestratorFor(taskName: string): Orchestrator {
  const found = orchestrators.get(taskName.toLowerCase());
  if (found !== undefined) return found;
  throw new ArgumentError(`workflow ${quote(taskName)} is not known`, 'value-error', {
    hint: `known are ${taskNames('Workflow').join(', ')}`,
  });
}

/**
 * Whether what a workflow's data names exists and can be used.
 *
 * Source: data-schemas.md 5.1, step 4.
 * @throws ValidationError on `task_data`
 * @throws ArgumentError when there is no such orchestrator
 */
export function checkInput(db: Db, workflow: WorkRequest): Promise<void> {
  return orchestratorFor(workflow.taskName).checkInput(db, workflow);
}

/**
 * Creates the children that the workflow lacks, blocked. Doing it again creates nothing.
 *
 * Source: `populate` in data-schemas.md 5.1.
 * @returns the new children, by id
 * @throws ArgumentError when the request is no workflow, or there is no such orchestrator
 * @throws ValidationError on `task_data`; nothing is created then
 * @throws NotFoundError when there is no such work request
 */
export function populate(db: Db, id: Id<'WorkRequest'>, at: Timestamp): Promise<readonly WorkRequest[]> {
  // Of two at once the second one waits here, and then finds the children of the first one.
  const self = sql`select r.id from db_workrequest r where r.id = ${id}::bigint`;
  return holding(db, self, async (tx) => {
    const workflow = await get(tx, id);
    if (workflow.taskType !== 'Workflow') throw new ArgumentError(`work request ${id} is no workflow`);
    const existing = (await children(tx, id)).filter(({ taskType }) => taskType === 'Worker').map(asExisting);
    const planned = await orchestratorFor(workflow.taskName).plan(tx, workflow, existing);
    return createPlanned(tx, id, planned, at);
  });
}

function asExisting({
  taskName,
  taskData,
  workflowDataJson,
  eventReactionsJson,
}: WorkRequest): ExistingChild {
  return { taskName, taskData, workflowData: workflowDataJson, eventReactions: eventReactionsJson };
}
