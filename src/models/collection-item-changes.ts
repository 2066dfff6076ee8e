/** Putting things into collections and taking them out, as people ask for it. Source: cli.md 8.6. */
import { and, eq, sql } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { all } from '../db/listing.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ConstraintError, ItemAdditionError, NotFoundError } from '../errors.ts';
import type { Artifact } from '../schema/artifacts.ts';
import { collectionItems } from '../schema/collection-items.ts';
import type { Collection } from '../schema/collections.ts';
import type { Timestamp } from '../timestamp.ts';
import { isActive } from './collection-items.ts';
import { type AdditionOptions, managerFor } from './collection-managers/index.ts';
import { removeItems } from './collection-managers/remove-items.ts';
import { type ItemRecord, listItems } from './collection-records.ts';
import { idList, textList } from './lists.ts';

export interface AddedItem {
  readonly item: ItemRecord;
  /** False when an active item held the same thing already. */
  readonly wasCreated: boolean;
}

const placeOf = ({ name, category }: Collection): string => `${name}@${category}`;

async function record(db: Db, id: Id<'CollectionItem'>): Promise<ItemRecord> {
  return one(await all(listItems(db, { ids: [id] })), `collection item ${id} not found`);
}

/**
 * Adds an artifact through the manager of the collection.
 * @param options `ifNotExists` accepts an active item that holds the artifact under the name it would get
 * @throws ItemAdditionError when the collection does not take it, or something else has the name
 * @throws LookupError when the collection's category has no manager
 */
export async function addArtifact(
  db: Db,
  collection: Collection,
  artifact: Artifact,
  { ifNotExists = false, ...options }: AdditionOptions & { readonly ifNotExists?: boolean },
  at: Timestamp,
): Promise<AddedItem> {
  const manager = managerFor(collection);
  return transaction(db, async (tx) => {
    try {
      const { id } = await manager.addArtifact(tx, artifact, options, at);
      return { item: await record(tx, id), wasCreated: true };
    } catch (error) {
      const occupied = occupiedName(error);
      if (occupied === undefined) throw error;
      const [occupant] = await all(
        listItems(tx, { collectionId: collection.id, removed: false, names: [occupied] }),
      );
      if (occupant === undefined) throw error;
      if (ifNotExists && occupant.artifact === artifact.id) return { item: occupant, wasCreated: false };
      const held = occupant.artifact === null ? `item ${occupant.id}` : `artifact ${occupant.artifact}`;
      throw new ItemAdditionError(`${placeOf(collection)} has an active item ${quote(occupied)} (${held})`, {
        code: 'exists',
        hint: '--replace',
        details: { kind: 'collection-item', name: occupied, item: occupant.id },
      });
    }
  });
}

/** The name that is in use, when that is why an item was refused. */
function occupiedName(error: unknown): string | undefined {
  if (!(error instanceof ItemAdditionError) || !(error.cause instanceof ConstraintError)) return undefined;
  const { name } = error.details;
  const isName = error.cause.constraint === 'db_collectionitem_unique_active_name';
  return isName && typeof name === 'string' ? name : undefined;
}

/** Which items are meant: active ones by name, or any by number. */
export type WhichItems =
  { readonly names: readonly string[] } | { readonly ids: readonly Id<'CollectionItem'>[] };

export interface RemovedItem extends ItemRecord {
  /** False when it had been removed already. */
  readonly changed: boolean;
}

/**
 * Marks items as removed, all or none; the rows stay as history.
 * @param options `ifExists` passes over what is not there
 * @returns the items in order of name; those given by number that were removed already are unchanged
 * @throws NotFoundError for a name without active item, or a number that is no item of the collection
 */
export function remove(
  db: Db,
  collection: Collection,
  which: WhichItems,
  { userId, ifExists = false }: { readonly userId: Id<'User'>; readonly ifExists?: boolean },
  at: Timestamp,
): Promise<readonly RemovedItem[]> {
  return transaction(db, async (tx) => {
    const wanted =
      'names' in which
        ? sql`${isActive} and ${collectionItems.name} in ${textList(which.names)}`
        : sql`${collectionItems.id} in ${idList(which.ids)}`;
    // The race: somebody removes or replaces one of them. Whoever comes second finds it removed.
    const found = await tx
      .select()
      .from(collectionItems)
      .where(and(eq(collectionItems.parentCollectionId, collection.id), wanted))
      .orderBy(collectionItems.id)
      .for('no key update');
    if (!ifExists) refuseMissing(collection, which, found);
    const active = found.filter(({ removedAt }) => removedAt === null).map(({ id }) => id);
    if (active.length > 0) {
      await removeItems(tx, collection, sql`${collectionItems.id} in ${idList(active)}`, { userId }, at);
    }
    const removed = new Set<number>(active);
    const records = await all(listItems(tx, { ids: found.map(({ id }) => id) }));
    return records.map((item) => ({ ...item, changed: removed.has(item.id) }));
  });
}

function refuseMissing(
  collection: Collection,
  which: WhichItems,
  found: readonly { readonly id: number; readonly name: string }[],
): void {
  const hint = `debusine-admin show-collection ${placeOf(collection)} --items`;
  if ('names' in which) {
    const missing = which.names.find((name) => !found.some((item) => item.name === name));
    if (missing === undefined) return;
    throw new NotFoundError(`${placeOf(collection)} has no active item ${quote(missing)}`, {
      hint,
      details: { kind: 'collection-item', name: missing },
    });
  }
  const missing = which.ids.find((id) => !found.some((item) => item.id === id));
  if (missing === undefined) return;
  throw new NotFoundError(`${placeOf(collection)} has no item ${missing}`, {
    hint,
    details: { kind: 'collection-item', id: missing },
  });
}
