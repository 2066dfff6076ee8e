/** Taking children out of a collection. Source: models.md 3.16, data-schemas.md 6. */
import { and, eq, inArray, type SQL } from 'drizzle-orm';
import { ownMember } from '../../data/json.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { transaction } from '../../db/transaction.ts';
import { collectionItemMatchConstraints } from '../../schema/collection-item-match-constraints.ts';
import { collectionItems } from '../../schema/collection-items.ts';
import type { Collection } from '../../schema/collections.ts';
import type { Timestamp } from '../../timestamp.ts';
import { isActive } from '../collection-items.ts';

/** Who removes; null for nobody in particular. */
export interface Removal {
  readonly userId?: Id<'User'> | null | undefined;
}

/** Whether files of a removed package may come back with other contents under the same name. */
function mayReuseVersions({ category, data }: Collection): boolean {
  return category === 'debian:suite' && ownMember(data, 'may_reuse_versions') === true;
}

/**
 * Removes the active items of the collection that meet the condition; the rows stay as history. A suite that may
 * reuse versions also forgets which files these items had.
 */
export async function removeItems(
  db: Db,
  collection: Collection,
  condition: SQL,
  { userId }: Removal,
  at: Timestamp,
): Promise<void> {
  await transaction(db, async (tx) => {
    const removed = await tx
      .update(collectionItems)
      .set({ removedAt: at, removedByUserId: userId ?? null })
      .where(and(eq(collectionItems.parentCollectionId, collection.id), isActive, condition))
      .returning({ id: collectionItems.id });
    if (removed.length === 0 || !mayReuseVersions(collection)) return;
    await tx.delete(collectionItemMatchConstraints).where(
      and(
        eq(collectionItemMatchConstraints.collectionId, collection.id),
        eq(collectionItemMatchConstraints.constraintName, 'pool-file'),
        inArray(
          collectionItemMatchConstraints.collectionItemId,
          removed.map(({ id }) => id),
        ),
      ),
    );
  });
}
