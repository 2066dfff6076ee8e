/** What is in one workspace. Source: cli.md 8.4 (show-workspace). */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import type { Status } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { hasExpired } from '../artifact-expiry.ts';
import { planning } from '../expiry/plan.ts';
import { getByName } from './find.ts';
import { summary, type WorkspaceSummary } from './list.ts';

/** Artifacts of one category, with the files they name, each counted once. */
export interface CategoryUsage {
  readonly category: string;
  readonly count: number;
  readonly size_bytes: number;
}

export interface WorkspaceDetails extends WorkspaceSummary {
  readonly artifacts: number;
  /** Of the files its artifacts name, each counted once. */
  readonly size_bytes: number;
  /** By category. A file that artifacts of two categories name counts in both. */
  readonly artifacts_by_category: readonly CategoryUsage[];
  /** Artifacts whose time is over, whether or not something keeps them. */
  readonly expired_now: number;
  readonly collections: number;
  readonly work_requests: Readonly<Record<Status, number>>;
  readonly workflow_templates: number;
}

/**
 * The workspace of that name with its content; a fixed number of statements. How many of the expired artifacts could
 * go now is for expiry to say.
 * @param at when "expired" is judged
 * @throws NotFoundError
 */
export async function show(db: Db, name: string, at: Timestamp): Promise<WorkspaceDetails> {
  const { id } = await getByName(db, name);
  const facts = await summary(db, id);
  const rows = await db.execute<{ record: Omit<WorkspaceDetails, keyof WorkspaceSummary> }>(sql`
    with own as (
      select a.id, a.category, ${hasExpired(at)} as is_expired
      from db_artifact a
      join db_workspace w on w.id = a.workspace_id
      where w.id = ${id}::bigint
    ), parts as (
      select distinct own.category, f.id, f.size
      from own
      join db_fileinartifact p on p.artifact_id = own.id
      join db_file f on f.id = p.file_id
    ), by_category as (
      select c.category, c.count, coalesce(s.size, 0) as size_bytes
      from (select category, count(*) from own group by 1) c
      left join (select category, sum(size) as size from parts group by 1) s using (category)
    )
    select json_build_object(
      'artifacts', (select count(*) from own),
      'size_bytes', (select coalesce(sum(size), 0) from (select distinct id, size from parts) f),
      'artifacts_by_category', (select coalesce(json_agg(b order by b.category), '[]') from by_category b),
      'expired_now', (select count(*) from own where is_expired),
      'collections', (select count(*) from db_collection where workspace_id = ${id}::bigint),
      'work_requests', (
        select json_build_object(
          'pending', count(*) filter (where status = 'pending'),
          'running', count(*) filter (where status = 'running'),
          'blocked', count(*) filter (where status = 'blocked'),
          'completed', count(*) filter (where status = 'completed'),
          'aborted', count(*) filter (where status = 'aborted')
        )
        from db_workrequest
        where workspace_id = ${id}::bigint
      ),
      'workflow_templates', (select count(*) from db_workflowtemplate where workspace_id = ${id}::bigint)
    ) as record`);
  return { ...facts, ...one(rows, `workspace ${id} not found`).record };
}

/**
 * As show, with how many of its artifacts a run of expiry would delete at that instant; all of one snapshot.
 * @param db not a transaction that only reads: expiry plans in temporary tables, which are rolled back
 * @throws NotFoundError
 */
export async function showWithDeletable(
  db: Db,
  name: string,
  at: Timestamp,
): Promise<WorkspaceDetails & { readonly deletable_now: number }> {
  const { id } = await getByName(db, name);
  return planning(db, { at, workspaceIds: [id], asIfTrimmed: true }, async (tx, plan) => ({
    ...(await show(tx, name, at)),
    deletable_now: plan.deletable,
  }));
}

/** How many artifacts of the workspace a run of expiry would delete at that instant. */
export function countDeletable(db: Db, id: Id<'Workspace'>, at: Timestamp): Promise<number> {
  return planning(db, { at, workspaceIds: [id], asIfTrimmed: true }, (_, plan) =>
    Promise.resolve(plan.deletable),
  );
}
