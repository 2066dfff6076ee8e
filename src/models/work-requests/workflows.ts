/** Workflows: requests that are nodes with children. Source: models.md 3.17.4, 3.17.6; cli.md 8.11. */
import { eq, sql } from 'drizzle-orm';
import type { JsonObject } from '../../data/json.ts';
import { checkTask } from '../../data/tasks.ts';
import { mergeWorkflowData, overriddenKeys } from '../../data/workflow-merge.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { inserted } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { type Collection, collections } from '../../schema/collections.ts';
import type { WorkflowTemplate } from '../../schema/workflow-templates.ts';
import { type Status, type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';

export interface NewWorkflow {
  readonly template: WorkflowTemplate;
  /** What the user wants; keys that the template fixes are ignored. */
  readonly data: JsonObject;
  readonly createdById: Id<'User'>;
  /** The containing workflow; absent for a root. */
  readonly parentId?: Id<'WorkRequest'> | undefined;
  readonly status?: Status;
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
 * @throws ValidationError when the orchestrator refuses the merged data
 */
export async function createWorkflow(db: Db, given: NewWorkflow, at: Timestamp): Promise<CreatedWorkflow> {
  const { template } = given;
  const taskData = mergeWorkflowData({ template: template.taskData, user: given.data });
  checkTask({ taskType: 'Workflow', taskName: template.taskName, taskData });
  return transaction(db, async (tx) => {
    const workflow = inserted(
      await tx
        .insert(workRequests)
        .values({
          createdAt: at,
          status: given.status ?? 'pending',
          result: '',
          taskType: 'Workflow',
          taskName: template.taskName,
          taskData,
          workflowDataJson: {},
          eventReactionsJson: {},
          unblockStrategy: 'deps',
          priorityBase: template.priority,
          priorityAdjustment: 0,
          createdById: given.createdById,
          workspaceId: template.workspaceId,
          parentId: given.parentId ?? null,
        })
        .returning(),
    );
    const ignoredKeys = overriddenKeys({ template: template.taskData, user: given.data });
    if (given.parentId !== undefined) return { workflow, internalCollection: null, ignoredKeys };
    // Its name needs the id of the request, which exists only now.
    const internalCollection = inserted(
      await tx
        .insert(collections)
        .values({
          name: `workflow-${workflow.id}`,
          category: 'debusine:workflow-internal',
          data: {},
          workspaceId: template.workspaceId,
        })
        .returning(),
    );
    await tx
      .update(workRequests)
      .set({ internalCollectionId: internalCollection.id })
      .where(eq(workRequests.id, workflow.id));
    return {
      workflow: { ...workflow, internalCollectionId: internalCollection.id },
      internalCollection,
      ignoredKeys,
    };
  });
}

/**
 * An unfinished root workflow in the template's workspace with the same task and the same resulting data; the
 * oldest. Until the transaction ends nobody else who asks the same gets an answer, so that two callers cannot
 * both find nothing and both create one.
 */
export async function findUnfinished(
  db: Db,
  { template, data }: Pick<NewWorkflow, 'template' | 'data'>,
): Promise<WorkRequest | undefined> {
  const taskData = mergeWorkflowData({ template: template.taskData, user: data });
  await db.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`create-workflow ${template.workspaceId} ${template.taskName}`}::text, 0))`,
  );
  const [found] = await db
    .select()
    .from(workRequests)
    .where(
      sql`${workRequests.workspaceId} = ${template.workspaceId}::bigint
        and ${workRequests.taskType} = 'Workflow'
        and ${workRequests.taskName} = ${template.taskName}::text
        and ${workRequests.parentId} is null
        and ${workRequests.status} in ('pending', 'running', 'blocked')
        and ${workRequests.taskData} = ${JSON.stringify(taskData)}::text::jsonb`,
    )
    .orderBy(workRequests.id)
    .limit(1);
  return found;
}

/** An existing workflow in the form in which a new one is returned. */
export async function describeWorkflow(db: Db, workflow: WorkRequest): Promise<CreatedWorkflow> {
  if (workflow.internalCollectionId === null) return { workflow, internalCollection: null, ignoredKeys: [] };
  const [internalCollection] = await db
    .select()
    .from(collections)
    .where(eq(collections.id, workflow.internalCollectionId));
  return { workflow, internalCollection: internalCollection ?? null, ignoredKeys: [] };
}
