/** Which workspaces there are. Source: cli.md 8.4. */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { all, type Listing, listing, type Page, seconds } from '../../db/listing.ts';
import { one } from '../../db/rows.ts';
import { idList } from '../lists.ts';

/** A workspace as commands show it. */
export interface WorkspaceSummary {
  readonly id: Id<'Workspace'>;
  readonly name: string;
  readonly public: boolean;
  /** The original's form: whole days, rounded up, or `Never`. */
  readonly expiration: number | 'Never';
  readonly default_expiration_delay_seconds: number;
  readonly default_file_store: string;
  /** By name. */
  readonly other_file_stores: readonly string[];
}

/** How much is in a workspace. */
export interface WorkspaceUsage {
  readonly artifacts: number;
  /** Of the files its artifacts name, each counted once. */
  readonly size_bytes: number;
  readonly work_requests: number;
  readonly collections: number;
}

/** All that is given must hold. */
export interface WorkspaceFilter {
  readonly ids?: readonly Id<'Workspace'>[] | undefined;
  readonly public?: boolean | undefined;
  /** Workspaces that use one of these stores, as default or other. */
  readonly fileStoreIds?: readonly Id<'FileStore'>[] | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
}

const delaySeconds = sql`trim_scale(${seconds(sql`w.default_expiration_delay`)})`;

const columns = sql`w.id, w.name, w.public,
  case when w.default_expiration_delay = interval '0' then to_jsonb('Never'::text)
    else to_jsonb(ceil(${delaySeconds} / 86400)) end as expiration,
  ${delaySeconds} as default_expiration_delay_seconds,
  s.name as default_file_store,
  coalesce((
    select json_agg(o.name order by o.name)
    from db_workspace_other_file_stores l
    join db_filestore o on o.id = l.filestore_id
    where l.workspace_id = w.id
  ), '[]'::json) as other_file_stores`;

const usageColumns = sql`coalesce(a.count, 0) as artifacts, coalesce(f.size, 0) as size_bytes,
  coalesce(r.count, 0) as work_requests, coalesce(c.count, 0) as collections`;

const source = sql`db_workspace w join db_filestore s on s.id = w.default_file_store_id`;

// Each table is read once for all workspaces, whatever their number.
const sourceWithUsage = sql`${source}
  left join (select workspace_id, count(*) from db_artifact group by 1) a on a.workspace_id = w.id
  left join (
    select d.workspace_id, sum(file.size) as size
    from (
      select distinct a.workspace_id, p.file_id
      from db_artifact a
      join db_fileinartifact p on p.artifact_id = a.id
    ) d
    join db_file file on file.id = d.file_id
    group by 1
  ) f on f.workspace_id = w.id
  left join (select workspace_id, count(*) from db_workrequest group by 1) r on r.workspace_id = w.id
  left join (select workspace_id, count(*) from db_collection group by 1) c on c.workspace_id = w.id`;

const orderKeys = {
  id: sql`w.id`,
  name: sql`w.name`,
  public: sql`w.public`,
  expiration: sql`w.default_expiration_delay`,
  default_expiration_delay_seconds: sql`w.default_expiration_delay`,
  default_file_store: sql`s.name`,
};

const usageKeys = {
  artifacts: sql`coalesce(a.count, 0)`,
  size_bytes: sql`coalesce(f.size, 0)`,
  work_requests: sql`coalesce(r.count, 0)`,
  collections: sql`coalesce(c.count, 0)`,
};

/** Workspaces by id. One query, whatever their number. */
export function list(db: Db, filter: WorkspaceFilter = {}, page: Page = {}): Listing<WorkspaceSummary> {
  const where = conditions(filter);
  const common = { where, orderKeys, defaultOrder: ['id'], tieBreaker: sql`w.id` };
  return listing(db, { select: columns, from: source, ...common }, page);
}

/** As list, with how much is in each workspace. */
export function listWithUsage(
  db: Db,
  filter: WorkspaceFilter = {},
  page: Page = {},
): Listing<WorkspaceSummary & WorkspaceUsage> {
  return listing(
    db,
    {
      select: sql`${columns}, ${usageColumns}`,
      from: sourceWithUsage,
      where: conditions(filter),
      orderKeys: { ...orderKeys, ...usageKeys },
      defaultOrder: ['id'],
      tieBreaker: sql`w.id`,
    },
    page,
  );
}

function conditions({ ids, public: isPublic, fileStoreIds, nameLike }: WorkspaceFilter): readonly SQL[] {
  return [
    ids === undefined ? undefined : sql`w.id in ${idList(ids)}`,
    isPublic === undefined ? undefined : sql`w.public = ${isPublic}::boolean`,
    fileStoreIds === undefined
      ? undefined
      : sql`(w.default_file_store_id in ${idList(fileStoreIds)} or w.id in (
          select l.workspace_id
          from db_workspace_other_file_stores l
          where l.filestore_id in ${idList(fileStoreIds)}
        ))`,
    nameLike === undefined ? undefined : sql`w.name like ${nameLike}::text`,
  ].filter((condition) => condition !== undefined);
}

/** One workspace as commands show it. @throws NotFoundError */
export async function summary(db: Db, id: Id<'Workspace'>): Promise<WorkspaceSummary> {
  return one(await all(list(db, { ids: [id] })), `workspace ${id} not found`);
}
