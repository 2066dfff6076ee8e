/** The orchestrators of this level, by the names that templates use. Source: data-schemas.md 5. */
import { type SQL, sql } from 'drizzle-orm';
import type { ExistingChild } from '../../data/planned-children.ts';
import { quote } from '../../data/quote.ts';
import { taskNames } from '../../data/tasks.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { ArgumentError, InvalidTransitionError } from '../../errors.ts';
import type { WorkRequest } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { children } from '../work-requests/accessors.ts';
import { createPlanned } from '../work-requests/children.ts';
import { get, getAll } from '../work-requests/find.ts';
import { markRunning } from '../work-requests/lifecycle.ts';
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
export async function checkInput(db: Db, workflow: WorkRequest): Promise<void> {
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
    const workflow = await getWorkflow(tx, id);
    const existing = (await children(tx, id)).filter(({ taskType }) => taskType === 'Worker').map(asExisting);
    const planned = await orchestratorFor(workflow.taskName).plan(tx, workflow, existing);
    return createPlanned(tx, id, planned, at);
  });
}

async function getWorkflow(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequest> {
  const request = await get(db, id);
  if (request.taskType === 'Workflow') return request;
  throw new ArgumentError(`work request ${id} is no workflow`, 'value-error', {
    hint: `debusine-admin show-work-request ${id}`,
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

export interface OrchestrateOptions {
  /** Mark the workflow as running, and let those of its children go that wait for nothing. */
  readonly start?: boolean | undefined;
}

/** What orchestrating did to a workflow. */
export interface Orchestrated {
  /** As it is now. */
  readonly workflow: WorkRequest;
  /** The children that were missing, by id, as they are now. */
  readonly created: readonly WorkRequest[];
  /** Whether this call made it run. */
  readonly started: boolean;
  /** Children that this call let go, new ones among them: ids, ascending. */
  readonly unblocked: readonly Id<'WorkRequest'>[];
}

/**
 * Creates the children that the workflow lacks and, if asked to, lets it run. Doing it again changes nothing.
 *
 * Source: data-schemas.md 5.1; models.md 3.17.1 for who may go: blocked, of strategy `deps`, and no dependency that is
 * not completed.
 * @param at becomes `created_at` of the children and `started_at` of the workflow
 * @throws InvalidTransitionError when the workflow is completed or aborted, or blocked and to be started
 * @throws what `populate` throws
 */
export function orchestrate(
  db: Db,
  id: Id<'WorkRequest'>,
  { start = false }: OrchestrateOptions,
  at: Timestamp,
): Promise<Orchestrated> {
  return holding(db, familyOf(id), async (tx) => {
    const { status } = await getWorkflow(tx, id);
    const refuse = (reason: string): InvalidTransitionError =>
      new InvalidTransitionError(`workflow ${id} ${reason}`, { details: { work_request: id, status } });
    if (status === 'completed' || status === 'aborted')
      throw refuse(`is ${status}, it gets no more children`);
    const created = await populate(tx, id, at);
    if (!start) return { workflow: await get(tx, id), created, started: false, unblocked: [] };
    if (!(await markRunning(tx, id, at))) throw refuse(`is ${status} and cannot be started`);
    const unblocked = await unblockChildren(tx, id);
    const children = await getAll(
      tx,
      created.map((child) => child.id),
    );
    return { workflow: await get(tx, id), created: children, started: status === 'pending', unblocked };
  });
}

/** The workflow and its children: all that orchestrating may change. */
const familyOf = (id: number): SQL =>
  sql`select r.id from db_workrequest r where r.id = ${id}::bigint or r.parent_id = ${id}::bigint`;

async function unblockChildren(tx: Db, id: Id<'WorkRequest'>): Promise<readonly Id<'WorkRequest'>[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    update db_workrequest c
    set status = 'pending'
    where c.parent_id = ${id}::bigint
      and c.status = 'blocked'
      and c.unblock_strategy = 'deps'
      and not exists (
        select from db_workrequest_dependencies l
        join db_workrequest o on o.id = l.to_workrequest_id
        where l.from_workrequest_id = c.id and o.status <> 'completed'
      )
    returning c.id`);
  return rows.map((row) => Number(row.id) as Id<'WorkRequest'>).sort((a, b) => a - b);
}
