/** Work requests as lists show them. Source: cli.md 8.10 (list-work-requests). */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { all, instant, type Listing, listing, type ListQuery, type Page, seconds } from '../../db/listing.ts';
import type { Result, Status, TaskType, UnblockStrategy } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList, textArray } from '../lists.ts';
import { requireExisting } from './find.ts';

/** A work request as lists show it. */
export interface WorkRequestSummary {
  readonly id: Id<'WorkRequest'>;
  readonly task_type: TaskType;
  readonly task_name: string;
  /** Names. */
  readonly workspace: string;
  readonly worker: string | null;
  readonly created_by: string;
  readonly created_at: Timestamp;
  readonly started_at: Timestamp | null;
  readonly completed_at: Timestamp | null;
  /** Null unless it was both started and ended. */
  readonly duration_seconds: number | null;
  readonly status: Status;
  readonly result: Result;
  readonly priority_base: number;
  readonly priority_adjustment: number;
  readonly priority_effective: number;
  readonly parent: Id<'WorkRequest'> | null;
  readonly unblock_strategy: UnblockStrategy;
  readonly internal_collection: Id<'Collection'> | null;
}

/** Several values of one filter are alternatives; different filters must all hold. An empty list lets nothing through. */
export interface WorkRequestFilter {
  readonly ids?: readonly Id<'WorkRequest'>[] | undefined;
  readonly statuses?: readonly Status[] | undefined;
  readonly results?: readonly Result[] | undefined;
  readonly taskTypes?: readonly TaskType[] | undefined;
  /** Patterns of SQL's LIKE. */
  readonly taskNameLike?: readonly string[] | undefined;
  readonly workspaceIds?: readonly Id<'Workspace'>[] | undefined;
  /** Null stands for "no worker". */
  readonly workerIds?: readonly (Id<'Worker'> | null)[] | undefined;
  /** Null: those that are in no workflow, or its root. */
  readonly parentId?: Id<'WorkRequest'> | null | undefined;
  /** The workflow itself and everything below it. */
  readonly workflowId?: Id<'WorkRequest'> | undefined;
  readonly createdByIds?: readonly Id<'User'>[] | undefined;
  /** The instant itself counts. */
  readonly createdAfter?: Timestamp | undefined;
  /** The instant itself does not count. */
  readonly createdBefore?: Timestamp | undefined;
  /** Of the effective priority. */
  readonly minPriority?: number | undefined;
}

/**
 * How long the request `r` ran; null while it has not ended, and for moments that are no dates (`infinity`), with which
 * the server refuses to calculate.
 */
export const duration: SQL = sql`case when isfinite(r.started_at) and isfinite(r.completed_at)
  then r.completed_at - r.started_at end`;

/** Order keys of lists of work requests. */
export const orderKeys: ListQuery['orderKeys'] = {
  id: { neverNull: sql`r.id` },
  created_at: { neverNull: sql`r.created_at` },
  started_at: sql`r.started_at`,
  completed_at: sql`r.completed_at`,
  priority: { neverNull: sql`(r.priority_base + r.priority_adjustment)` },
  status: { neverNull: sql`r.status` },
  task_name: { neverNull: sql`r.task_name` },
  duration: sql`(${duration})`,
};

/** `expression as key` for each key of a summary; `r`, `s`, `w` and `u` are request, workspace, worker and creator. */
export const summaryColumns: SQL = sql`r.id, r.task_type, r.task_name, s.name as workspace, w.name as worker,
  u.username as created_by, ${instant(sql`r.created_at`)} as created_at, ${instant(sql`r.started_at`)} as started_at,
  ${instant(sql`r.completed_at`)} as completed_at,
  ${seconds(duration)}::double precision as duration_seconds,
  r.status, r.result, r.priority_base, r.priority_adjustment,
  r.priority_base + r.priority_adjustment as priority_effective,
  r.parent_id as parent, r.unblock_strategy, r.internal_collection_id as internal_collection`;

/** The tables that {@link summaryColumns} need. */
export const summaryTables: SQL = sql`db_workrequest r
  join db_workspace s on s.id = r.workspace_id
  join db_user u on u.id = r.created_by_id
  left join db_worker w on w.id = r.worker_id`;

/** Filter and order speak of the request alone. */
export const pages: NonNullable<ListQuery['pages']> = {
  key: sql`r.id`,
  from: sql`db_workrequest r`,
  risesWithKey: sql`r.created_at`,
};

/** Work requests, the newest first. One statement, whatever their number. */
export function list(db: Db, filter: WorkRequestFilter = {}, page: Page = {}): Listing<WorkRequestSummary> {
  return listing(
    db,
    {
      select: summaryColumns,
      from: summaryTables,
      where: conditions(filter),
      orderKeys,
      defaultOrder: ['-created_at'],
      tieBreaker: sql`r.id`,
      pages,
    },
    page,
  );
}

/** The work requests with these ids, by id. @throws NotFoundError naming all that do not exist */
export async function getSummaries(
  db: Db,
  ids: readonly Id<'WorkRequest'>[],
): Promise<readonly WorkRequestSummary[]> {
  await requireExisting(db, ids);
  return all(list(db, { ids }, { order: ['id'] }));
}

// The words of the partial indexes on what is pending or running can only be recognised when they are written out.
const words: Readonly<Record<Status | Result | TaskType, SQL>> = {
  pending: sql`'pending'`,
  running: sql`'running'`,
  completed: sql`'completed'`,
  aborted: sql`'aborted'`,
  blocked: sql`'blocked'`,
  '': sql`''`,
  success: sql`'success'`,
  failure: sql`'failure'`,
  error: sql`'error'`,
  Worker: sql`'Worker'`,
  Server: sql`'Server'`,
  Internal: sql`'Internal'`,
  Workflow: sql`'Workflow'`,
};

function oneOf(column: SQL, values: readonly (Status | Result | TaskType)[]): SQL {
  if (values.length === 0) return sql`false`;
  return sql`${column} in (${sql.join(
    values.map((value) => words[value]),
    sql`, `,
  )})`;
}

/** What a filter demands of the request in row `r`. */
export function conditions(filter: WorkRequestFilter): readonly SQL[] {
  const { ids, statuses, results, taskTypes, taskNameLike, workspaceIds, workerIds, parentId } = filter;
  const { workflowId, createdByIds, createdAfter, createdBefore, minPriority } = filter;
  return [
    ids && sql`r.id in ${idList(ids)}`,
    statuses && oneOf(sql`r.status`, statuses),
    results && oneOf(sql`r.result`, results),
    taskTypes && oneOf(sql`r.task_type`, taskTypes),
    taskNameLike && sql`r.task_name like any ${textArray(taskNameLike)}`,
    workspaceIds && sql`r.workspace_id in ${idList(workspaceIds)}`,
    workerIds && worker(workerIds),
    parentId === undefined
      ? undefined
      : parentId === null
        ? sql`r.parent_id is null`
        : sql`r.parent_id = ${parentId}::bigint`,
    workflowId === undefined ? undefined : sql`r.id in (${below(workflowId)})`,
    createdByIds && sql`r.created_by_id in ${idList(createdByIds)}`,
    createdAfter === undefined ? undefined : sql`r.created_at >= ${createdAfter}::timestamptz`,
    createdBefore === undefined ? undefined : sql`r.created_at < ${createdBefore}::timestamptz`,
    minPriority === undefined
      ? undefined
      : sql`(r.priority_base + r.priority_adjustment) >= ${minPriority}::bigint`,
  ].filter((condition) => condition !== undefined);
}

function worker(workerIds: readonly (Id<'Worker'> | null)[]): SQL {
  const given = workerIds.filter((id) => id !== null);
  const assigned = sql`r.worker_id in ${idList(given)}`;
  if (given.length === workerIds.length) return assigned;
  return given.length === 0 ? sql`r.worker_id is null` : sql`(${assigned} or r.worker_id is null)`;
}

/**
 * The children of one request, for a step of a recursive query. `offset 0` makes the server find them by index; it
 * would otherwise read the whole table at each step as long as it knows little about the table.
 */
export function childrenOf(id: SQL): SQL {
  return sql`(select * from db_workrequest c where c.parent_id = ${id} offset 0)`;
}

/** Ids of the request and of everything below it. */
export function below(id: number): SQL {
  return sql`
    with recursive tree (id) as (
      select ${id}::bigint
      union
      select c.id from tree cross join lateral ${childrenOf(sql`tree.id`)} c
    )
    select id from tree`;
}
