/** Changing and deleting workflow templates. Source: cli.md 8.11 (manage-, delete-workflow-template). */
import { eq, sql } from 'drizzle-orm';
import { canonical, type JsonObject } from '../../data/json.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ConflictError, ConstraintError } from '../../errors.ts';
import { type WorkflowTemplate, workflowTemplates } from '../../schema/workflow-templates.ts';
import { idList } from '../lists.ts';
import { checkName, clean } from './rules.ts';

/** What to change; what is absent stays. */
export interface TemplateChange {
  readonly name?: string | undefined;
  /** Makes the new data out of the stored one, which nobody else changes meanwhile. */
  readonly taskData?: ((stored: JsonObject) => JsonObject | Promise<JsonObject>) | undefined;
  readonly priority?: number | undefined;
}

/**
 * Changes a template. Workflows that were made from it keep what they have.
 * @returns the template as it is now, and whether it is another than before
 * @throws ValidationError when the orchestrator cannot use the new data
 * @throws InvalidInputError for a name that is refused
 * @throws ConflictError when another template of the workspace has the new name
 * @throws NotFoundError when there is no such template
 */
export function update(
  db: Db,
  id: Id<'WorkflowTemplate'>,
  change: TemplateChange,
): Promise<{ readonly template: WorkflowTemplate; readonly changed: boolean }> {
  return transaction(db, async (tx) => {
    const rows = await tx
      .select()
      .from(workflowTemplates)
      .where(eq(workflowTemplates.id, id))
      .for('no key update');
    const before = one(
      rows,
      `workflow template ${id} not found`,
      'see debusine-admin list-workflow-templates',
    );
    const after = {
      ...before,
      name: change.name ?? before.name,
      taskData: (await change.taskData?.(before.taskData)) ?? before.taskData,
      priority: change.priority ?? before.priority,
    };
    if (canonical(after) === canonical(before)) return { template: before, changed: false };
    if (after.name !== before.name) checkName(after.name);
    if (change.taskData !== undefined) clean(after);
    return { template: await save(tx, after), changed: true };
  });
}

async function save(tx: Db, { id, name, taskData, priority }: WorkflowTemplate): Promise<WorkflowTemplate> {
  try {
    const saved = await transaction(tx, (nested) =>
      nested
        .update(workflowTemplates)
        .set({ name, taskData, priority })
        .where(eq(workflowTemplates.id, id))
        .returning(),
    );
    return one(saved, `workflow template ${id} not found`);
  } catch (error) {
    if (!(error instanceof ConstraintError) || error.kind !== 'unique') throw error;
    throw new ConflictError(`another workflow template of the workspace is called ${quote(name)}`, {
      details: { kind: 'workflow template', name },
      cause: error,
    });
  }
}

/**
 * Deletes templates; nothing refers to them. One that does not exist is passed over.
 * @returns ids of those that have gone, ascending
 */
export async function remove(
  db: Db,
  ids: readonly Id<'WorkflowTemplate'>[],
): Promise<readonly Id<'WorkflowTemplate'>[]> {
  const gone = await db
    .delete(workflowTemplates)
    .where(sql`${workflowTemplates.id} in ${idList(ids)}`)
    .returning({ id: workflowTemplates.id });
  return gone.map(({ id }) => id).sort((a, b) => a - b);
}
