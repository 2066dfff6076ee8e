/** Workflows: requests that are nodes with children. Source: models.md 3.17.4, 3.17.6; cli.md 8.11. */
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { isMapping, type JsonObject } from '../../data/json.ts';
import { describe, quote } from '../../data/quote.ts';
import { mergeWorkflowData, overriddenKeys } from '../../data/workflow-merge.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { inserted } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ValidationError } from '../../errors.ts';
import { type Collection, collections } from '../../schema/collections.ts';
import type { WorkflowTemplate } from '../../schema/workflow-templates.ts';
import { type Status, type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { orchestratorFor } from '../orchestrators/index.ts';
import { internalCollection } from './accessors.ts';
import { create } from './create.ts';
import { clean } from './properties.ts';

/** Category of the collection that every root workflow has for itself. */
export const internalCollectionCategory = 'debusine:workflow-internal';

export interface NewWorkflow {
  readonly template: WorkflowTemplate;
  /** What the user wants; keys that the template fixes are ignored. */
  readonly data: JsonObject;
  readonly createdById: Id<'User'>;
  /** The containing workflow; absent for a root. */
  readonly parentId?: Id<'WorkRequest'> | undefined;
  /** Default `pending`. */
  readonly status?: Status | undefined;
}

export interface CreatedWorkflow {
  readonly workflow: WorkRequest;
  /** The collection of a root workflow; null for a sub-workflow, which shares its root's. */
  readonly internalCollection: Collection | null;
  /** Keys of the user's data that the template overrides. */
  readonly ignoredKeys: readonly string[];
}

/**
 * Creates a workflow from a template: the request and, for a root, its internal collection. All or nothing.
 *
 * Source: `WorkRequestManager.create_workflow`.
 * @param at becomes `created_at`
 * @throws ArgumentError when there is no such orchestrator
 * @throws ValidationError on `task_data` when the orchestrator refuses the merged data
 * @throws ConstraintError when somebody gave the name of its internal collection to another one
 */
export async function createWorkflow(db: Db, given: NewWorkflow, at: Timestamp): Promise<CreatedWorkflow> {
  const { template, data, createdById, parentId, status = 'pending' } = given;
  const { taskName, workspaceId } = template;
  const orchestrator = orchestratorFor(taskName);
  const taskData = resultingData(given);
  clean({ taskType: 'Workflow', taskName, taskData });
  return transaction(db, async (tx) => {
    const request = { taskType: 'Workflow', taskName, taskData, status, workspaceId, createdById } as const;
    const priorityBase = template.priority;
    const workflow = await create(tx, { ...request, priorityBase, parentId: parentId ?? null }, at);
    await orchestrator.checkInput(tx, workflow);
    const ignoredKeys = overriddenKeys({ template: template.taskData, user: data });
    if (parentId !== undefined) return { workflow, internalCollection: null, ignoredKeys };
    return { ...(await giveInternalCollection(tx, workflow)), ignoredKeys };
  });
}

/** Its name needs the id of the request, which exists only by now. */
async function giveInternalCollection(
  tx: Db,
  workflow: WorkRequest,
): Promise<{ readonly workflow: WorkRequest; readonly internalCollection: Collection }> {
  const row = {
    name: `workflow-${workflow.id}`,
    category: internalCollectionCategory,
    data: {},
    workspaceId: workflow.workspaceId,
  };
  const collection = inserted(await tx.insert(collections).values(row).returning());
  const internalCollectionId = collection.id;
  await tx.update(workRequests).set({ internalCollectionId }).where(eq(workRequests.id, workflow.id));
  return { workflow: { ...workflow, internalCollectionId }, internalCollection: collection };
}

function resultingData({ template, data }: Pick<NewWorkflow, 'template' | 'data'>): JsonObject {
  if (!isMapping(template.taskData)) {
    const problem = `must be a mapping, not ${describe(template.taskData)}`;
    throw new ValidationError({
      task_data: [`workflow template ${quote(template.name)}: its data ${problem}`],
    });
  }
  return mergeWorkflowData({ template: template.taskData, user: data });
}

/**
 * Creates a root workflow unless one with the same task and the same resulting data is unfinished in the workspace.
 * Of several callers at once who ask the same one creates it, and the others get it.
 *
 * Source: `--if-not-running` in cli.md 8.11.
 * @throws what `createWorkflow` throws
 */
export function createUnlessRunning(
  db: Db,
  given: Omit<NewWorkflow, 'parentId'>,
  at: Timestamp,
): Promise<CreatedWorkflow & { readonly wasCreated: boolean }> {
  return transaction(db, async (tx) => {
    const unfinished = await findUnfinished(tx, given);
    return unfinished === undefined
      ? { ...(await createWorkflow(tx, given, at)), wasCreated: true }
      : { ...(await describeWorkflow(tx, unfinished)), wasCreated: false };
  });
}

/**
 * An unfinished root workflow in the template's workspace with the same task and the same resulting data; the
 * oldest. Until the transaction ends nobody else who asks the same gets an answer, so that two callers cannot both
 * find nothing and both create one.
 */
export async function findUnfinished(
  db: Db,
  given: Pick<NewWorkflow, 'template' | 'data'>,
): Promise<WorkRequest | undefined> {
  const { workspaceId, taskName } = given.template;
  const question = `create workflow ${workspaceId} ${taskName}`;
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${question}::text, 0))`);
  const [found] = await db
    .select()
    .from(workRequests)
    .where(
      and(
        eq(workRequests.workspaceId, workspaceId),
        eq(workRequests.taskType, 'Workflow'),
        eq(workRequests.taskName, taskName),
        isNull(workRequests.parentId),
        sql`${workRequests.status} in ('pending', 'running', 'blocked')`,
        sql`${workRequests.taskData} = ${JSON.stringify(resultingData(given))}::text::jsonb`,
      ),
    )
    .orderBy(asc(workRequests.id))
    .limit(1);
  return found;
}

/** An existing workflow in the form in which a new one is returned. */
export async function describeWorkflow(db: Db, workflow: WorkRequest): Promise<CreatedWorkflow> {
  return { workflow, internalCollection: await internalCollection(db, workflow), ignoredKeys: [] };
}
