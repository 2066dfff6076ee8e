/** Workflows as lists show them. Source: cli.md 8.11 (list-workflows). */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { extended, instant, type Listing, listing, type Page } from '../../db/listing.ts';
import type { WorkflowTemplate } from '../../schema/workflow-templates.ts';
import {
  childrenOf,
  conditions,
  orderKeys,
  pages,
  summaryTables,
  type WorkRequestFilter,
  type WorkRequestSummary,
} from './list.ts';

/** How far a workflow is: everything below it, at any depth. */
export interface Progress {
  readonly total: number;
  readonly completed: number;
  readonly running: number;
  readonly pending: number;
  readonly blocked: number;
  readonly aborted: number;
  /** Those of the completed ones that ended with failure or error. */
  readonly failed: number;
}

/** A root workflow as lists show it. */
export interface WorkflowSummary extends Pick<
  WorkRequestSummary,
  'id' | 'task_name' | 'workspace' | 'created_by' | 'created_at' | 'completed_at' | 'status' | 'result'
> {
  readonly progress: Progress;
  /** Of the progress. */
  readonly blocked: number;
  readonly failed: number;
}

export interface WorkflowFilter extends Omit<WorkRequestFilter, 'taskTypes' | 'parentId'> {
  /**
   * Same task, same workspace, and every value that the template fixes: what may have been made from it. Workflows
   * keep no link to their template.
   */
  readonly likeTemplate?: Pick<WorkflowTemplate, 'taskName' | 'taskData' | 'workspaceId'> | undefined;
  /** Neither completed nor aborted. */
  readonly running?: boolean | undefined;
  /** Completed with failure or error, or aborted. */
  readonly failed?: boolean | undefined;
}

/** Root workflows, the newest first. One statement; progress is counted for the page alone. */
export function listWorkflows(
  db: Db,
  filter: WorkflowFilter = {},
  page: Page = {},
): Listing<WorkflowSummary> {
  const { likeTemplate, running = false, failed = false } = filter;
  const workflows = listing<Omit<WorkflowSummary, 'blocked' | 'failed'>>(
    db,
    {
      select: sql`r.id, r.task_name, s.name as workspace, u.username as created_by,
        ${instant(sql`r.created_at`)} as created_at, ${instant(sql`r.completed_at`)} as completed_at,
        r.status, r.result, (
          with recursive tree (id, status, result) as (
            select c.id, c.status, c.result from db_workrequest c where c.parent_id = r.id
            union
            select c.id, c.status, c.result from tree cross join lateral ${childrenOf(sql`tree.id`)} c
          )
          select json_build_object(
            'total', count(*),
            'completed', count(*) filter (where status = 'completed'),
            'running', count(*) filter (where status = 'running'),
            'pending', count(*) filter (where status = 'pending'),
            'blocked', count(*) filter (where status = 'blocked'),
            'aborted', count(*) filter (where status = 'aborted'),
            'failed', count(*) filter (where status = 'completed' and result in ('failure', 'error'))
          )
          from tree
        ) as progress`,
      from: summaryTables,
      where: [
        sql`r.task_type = 'Workflow'`,
        sql`r.parent_id is null`,
        ...conditions(filter),
        ...(running ? [sql`r.status in ('pending', 'running', 'blocked')`] : []),
        ...(failed
          ? [sql`(r.status = 'aborted' or (r.status = 'completed' and r.result in ('failure', 'error')))`]
          : []),
        ...(likeTemplate === undefined ? [] : [madeFrom(likeTemplate)]),
      ],
      orderKeys,
      defaultOrder: ['-created_at'],
      tieBreaker: sql`r.id`,
      pages,
    },
    page,
  );
  return extended(workflows, ({ progress: { blocked, failed: failures } }) => ({
    blocked,
    failed: failures,
  }));
}

function madeFrom({ taskName, taskData, workspaceId }: NonNullable<WorkflowFilter['likeTemplate']>) {
  // Values are taken over whole: a list that merely has the template's entries among others was not made from it.
  return sql`(r.workspace_id = ${workspaceId}::bigint and r.task_name = ${taskName}::text and not exists (
    select from jsonb_each(${JSON.stringify(taskData)}::text::jsonb) t
    where r.task_data -> t.key is distinct from t.value
  ))`;
}
