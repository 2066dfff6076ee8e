/** Named recipes from which workflows are created. Source: models.md 3.18; cli.md 8.11. */
import { and, asc, eq } from 'drizzle-orm';
import type { JsonObject } from '../data/json.ts';
import { nameProblem } from '../data/names.ts';
import { quote } from '../data/quote.ts';
import { checkWorkflowTemplate } from '../data/tasks.ts';
import type { Db } from '../db/database.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../errors.ts';
import { type WorkflowTemplate, workflowTemplates } from '../schema/workflow-templates.ts';
import { type Workspace, workspaces } from '../schema/workspaces.ts';
import type { WhenExisting } from './workspaces.ts';

export type { WorkflowTemplate } from '../schema/workflow-templates.ts';

export interface NewWorkflowTemplate {
  readonly name: string;
  /** An orchestrator: `sbuild`, `update_environments`, `noop`. */
  readonly taskName: string;
  /** Parameters that users cannot override. */
  readonly taskData: JsonObject;
  /** Base priority of the workflows made from it. */
  readonly priority: number;
}

export interface CreatedTemplate {
  readonly template: WorkflowTemplate;
  readonly wasCreated: boolean;
  readonly changed: boolean;
}

/**
 * Makes a template. Two callers at once cannot both create it.
 *
 * Source: `WorkflowTemplate.clean`.
 * @throws ValidationError when the orchestrator is unknown or cannot use the data
 * @throws InvalidInputError for a name that is refused
 * @throws ConflictError when the name is taken in the workspace and `whenExisting` does not allow it
 */
export async function create(
  db: Db,
  workspace: Workspace,
  given: NewWorkflowTemplate,
  whenExisting: WhenExisting = 'refuse',
): Promise<CreatedTemplate> {
  const problem = nameProblem('workflow template', given.name);
  if (problem !== undefined) throw new InvalidInputError(problem.message, { hint: problem.hint });
  checkWorkflowTemplate(given);
  return transaction(db, async (tx) => {
    const [created] = await tx
      .insert(workflowTemplates)
      .values({ ...given, workspaceId: workspace.id })
      .onConflictDoNothing({ target: [workflowTemplates.name, workflowTemplates.workspaceId] })
      .returning();
    if (created !== undefined) return { template: created, wasCreated: true, changed: true };
    const taken = `workflow template ${quote(given.name)} exists already in workspace ${quote(workspace.name)}`;
    if (whenExisting === 'refuse') {
      throw new ConflictError(taken, { hint: '--if-not-exists accepts that, --update changes it' });
    }
    const [existing] = await tx
      .select()
      .from(workflowTemplates)
      .where(and(eq(workflowTemplates.name, given.name), eq(workflowTemplates.workspaceId, workspace.id)))
      .for('update');
    const template = one(existing === undefined ? [] : [existing], taken);
    const isSame =
      template.taskName === given.taskName &&
      template.priority === given.priority &&
      canonical(template.taskData) === canonical(given.taskData);
    if (isSame) return { template, wasCreated: false, changed: false };
    if (whenExisting === 'accept') {
      throw new ConflictError(`${taken} with other properties`, { hint: '--update changes it' });
    }
    const updated = await tx
      .update(workflowTemplates)
      .set({ taskName: given.taskName, taskData: given.taskData, priority: given.priority })
      .where(eq(workflowTemplates.id, template.id))
      .returning();
    return { template: one(updated, taken), wasCreated: false, changed: true };
  });
}

/**
 * The template of that name in the workspace.
 * @throws NotFoundError, telling where else a template of that name exists
 */
export async function getByName(db: Db, workspace: Workspace, name: string): Promise<WorkflowTemplate> {
  const found = await db
    .select({ template: workflowTemplates, workspace: workspaces.name })
    .from(workflowTemplates)
    .innerJoin(workspaces, eq(workspaces.id, workflowTemplates.workspaceId))
    .where(eq(workflowTemplates.name, name))
    .orderBy(asc(workspaces.name));
  const here = found.find(({ template }) => template.workspaceId === workspace.id);
  if (here !== undefined) return here.template;
  const elsewhere = found[0];
  throw new NotFoundError(
    `workflow template ${quote(name)} not found in workspace ${quote(workspace.name)}`,
    {
      hint:
        elsewhere === undefined
          ? `see debusine-admin list-workflow-templates --workspace ${workspace.name}`
          : `it exists in workspace ${quote(elsewhere.workspace)}`,
    },
  );
}

/** JSON text that is equal for equal data: the database does not keep the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
