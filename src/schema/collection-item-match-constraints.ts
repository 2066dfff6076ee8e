import { foreignKey, index, pgTable, text as longText } from 'drizzle-orm/pg-core';
import { primaryKey, reference, text } from '../db/columns.ts';
import { collections } from './collections.ts';

/**
 * Lets the database refuse two values for one key within a collection. The exclusion constraint is in the
 * migration only. `collectionItemId` is not a foreign key on purpose: the rows outlive their item.
 */
export const collectionItemMatchConstraints = pgTable(
  'db_collectionitemmatchconstraint',
  {
    id: primaryKey<'CollectionItemMatchConstraint'>(),
    collectionItemId: reference<'CollectionItem'>('collection_item_id').notNull(),
    constraintName: text('constraint_name', 255).notNull(),
    key: longText('key').notNull(),
    value: longText('value').notNull(),
    collectionId: reference<'Collection'>('collection_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_collectionitemmat_collection_id_9113109c_fk_db_collec',
      columns: [t.collectionId],
      foreignColumns: [collections.id],
    }),
    index('db_cimc_collection_item_idx').on(t.collectionItemId),
    index('db_collectionitemmatchconstraint_collection_id_9113109c').on(t.collectionId),
  ],
);

/** A row of `collectionItemMatchConstraints`. */
export type CollectionItemMatchConstraint = typeof collectionItemMatchConstraints.$inferSelect;
