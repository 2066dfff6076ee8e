/** Requests inside of workflows. Source: models.md 3.17.4, 3.17.6; data-schemas.md 5.1. */
import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../data/json.ts';
import type { PlannedChild } from '../../data/planned-children.ts';
import { type GivenWorkflowData, storedWorkflowData } from '../../data/workflow-data.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { transaction } from '../../db/transaction.ts';
import { ArgumentError } from '../../errors.ts';
import type { Status, TaskType, WorkRequest } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { create, type NewWorkRequest } from './create.ts';
import { get, getAll } from './find.ts';
import { clean, priorityEffective } from './properties.ts';

export interface NewChild {
  readonly taskName: string;
  /** Default `blocked`. */
  readonly status?: Status;
  /** Default `Worker`. */
  readonly taskType?: TaskType;
  /** Default `{}`. */
  readonly taskData?: JsonObject;
  /** Only the keys that are given are stored; absent or null: `{}`. */
  readonly workflowData?: GivenWorkflowData | null;
}

/**
 * Adds a request to a workflow, in its workspace, for its creator, with its effective priority as base priority. An
 * invalid child leaves nothing behind.
 *
 * Source: `WorkRequest.create_child`, decision D6.
 * @throws ArgumentError when the parent is no workflow
 * @throws ValidationError when the task is not known or refuses its data, or the workflow data does not fit
 * @throws NotFoundError when there is no such parent
 */
export function createChild(
  db: Db,
  parentId: Id<'WorkRequest'>,
  { taskName, status = 'blocked', taskType = 'Worker', taskData = {}, workflowData = null }: NewChild,
  at: Timestamp,
): Promise<WorkRequest> {
  return transaction(db, async (tx) => {
    const parent = await getWorkflow(tx, parentId);
    clean({ taskType, taskName, taskData });
    const workflowDataJson = storedWorkflowData(workflowData);
    return createBelow(tx, parent, { taskName, status, taskType, taskData, workflowDataJson }, at);
  });
}

/**
 * Adds the children that an orchestrator has planned, with one statement, blocked and in the order given: ids ascend.
 *
 * Source: `populate` in data-schemas.md 5.1.
 * @throws ArgumentError when the parent is no workflow
 * @throws ValidationError when one of the tasks refuses its data; nothing is created then
 */
export function createPlanned(
  db: Db,
  parentId: Id<'WorkRequest'>,
  planned: readonly PlannedChild[],
  at: Timestamp,
): Promise<readonly WorkRequest[]> {
  return transaction(db, async (tx) => {
    const parent = await getWorkflow(tx, parentId);
    if (planned.length === 0) return [];
    for (const child of planned) clean(child);
    const made = await tx.execute<{ id: string }>(sql`
      insert into db_workrequest (
        created_at, status, result, task_type, task_name, task_data, workflow_data, event_reactions,
        unblock_strategy, priority_base, priority_adjustment, created_by_id, workspace_id, parent_id
      )
      select ${at}::timestamptz, 'blocked', '', c.value ->> 'taskType', c.value ->> 'taskName',
        c.value -> 'taskData', c.value -> 'workflowData', c.value -> 'eventReactions',
        'deps', ${priorityEffective(parent)}::integer, 0,
        ${parent.createdById}::bigint, ${parent.workspaceId}::bigint, ${parent.id}::bigint
      from jsonb_array_elements(${JSON.stringify(planned)}::text::jsonb) with ordinality c (value, position)
      order by c.position
      returning id`);
    return getAll(
      tx,
      made.map(({ id }) => Number(id) as Id<'WorkRequest'>),
    );
  });
}

async function getWorkflow(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequest> {
  const parent = await get(db, id);
  if (parent.taskType === 'Workflow') return parent;
  throw new ArgumentError(`work request ${id} is no workflow: only workflows have children`);
}

export interface NewCallback {
  readonly parentId: Id<'WorkRequest'>;
  /** Which step of the orchestrator is to be called. */
  readonly step: string;
  /** Absent or empty: the step. */
  readonly displayName?: string | null;
  /** Default `pending`. */
  readonly status?: Status;
}

/**
 * Adds a step at which the server calls the orchestrator. That the parent is a workflow is not checked.
 *
 * Source: `WorkRequestManager.create_workflow_callback`.
 * @throws NotFoundError when there is no such parent
 */
export function createWorkflowCallback(
  db: Db,
  { parentId, step, displayName, status = 'pending' }: NewCallback,
  at: Timestamp,
): Promise<WorkRequest> {
  const workflowDataJson = storedWorkflowData({ step, display_name: displayName || step });
  return createInternal(db, parentId, { taskName: 'workflow', status, workflowDataJson }, at);
}

/**
 * Adds a step that does nothing but wait for others.
 *
 * Source: `WorkRequestManager.create_synchronization_point`, decision D18.
 * @throws NotFoundError when there is no such parent
 */
export function createSynchronizationPoint(
  db: Db,
  { parentId, status = 'pending' }: Pick<NewCallback, 'parentId' | 'status'>,
  at: Timestamp,
): Promise<WorkRequest> {
  return createInternal(db, parentId, { taskName: 'synchronization_point', status }, at);
}

function createInternal(
  db: Db,
  parentId: Id<'WorkRequest'>,
  given: Pick<NewWorkRequest, 'taskName' | 'status' | 'workflowDataJson'>,
  at: Timestamp,
): Promise<WorkRequest> {
  return transaction(db, async (tx) =>
    createBelow(tx, await get(tx, parentId), { ...given, taskType: 'Internal' }, at),
  );
}

function createBelow(
  tx: Db,
  parent: WorkRequest,
  given: Omit<NewWorkRequest, 'workspaceId' | 'createdById' | 'parentId' | 'priorityBase'>,
  at: Timestamp,
): Promise<WorkRequest> {
  const { workspaceId, createdById } = parent;
  const priorityBase = priorityEffective(parent);
  return create(tx, { ...given, workspaceId, createdById, priorityBase, parentId: parent.id }, at);
}
