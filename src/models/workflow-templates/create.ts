/** Making workflow templates. Source: models.md 3.18; cli.md 8.11 (create-workflow-template) and 7.7. */
import { and, eq } from 'drizzle-orm';
import { canonical, type JsonObject } from '../../data/json.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { type WorkflowTemplate, workflowTemplates } from '../../schema/workflow-templates.ts';
import type { Workspace } from '../../schema/workspaces.ts';
import { needsUpdate, type Outcome, type WhenExisting } from '../when-existing.ts';
import { checkName, clean } from './rules.ts';

export interface NewWorkflowTemplate {
  readonly name: string;
  /** An orchestrator: `sbuild`, `update_environments`, `noop`. */
  readonly taskName: string;
  /** Parameters that users cannot override; default `{}`. */
  readonly taskData?: JsonObject | undefined;
  /** Base priority of the workflows made from it; default 0. */
  readonly priority?: number | undefined;
}

export interface CreatedTemplate extends Outcome {
  readonly template: WorkflowTemplate;
}

/**
 * Makes a template. Two callers at once cannot both create it.
 * @param whenExisting what to do when the name is taken in the workspace; only the properties that are given count
 * @throws ValidationError when the orchestrator is unknown or cannot use the data
 * @throws InvalidInputError for a name that is refused
 * @throws ConflictError when the name is taken and `whenExisting` does not allow it
 * @throws DataError for a priority that is no 32-bit integer
 */
export async function create(
  db: Db,
  workspace: Workspace,
  given: NewWorkflowTemplate,
  whenExisting: WhenExisting = 'refuse',
): Promise<CreatedTemplate> {
  const { name, taskName, taskData = {}, priority = 0 } = given;
  checkName(name);
  clean({ taskName, taskData });
  return transaction(db, async (tx) => {
    // Whoever inserts the name first has made it; the other one waits here and then finds the row.
    const [created] = await tx
      .insert(workflowTemplates)
      .values({ name, taskName, taskData, priority, workspaceId: workspace.id })
      .onConflictDoNothing({ target: [workflowTemplates.name, workflowTemplates.workspaceId] })
      .returning();
    if (created !== undefined) return { template: created, wasCreated: true, changed: true };
    return { ...(await meetExisting(tx, workspace, given, whenExisting)), wasCreated: false };
  });
}

async function meetExisting(
  tx: Db,
  workspace: Workspace,
  given: NewWorkflowTemplate,
  whenExisting: WhenExisting,
): Promise<Omit<CreatedTemplate, 'wasCreated'>> {
  const rows = await tx
    .select()
    .from(workflowTemplates)
    .where(and(eq(workflowTemplates.name, given.name), eq(workflowTemplates.workspaceId, workspace.id)))
    .for('no key update');
  const found = one(rows, `workflow template ${quote(given.name)} was deleted at this moment`, 'try again');
  const data = given.taskData === undefined ? undefined : canonical(given.taskData);
  const comparisons = [
    ['orchestrator', given.taskName, found.taskName],
    ['data', data, canonical(found.taskData)],
    ['priority', given.priority, found.priority],
  ] as const;
  if (!needsUpdate('workflow template', given.name, comparisons, whenExisting)) {
    return { template: found, changed: false };
  }
  const { taskName, taskData = found.taskData, priority = found.priority } = given;
  clean({ taskName, taskData });
  const updated = await tx
    .update(workflowTemplates)
    .set({ taskName, taskData, priority })
    .where(eq(workflowTemplates.id, found.id))
    .returning();
  return { template: one(updated, `workflow template ${found.id} not found`), changed: true };
}
