/** What stands in the way of deleting a workspace. Source: cli.md 8.4 (delete-workspace). */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import type { Timestamp } from '../../timestamp.ts';

/** Rows of one kind in one workspace that stand in the way. */
export interface Blocker {
  readonly kind:
    /** Items of collections elsewhere that hold artifacts or collections of this workspace. */
    | 'collection_items'
    /** Artifacts elsewhere that work requests of this workspace made. */
    | 'artifacts'
    /** Work requests elsewhere that depend on ones of this workspace, are children of them, or use a collection. */
    | 'work_requests'
    /** Work requests of this workspace itself that are pending or running. */
    | 'active_work_requests';
  /** Name of the workspace they are in. */
  readonly workspace: string;
  readonly count: number;
  /** The first ten, ascending. */
  readonly ids: readonly number[];
}

const itemsElsewhere = (id: Id<'Workspace'>): SQL => sql`
  select i.id, parent.workspace_id
  from db_collectionitem i
  join db_collection parent on parent.id = i.parent_collection_id
  where parent.workspace_id <> ${id}::bigint and i.id in (
    select held.id from db_collectionitem held join db_artifact a on a.id = held.artifact_id
    where a.workspace_id = ${id}::bigint
    union all
    select held.id from db_collectionitem held join db_collection c on c.id = held.collection_id
    where c.workspace_id = ${id}::bigint
  )`;

const artifactsElsewhere = (id: Id<'Workspace'>): SQL => sql`
  select a.id, a.workspace_id
  from db_artifact a
  join db_workrequest r on r.id = a.created_by_work_request_id
  where r.workspace_id = ${id}::bigint and a.workspace_id <> ${id}::bigint`;

const dependantsElsewhere = (id: Id<'Workspace'>): SQL => sql`
  select d.id, d.workspace_id
  from db_workrequest r
  join db_workrequest_dependencies l on l.to_workrequest_id = r.id
  join db_workrequest d on d.id = l.from_workrequest_id
  where r.workspace_id = ${id}::bigint and d.workspace_id <> ${id}::bigint`;

const childrenElsewhere = (id: Id<'Workspace'>): SQL => sql`
  select child.id, child.workspace_id
  from db_workrequest r
  join db_workrequest child on child.parent_id = r.id
  where r.workspace_id = ${id}::bigint and child.workspace_id <> ${id}::bigint`;

const collectionUsersElsewhere = (id: Id<'Workspace'>): SQL => sql`
  select r.id, r.workspace_id
  from db_collection c
  join db_workrequest r on r.internal_collection_id = c.id
  where c.workspace_id = ${id}::bigint and r.workspace_id <> ${id}::bigint`;

const active = (id: Id<'Workspace'>): SQL => sql`
  select r.id, r.workspace_id
  from db_workrequest r
  where r.workspace_id = ${id}::bigint and r.status in ('pending', 'running')`;

/**
 * What refers to the workspace's content from elsewhere, and its own work that is not done; with one statement. By
 * kind and workspace.
 */
export async function blockers(db: Db, id: Id<'Workspace'>): Promise<readonly Blocker[]> {
  const rows = await db.execute<{ record: Blocker }>(sql`
    with found as (
      select 1 as rank, 'collection_items' as kind, q.id, q.workspace_id from (${itemsElsewhere(id)}) q
      union
      select 2, 'artifacts', q.id, q.workspace_id from (${artifactsElsewhere(id)}) q
      union
      select 3, 'work_requests', q.id, q.workspace_id from (${dependantsElsewhere(id)}) q
      union
      select 3, 'work_requests', q.id, q.workspace_id from (${childrenElsewhere(id)}) q
      union
      select 3, 'work_requests', q.id, q.workspace_id from (${collectionUsersElsewhere(id)}) q
      union
      select 4, 'active_work_requests', q.id, q.workspace_id from (${active(id)}) q
    )
    select json_build_object(
      'kind', found.kind, 'workspace', w.name, 'count', count(*),
      'ids', to_json((array_agg(found.id order by found.id))[1:10])
    ) as record
    from found
    join db_workspace w on w.id = found.workspace_id
    group by found.rank, found.kind, w.id
    order by found.rank, w.name, w.id`);
  return rows.map(({ record }) => record);
}

/**
 * Cuts the references from elsewhere: items let go of what they hold and are marked removed, artifacts forget the
 * work request that made them, work requests their dependencies, parents and collections.
 */
export async function detach(db: Db, id: Id<'Workspace'>, at: Timestamp): Promise<void> {
  // An item that was removed long ago keeps that instant.
  await db.execute(sql`
    update db_collectionitem
    set removed_at = coalesce(removed_at, ${at}::timestamptz), artifact_id = null, collection_id = null
    where id in (select q.id from (${itemsElsewhere(id)}) q)`);
  await db.execute(sql`
    update db_artifact
    set created_by_work_request_id = null
    where id in (select q.id from (${artifactsElsewhere(id)}) q)`);
  await db.execute(sql`
    delete from db_workrequest_dependencies
    where to_workrequest_id in (select r.id from db_workrequest r where r.workspace_id = ${id}::bigint)
      and from_workrequest_id in (select q.id from (${dependantsElsewhere(id)}) q)`);
  await db.execute(sql`
    update db_workrequest
    set parent_id = null
    where id in (select q.id from (${childrenElsewhere(id)}) q)`);
  await db.execute(sql`
    update db_workrequest
    set internal_collection_id = null
    where id in (select q.id from (${collectionUsersElsewhere(id)}) q)`);
}
