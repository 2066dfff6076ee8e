/** What must stay the same inside a collection. Source: models.md 3.15. */
import { asc, eq } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import {
  type CollectionItemMatchConstraint,
  collectionItemMatchConstraints,
} from '../schema/collection-item-match-constraints.ts';
import { type Collection, collections } from '../schema/collections.ts';

export type { CollectionItemMatchConstraint } from '../schema/collection-item-match-constraints.ts';

/** @throws NotFoundError when there is no such constraint */
export async function get(
  db: Db,
  id: Id<'CollectionItemMatchConstraint'>,
): Promise<CollectionItemMatchConstraint> {
  const rows = await db
    .select()
    .from(collectionItemMatchConstraints)
    .where(eq(collectionItemMatchConstraints.id, id));
  return one(rows, `match constraint ${id} not found`);
}

/** All constraints by id. Source: `CollectionItemMatchConstraint.objects`. */
export function all(db: Db): Promise<CollectionItemMatchConstraint[]> {
  return db.select().from(collectionItemMatchConstraints).orderBy(asc(collectionItemMatchConstraints.id));
}

/**
 * Says that a key has a value in a collection. The same may be said again, for another item or the same one; the rows
 * outlive their item.
 * @throws ConstraintError `db_collectionitemmatchconstraint_match_value` when the key has another value there
 */
export function create(
  db: Db,
  given: Omit<CollectionItemMatchConstraint, 'id'>,
): Promise<CollectionItemMatchConstraint> {
  return transaction(db, async (tx) =>
    inserted(await tx.insert(collectionItemMatchConstraints).values(given).returning()),
  );
}

/** The collection it holds in. Source: `CollectionItemMatchConstraint.collection`. */
export async function collection(
  db: Db,
  { collectionId }: CollectionItemMatchConstraint,
): Promise<Collection> {
  const rows = await db.select().from(collections).where(eq(collections.id, collectionId));
  return one(rows, `collection ${collectionId} not found`);
}

/** Takes one constraint away; nothing refers to it. @returns false when it was gone already */
async function remove(db: Db, id: Id<'CollectionItemMatchConstraint'>): Promise<boolean> {
  const gone = await db
    .delete(collectionItemMatchConstraints)
    .where(eq(collectionItemMatchConstraints.id, id))
    .returning({ id: collectionItemMatchConstraints.id });
  return gone.length > 0;
}
export { remove as delete };
