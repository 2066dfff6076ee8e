/** Making, changing and deleting collections. Source: cli.md 8.6 and 7.7. */
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { collectionCategories } from '../data/collection-queries.ts';
import { canonical, isJsonObject, type JsonObject, ownMember } from '../data/json.ts';
import { collectionNameProblem } from '../data/names.ts';
import { describe, quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import {
  ConflictError,
  ConstraintError,
  InvalidInputError,
  InvalidTransitionError,
  ProtectedError,
} from '../errors.ts';
import { collectionItemMatchConstraints } from '../schema/collection-item-match-constraints.ts';
import { collectionItems } from '../schema/collection-items.ts';
import { type Collection, collections } from '../schema/collections.ts';
import type { Workspace } from '../schema/workspaces.ts';
import { type CollectionRecord, show } from './collection-records.ts';
import { needsUpdate, type Outcome, type WhenExisting } from './when-existing.ts';
import { delayInterval } from './workspaces/change.ts';

/** Categories of which collections can be made by hand; workflows make their internal ones themselves. */
export const creatableCategories = collectionCategories.filter(
  (category) => category !== 'debusine:workflow-internal',
);

/** What is absent stays as it is, or takes the usual value in a new collection. */
export interface CollectionProperties {
  readonly data?: JsonObject | undefined;
  /** Seconds; null: for ever (the usual value). */
  readonly fullHistorySeconds?: number | null | undefined;
  /** Seconds; null: for ever (the usual value). */
  readonly metadataOnlySeconds?: number | null | undefined;
}

export interface ChangedCollection extends Outcome {
  readonly collection: CollectionRecord;
}

/**
 * Makes an empty collection. Two callers at once cannot both make it.
 * @param options `anyCategory` accepts a category that has no manager, as the original does
 * @throws InvalidInputError for a name, a category or data that is refused
 * @throws ConflictError when it exists and that is not accepted; names are unique in the whole installation
 */
export async function create(
  db: Db,
  workspace: Workspace,
  { name, category }: Pick<Collection, 'name' | 'category'>,
  properties: CollectionProperties = {},
  options: { readonly anyCategory?: boolean | undefined; readonly whenExisting?: WhenExisting } = {},
): Promise<ChangedCollection> {
  const { whenExisting = 'refuse', anyCategory = false } = options;
  checkName(name);
  checkCategory(category, anyCategory);
  if (properties.data !== undefined) checkData(category, properties.data);
  return transaction(db, async (tx) => {
    const [made] = await tx
      .insert(collections)
      .values({ name, category, data: {}, ...columnsOf(properties), workspaceId: workspace.id })
      .onConflictDoNothing({ target: [collections.name, collections.category] })
      .returning({ id: collections.id });
    if (made !== undefined) {
      return { collection: await show(tx, made.id), wasCreated: true, changed: true };
    }
    // Whoever made it has committed; the lock keeps it as it is while we compare.
    const rows = await tx
      .select({ id: collections.id })
      .from(collections)
      .where(and(eq(collections.name, name), eq(collections.category, category)))
      .for('no key update');
    const { id } = one(
      rows,
      `collection ${quote(`${name}@${category}`)} was deleted at this moment`,
      'try again',
    );
    return meetExisting(tx, id, workspace, properties, whenExisting);
  });
}

async function meetExisting(
  tx: Db,
  id: Id<'Collection'>,
  workspace: Workspace,
  given: CollectionProperties,
  whenExisting: WhenExisting,
): Promise<ChangedCollection> {
  const found = await show(tx, id);
  const name = `${found.name}@${found.category}`;
  if (found.workspace !== workspace.name) {
    throw new ConflictError(
      `collection ${quote(name)} exists already, in workspace ${quote(found.workspace)}`,
      {
        hint: 'at this database level the names of collections are unique in the whole installation',
        details: { kind: 'collection', name, workspace: found.workspace },
      },
    );
  }
  const isDifferent = needsUpdate(
    'collection',
    name,
    [
      ['data', given.data && canonical(given.data), canonical(found.data)],
      ['full history period', given.fullHistorySeconds, found.full_history_retention_seconds],
      ['metadata period', given.metadataOnlySeconds, found.metadata_only_retention_seconds],
    ],
    whenExisting,
  );
  if (!isDifferent) return { collection: found, wasCreated: false, changed: false };
  await tx.update(collections).set(columnsOf(given)).where(eq(collections.id, id));
  return { collection: await show(tx, id), wasCreated: false, changed: true };
}

/** What to change; what is absent stays. */
export interface CollectionChange extends Omit<CollectionProperties, 'data'> {
  readonly name?: string | undefined;
  /** Makes the new data out of the stored one, which nobody else changes meanwhile. */
  readonly data?: ((stored: JsonObject) => JsonObject | Promise<JsonObject>) | undefined;
}

/**
 * Changes a collection, all or nothing.
 * @throws NotFoundError when there is none
 * @throws InvalidInputError for a name or data that is refused
 * @throws ConflictError when another collection of the category has the new name
 */
export function change(
  db: Db,
  id: Id<'Collection'>,
  given: CollectionChange,
): Promise<Omit<ChangedCollection, 'wasCreated'>> {
  return transaction(db, async (tx) => {
    const rows = await tx.select().from(collections).where(eq(collections.id, id)).for('no key update');
    const before = one(rows, `collection ${id} not found`, 'see debusine-admin list-collections');
    const found = await show(tx, id);
    const data = await given.data?.(before.data);
    const name = given.name ?? before.name;
    if (name !== before.name) checkName(name);
    if (data !== undefined) checkData(before.category, data);
    const isSame =
      name === before.name &&
      (data === undefined || canonical(data) === canonical(before.data)) &&
      [undefined, found.full_history_retention_seconds].includes(given.fullHistorySeconds) &&
      [undefined, found.metadata_only_retention_seconds].includes(given.metadataOnlySeconds);
    if (isSame) return { collection: found, changed: false };
    try {
      await transaction(tx, (inner) =>
        inner
          .update(collections)
          .set({ name, ...columnsOf({ ...given, data }) })
          .where(eq(collections.id, id)),
      );
    } catch (error) {
      if (!(error instanceof ConstraintError) || error.kind !== 'unique') throw error;
      throw new ConflictError(`collection ${quote(`${name}@${before.category}`)} exists already`, {
        details: { kind: 'collection', name },
        cause: error,
      });
    }
    return { collection: await show(tx, id), changed: true };
  });
}

/** How many removed items would let go of their artifacts, or be deleted, at an instant, with given periods. */
export async function countReleased(
  db: Db,
  id: Id<'Collection'>,
  at: string,
): Promise<{ readonly artifacts: number; readonly items: number }> {
  const [row] = await db.execute<{ artifacts: string; items: string }>(sql`
    select count(*) filter (where i.artifact_id is not null
        and i.removed_at < ${at}::timestamptz - c.full_history_retention_period) as artifacts,
      count(*) filter (where i.removed_at < ${at}::timestamptz
        - c.full_history_retention_period - c.metadata_only_retention_period) as items
    from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
    where c.id = ${id}::bigint and i.removed_at is not null`);
  return { artifacts: Number(row?.artifacts ?? 0), items: Number(row?.items ?? 0) };
}

export interface DeletedCollection {
  readonly name: string;
  readonly category: string;
  /** Items that went with it, removed ones included. */
  readonly items: number;
}

/**
 * Deletes a collection with its items and match constraints; what the items held stays.
 * @param options `force`: also with active items
 * @throws NotFoundError when there is none
 * @throws ProtectedError with active items, or while it is an item of another collection or the internal one of a
 *   work request
 * @throws InvalidTransitionError for the internal collection of an unfinished workflow
 */
export function remove(
  db: Db,
  id: Id<'Collection'>,
  { force = false }: { readonly force?: boolean } = {},
): Promise<DeletedCollection> {
  return transaction(db, async (tx) => {
    // The race: somebody adds an item. Its foreign key waits for this lock and fails when the collection has gone.
    const rows = await tx.select().from(collections).where(eq(collections.id, id)).for('update');
    const { name, category } = one(rows, `collection ${id} not found`, 'see debusine-admin list-collections');
    await refuseInUse(tx, id, `${name}@${category}`, force);
    // A workflow that has ended needs its collection no more; the work request stays.
    await tx.execute(
      sql`update db_workrequest set internal_collection_id = null where internal_collection_id = ${id}::bigint`,
    );
    await tx
      .delete(collectionItemMatchConstraints)
      .where(eq(collectionItemMatchConstraints.collectionId, id));
    // Removed items elsewhere keep their place in history without it.
    await tx.update(collectionItems).set({ collectionId: null }).where(eq(collectionItems.collectionId, id));
    const items = await tx
      .delete(collectionItems)
      .where(eq(collectionItems.parentCollectionId, id))
      .returning({ id: collectionItems.id });
    await tx.delete(collections).where(eq(collections.id, id));
    return { name, category, items: items.length };
  });
}

async function refuseInUse(tx: Db, id: Id<'Collection'>, name: string, force: boolean): Promise<void> {
  const details = { kind: 'collection', name };
  const [use] = await tx.execute<{ active: string; workflow: string | null; parents: string | null }>(sql`
    select
      (select count(*) from db_collectionitem where parent_collection_id = ${id}::bigint and removed_at is null)
        as active,
      (select min(id) from db_workrequest
        where internal_collection_id = ${id}::bigint and status in ('pending', 'running', 'blocked')) as workflow,
      (select string_agg(distinct p.name || '@' || p.category, ', ')
        from db_collectionitem i join db_collection p on p.id = i.parent_collection_id
        where i.collection_id = ${id}::bigint and i.removed_at is null) as parents`);
  if (use === undefined) return;
  if (use.workflow !== null) {
    throw new InvalidTransitionError(
      `collection ${quote(name)} belongs to workflow ${use.workflow}, which is unfinished`,
      {
        hint: `debusine-admin manage-work-request abort ${use.workflow}`,
        details,
      },
    );
  }
  if (use.parents !== null) {
    throw new ProtectedError(`collection ${quote(name)} is an active item of ${use.parents}`, {
      hint: 'debusine-admin remove-collection-item',
      details,
    });
  }
  const active = Number(use.active);
  if (active > 0 && !force) {
    throw new ProtectedError(
      `collection ${quote(name)} has ${active} active item${active === 1 ? '' : 's'}`,
      {
        hint: '--force deletes them, too; what they hold stays',
        details: { ...details, items: active },
      },
    );
  }
}

function checkName(name: string): void {
  const problem = collectionNameProblem(name);
  if (problem !== undefined) throw new InvalidInputError(problem.message, { hint: problem.hint });
}

function checkCategory(category: string, anyCategory: boolean): void {
  if (category === 'debusine:workflow-internal') {
    throw new InvalidInputError(`collections of category ${quote(category)} are made by workflows`, {
      hint: 'debusine-admin create-workflow',
    });
  }
  if (category === '') throw new InvalidInputError('collection category is empty');
  if (anyCategory || creatableCategories.some((known) => known === category)) return;
  throw new InvalidInputError(`collection category ${quote(category)} is not known`, {
    hint: `known categories: ${creatableCategories.join(', ')}`,
  });
}

/** What is said of the keys that we know. Source: data-schemas.md 6.2. */
function checkData(category: string, data: JsonObject): void {
  if (category !== 'debian:suite') return;
  const reuse = ownMember(data, 'may_reuse_versions');
  if (reuse !== undefined && typeof reuse !== 'boolean') {
    throw new InvalidInputError(`data: may_reuse_versions: must be true or false, not ${describe(reuse)}`);
  }
  const release = ownMember(data, 'release_fields');
  if (release !== undefined && !isJsonObject(release)) {
    throw new InvalidInputError(`data: release_fields: must be a mapping, not ${describe(release)}`);
  }
}

function columnsOf({ data, fullHistorySeconds, metadataOnlySeconds }: CollectionProperties) {
  const period = (seconds: number | null): SQL<string> | null =>
    seconds === null ? null : delayInterval(seconds);
  return {
    ...(data === undefined ? {} : { data }),
    ...(fullHistorySeconds === undefined ? {} : { fullHistoryRetentionPeriod: period(fullHistorySeconds) }),
    ...(metadataOnlySeconds === undefined
      ? {}
      : { metadataOnlyRetentionPeriod: period(metadataOnlySeconds) }),
  };
}
