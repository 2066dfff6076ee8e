/** Collections and their items as commands show them. Source: cli.md 8.6. */
import { type SQL, sql } from 'drizzle-orm';
import type { JsonObject } from '../data/json.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { all, instant, type Listing, listing, type Page, seconds } from '../db/listing.ts';
import { one } from '../db/rows.ts';
import type { ChildType } from '../schema/collection-items.ts';
import type { Timestamp } from '../timestamp.ts';
import { idList, textList } from './lists.ts';

/** A collection in a list. */
export interface CollectionRecord {
  readonly id: Id<'Collection'>;
  readonly name: string;
  readonly category: string;
  /** Name of the workspace. */
  readonly workspace: string;
  readonly active_items: number;
  readonly removed_items: number;
  /** Null: removed items hold their artifacts for ever. */
  readonly full_history_retention_seconds: number | null;
  /** Null: removed items are never deleted. */
  readonly metadata_only_retention_seconds: number | null;
  readonly data: JsonObject;
  /** The workflow whose internal collection it is. */
  readonly workflow: Id<'WorkRequest'> | null;
}

/** One collection in full. */
export interface CollectionDetails extends CollectionRecord {
  /** How many match constraints there are of each name. */
  readonly constraints: Readonly<Record<string, number>>;
}

/** All that is given must hold; the values of one are alternatives. */
export interface CollectionFilter {
  readonly workspaceIds?: readonly Id<'Workspace'>[] | undefined;
  readonly categories?: readonly string[] | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
  /** Whether the internal collections of workflows are among them. */
  readonly internal?: boolean | undefined;
}

const itemCount = (condition: SQL): SQL =>
  sql`(select count(*) from db_collectionitem i where i.parent_collection_id = c.id and ${condition})`;
const activeItems = itemCount(sql`i.removed_at is null`);
const removedItems = itemCount(sql`i.removed_at is not null`);
const period = (column: SQL): SQL => sql`trim_scale(${seconds(column)})`;
const fullHistory = period(sql`c.full_history_retention_period`);
const metadataOnly = period(sql`c.metadata_only_retention_period`);

const columns = sql`c.id, c.name, c.category, w.name as workspace,
  ${activeItems} as active_items, ${removedItems} as removed_items,
  ${fullHistory} as full_history_retention_seconds, ${metadataOnly} as metadata_only_retention_seconds,
  c.data,
  (select min(r.id) from db_workrequest r where r.internal_collection_id = c.id) as workflow`;

const query = {
  from: sql`db_collection c join db_workspace w on w.id = c.workspace_id`,
  orderKeys: {
    id: sql`c.id`,
    name: sql`c.name`,
    category: sql`c.category`,
    workspace: sql`w.name`,
    active_items: activeItems,
    removed_items: removedItems,
    full_history_retention_seconds: sql`c.full_history_retention_period`,
    metadata_only_retention_seconds: sql`c.metadata_only_retention_period`,
  },
  defaultOrder: ['workspace', 'category', 'name'],
  tieBreaker: sql`c.id`,
};

/** The collections, by workspace, category and name. */
export function list(db: Db, filter: CollectionFilter = {}, page: Page = {}): Listing<CollectionRecord> {
  const { workspaceIds, categories, nameLike, internal = false } = filter;
  const where: SQL[] = [];
  if (workspaceIds !== undefined) where.push(sql`c.workspace_id in ${idList(workspaceIds)}`);
  if (categories !== undefined) where.push(sql`c.category in ${textList(categories)}`);
  if (nameLike !== undefined) where.push(sql`c.name like ${nameLike}::text`);
  if (!internal) where.push(sql`c.category <> 'debusine:workflow-internal'`);
  return listing(db, { ...query, select: columns, where }, page);
}

/** One collection. @throws NotFoundError when there is none */
export async function show(db: Db, id: Id<'Collection'>): Promise<CollectionDetails> {
  const constraints = sql`(
    select coalesce(json_object_agg(m.constraint_name, m.count order by m.constraint_name), '{}')
    from (select constraint_name, count(*) from db_collectionitemmatchconstraint
      where collection_id = c.id group by 1) m) as constraints`;
  const rows = await all(
    listing<CollectionDetails>(db, {
      ...query,
      select: sql`${columns}, ${constraints}`,
      where: [sql`c.id = ${id}::bigint`],
    }),
  );
  return one(rows, `collection ${id} not found`, 'see debusine-admin list-collections');
}

/** What an item is, in words. */
export const itemTypes = { bare: 'b', artifact: 'a', collection: 'c' } as const satisfies Record<
  string,
  ChildType
>;
export type ItemType = keyof typeof itemTypes;

/** An item in a list. */
export interface ItemRecord {
  readonly id: Id<'CollectionItem'>;
  readonly name: string;
  /** One of `itemTypes`; what the database holds where it is none of them. */
  readonly type: string;
  readonly category: string;
  readonly artifact: Id<'Artifact'> | null;
  readonly collection: Id<'Collection'> | null;
  readonly data: JsonObject;
  readonly created_at: Timestamp;
  readonly created_by: string;
  readonly removed_at: Timestamp | null;
  readonly removed_by: string | null;
  /** When a removed item lets go of its artifact; null for active ones, and when that is never. */
  readonly held_until: Timestamp | null;
}

/** All that is given must hold. */
export interface ItemFilter {
  readonly ids?: readonly Id<'CollectionItem'>[] | undefined;
  readonly collectionId?: Id<'Collection'> | undefined;
  /** Absent: both. */
  readonly removed?: boolean | undefined;
  readonly types?: readonly ItemType[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly names?: readonly string[] | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
}

const typeWords = sql.join(
  Object.entries(itemTypes).map(([word, letter]) => sql`when ${letter}::text then ${word}::text`),
  sql` `,
);

/** Items, by name. */
export function listItems(db: Db, filter: ItemFilter = {}, page: Page = {}): Listing<ItemRecord> {
  const where: SQL[] = [];
  if (filter.ids !== undefined) where.push(sql`i.id in ${idList(filter.ids)}`);
  if (filter.collectionId !== undefined)
    where.push(sql`i.parent_collection_id = ${filter.collectionId}::bigint`);
  if (filter.removed !== undefined) {
    where.push(filter.removed ? sql`i.removed_at is not null` : sql`i.removed_at is null`);
  }
  if (filter.types !== undefined) {
    where.push(sql`i.child_type in ${textList(filter.types.map((type) => itemTypes[type]))}`);
  }
  if (filter.categories !== undefined) where.push(sql`i.category in ${textList(filter.categories)}`);
  if (filter.names !== undefined) where.push(sql`i.name in ${textList(filter.names)}`);
  if (filter.nameLike !== undefined) where.push(sql`i.name like ${filter.nameLike}::text`);
  return listing(
    db,
    {
      select: sql`i.id, i.name, case i.child_type ${typeWords} else i.child_type end as type, i.category,
        i.artifact_id as artifact, i.collection_id as collection, i.data,
        ${instant(sql`i.created_at`)} as created_at, creator.username as created_by,
        ${instant(sql`i.removed_at`)} as removed_at, remover.username as removed_by,
        ${instant(sql`i.removed_at + p.full_history_retention_period`)} as held_until`,
      from: sql`db_collectionitem i
        join db_collection p on p.id = i.parent_collection_id
        join db_user creator on creator.id = i.created_by_user_id
        left join db_user remover on remover.id = i.removed_by_user_id`,
      where,
      orderKeys: {
        id: sql`i.id`,
        name: sql`i.name`,
        type: sql`i.child_type`,
        category: sql`i.category`,
        created_at: sql`i.created_at`,
        created_by: sql`creator.username`,
        removed_at: sql`i.removed_at`,
      },
      defaultOrder: ['name'],
      tieBreaker: sql`i.id`,
    },
    page,
  );
}
