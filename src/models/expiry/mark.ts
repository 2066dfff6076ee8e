/** Finds what to try to delete. It runs without locks: it decides what to try, never what to do. */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { driver } from '../../db/database.ts';
import { one } from '../../db/rows.ts';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Timestamp } from '../../timestamp.ts';
import { inWorkspaces, isBeingUploaded, isExpired, isHeld, marking, neverExpires } from './meaning.ts';

export interface Scope {
  readonly at: Timestamp;
  /** Only artifacts of these are deleted; retention looks at all. Absent: all. */
  readonly workspaceIds?: readonly number[] | undefined;
  /** Judge as if history had been trimmed: for a dry run. A real run trims first. */
  readonly asIfTrimmed: boolean;
}

/** Artifacts by their fate. */
export interface Counts {
  readonly total: number;
  readonly never_expire: number;
  readonly not_yet_expired: number;
  readonly expired: number;
  readonly kept: number;
}

/** Why expired artifacts are kept: the first of these that applies. */
export interface KeptBy {
  readonly related: number;
  readonly collection: number;
  readonly collection_history: number;
  readonly workflow: number;
  readonly upload_in_progress: number;
}

const dialect = new PgDialect();

const trimmedIn = ({ asIfTrimmed, workspaceIds }: Scope): SQL =>
  asIfTrimmed ? inWorkspaces(sql`c.workspace_id`, workspaceIds) : sql`false`;

/** Ids to delete, longest expired first, and the relations among them as flat pairs. */
export async function mark(
  db: Db,
  scope: Scope,
): Promise<{ readonly ids: readonly number[]; readonly edges: readonly number[] }> {
  const selected = inWorkspaces(sql`e.workspace_id`, scope.workspaceIds);
  const deletable = sql`with recursive ${marking(scope.at, trimmedIn(scope))}, deletable as materialized (
    select e.id, e.expire_at from expired e
    where ${selected} and not exists (select 1 from kept k where k.id = e.id))`;
  const ids: number[] = [];
  const edges: number[] = [];
  // One statement, so that both come from one snapshot. The cursor keeps what is in memory at once small.
  await stream<{ a: string; b: string | null }>(
    db,
    sql`${deletable}
      select d.id as a, null::bigint as b, d.expire_at from deletable d
      union all
      select l.artifact_id, l.target_id, null from db_artifactrelation l
      join deletable d on d.id = l.artifact_id join deletable t on t.id = l.target_id
      where l.artifact_id <> l.target_id
      order by expire_at nulls last, a, b`,
    ({ a, b }) => {
      if (b === null) ids.push(Number(a));
      else edges.push(Number(a), Number(b));
    },
  );
  return { ids, edges };
}

async function stream<Row extends object>(db: Db, query: SQL, take: (row: Row) => void): Promise<void> {
  const { sql: text, params } = dialect.sqlToQuery(query);
  for await (const rows of driver(db)
    .unsafe<Row[]>(text, params as never[])
    .cursor(5000)) {
    for (const row of rows) take(row);
  }
}

/** How many artifacts there are, and why expired ones are kept; each kept one counts once. */
export async function count(
  db: Db,
  scope: Scope,
): Promise<{ readonly counts: Counts; readonly keptBy: KeptBy }> {
  const { at } = scope;
  const trimmed = trimmedIn(scope);
  const heldBy = (condition: SQL): SQL => sql`exists (
    select 1 from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
    where i.artifact_id = a.id and ${condition})`;
  const row = one(
    await db.execute<Record<string, string>>(sql`
        with recursive ${marking(at, trimmed)}, judged as (
          select ${neverExpires} as never, ${isExpired(at)} as expired, k.id is not null as kept,
            case
              when k.id is null then null
              when not (${isHeld(at, trimmed)} or ${isBeingUploaded(at)}) then 'related'
              when ${heldBy(sql`c.category <> 'debusine:workflow-internal' and i.removed_at is null`)} then 'collection'
              when ${heldBy(sql`c.category <> 'debusine:workflow-internal'`)} and ${isHeld(at, trimmed)} then 'collection_history'
              when ${isHeld(at, trimmed)} then 'workflow'
              else 'upload_in_progress'
            end as reason
          from db_artifact a join db_workspace w on w.id = a.workspace_id left join kept k on k.id = a.id
          where ${inWorkspaces(sql`a.workspace_id`, scope.workspaceIds)}
        )
        select count(*) as total, count(*) filter (where never) as never_expire,
          count(*) filter (where not never and not expired) as not_yet_expired,
          count(*) filter (where expired) as expired, count(*) filter (where kept) as kept,
          count(*) filter (where reason = 'related') as related,
          count(*) filter (where reason = 'collection') as collection,
          count(*) filter (where reason = 'collection_history') as collection_history,
          count(*) filter (where reason = 'workflow') as workflow,
          count(*) filter (where reason = 'upload_in_progress') as upload_in_progress
        from judged`),
    'the count gave no row',
  );
  const number = (key: string): number => Number(row[key] ?? 0);
  return {
    counts: {
      total: number('total'),
      never_expire: number('never_expire'),
      not_yet_expired: number('not_yet_expired'),
      expired: number('expired'),
      kept: number('kept'),
    },
    keptBy: {
      related: number('related'),
      collection: number('collection'),
      collection_history: number('collection_history'),
      workflow: number('workflow'),
      upload_in_progress: number('upload_in_progress'),
    },
  };
}
