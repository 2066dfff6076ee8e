/** Workflow templates as lists show them. Source: cli.md 8.11 (list-workflow-templates). */
import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../data/json.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { type Listing, listing, type Page } from '../../db/listing.ts';
import { idList, textArray } from '../lists.ts';

/** A template as lists show it. */
export interface WorkflowTemplateSummary {
  readonly id: Id<'WorkflowTemplate'>;
  readonly name: string;
  readonly task_name: string;
  /** Name. */
  readonly workspace: string;
  readonly priority: number;
  readonly task_data: JsonObject;
}

/** Several values of one filter are alternatives; different filters must all hold. */
export interface WorkflowTemplateFilter {
  readonly ids?: readonly Id<'WorkflowTemplate'>[] | undefined;
  readonly workspaceIds?: readonly Id<'Workspace'>[] | undefined;
  /** Patterns of SQL's LIKE for the orchestrator. */
  readonly taskNameLike?: readonly string[] | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
}

/** Templates by workspace and name. One statement, whatever their number. */
export function list(
  db: Db,
  filter: WorkflowTemplateFilter = {},
  page: Page = {},
): Listing<WorkflowTemplateSummary> {
  const { ids, workspaceIds, taskNameLike, nameLike } = filter;
  return listing(
    db,
    {
      select: sql`t.id, t.name, t.task_name, s.name as workspace, t.priority, t.task_data`,
      from: sql`db_workflowtemplate t join db_workspace s on s.id = t.workspace_id`,
      where: [
        ids && sql`t.id in ${idList(ids)}`,
        workspaceIds && sql`t.workspace_id in ${idList(workspaceIds)}`,
        taskNameLike && sql`t.task_name like any ${textArray(taskNameLike)}`,
        nameLike === undefined ? undefined : sql`t.name like ${nameLike}::text`,
      ].filter((condition) => condition !== undefined),
      orderKeys: {
        id: sql`t.id`,
        name: sql`t.name`,
        task_name: sql`t.task_name`,
        workspace: sql`s.name`,
        priority: sql`t.priority`,
      },
      defaultOrder: ['workspace', 'name'],
      tieBreaker: sql`t.id`,
    },
    page,
  );
}
