/** One workflow template, or several by name. Source: models.md 3.18; cli.md 8.11. */
import { asc, eq, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { NotFoundError } from '../../errors.ts';
import { type WorkflowTemplate, workflowTemplates } from '../../schema/workflow-templates.ts';
import { type Workspace, workspaces } from '../../schema/workspaces.ts';
import { textList } from '../lists.ts';

/** @throws NotFoundError when there is no such template */
export async function get(db: Db, id: Id<'WorkflowTemplate'>): Promise<WorkflowTemplate> {
  const rows = await db.select().from(workflowTemplates).where(eq(workflowTemplates.id, id));
  return one(rows, `workflow template ${id} not found`, 'see debusine-admin list-workflow-templates');
}

/** All templates by id. Source: `WorkflowTemplate.objects`. */
export function all(db: Db): Promise<WorkflowTemplate[]> {
  return db.select().from(workflowTemplates).orderBy(asc(workflowTemplates.id));
}

/** Where the template belongs. Source: `WorkflowTemplate.workspace`. */
export async function workspace(db: Db, { workspaceId }: WorkflowTemplate): Promise<Workspace> {
  const rows = await db.select().from(workspaces).where(eq(workspaces.id, workspaceId));
  return one(rows, `workspace ${workspaceId} not found`);
}

/**
 * The template of that name in the workspace.
 * @throws NotFoundError, telling where else a template of that name exists
 */
export async function getByName(db: Db, where: Workspace, name: string): Promise<WorkflowTemplate> {
  const [template] = await getByNames(db, where, [name]);
  return one(template === undefined ? [] : [template], `workflow template ${quote(name)} not found`);
}

/**
 * The templates of these names in the workspace, in the order given, each once.
 * @param options `ifExists` passes over those that do not exist
 * @throws NotFoundError for the first that is missing, telling where else a template of that name exists
 */
export async function getByNames(
  db: Db,
  where: Workspace,
  names: readonly string[],
  { ifExists = false }: { readonly ifExists?: boolean } = {},
): Promise<readonly WorkflowTemplate[]> {
  const found = await db
    .select({ template: workflowTemplates, workspace: workspaces.name })
    .from(workflowTemplates)
    .innerJoin(workspaces, eq(workspaces.id, workflowTemplates.workspaceId))
    .where(sql`${workflowTemplates.name} in ${textList(names)}`)
    .orderBy(asc(workspaces.name));
  return [...new Set(names)].flatMap((name) => {
    const sameName = found.filter(({ template }) => template.name === name);
    const here = sameName.find(({ template }) => template.workspaceId === where.id);
    if (here !== undefined) return [here.template];
    if (ifExists) return [];
    throw notFound(name, where, sameName[0]?.workspace);
  });
}

function notFound(name: string, where: Workspace, elsewhere: string | undefined): NotFoundError {
  const message = `workflow template ${quote(name)} not found in workspace ${quote(where.name)}`;
  return new NotFoundError(message, {
    hint:
      elsewhere === undefined
        ? `see debusine-admin list-workflow-templates --workspace ${where.name}`
        : `it exists in workspace ${quote(elsewhere)}`,
    details: { kind: 'workflow-template', name, workspace: where.name },
  });
}
