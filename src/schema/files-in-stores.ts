import { foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { jsonb, primaryKey, reference } from '../db/columns.ts';
import { fileStores } from './file-stores.ts';
import { files } from './files.ts';

/** Which store holds which file, with the backend's own data. */
export const filesInStores = pgTable(
  'db_fileinstore',
  {
    id: primaryKey<'FileInStore'>(),
    data: jsonb('data').notNull(),
    fileId: reference<'File'>('file_id').notNull(),
    storeId: reference<'FileStore'>('store_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_fileinstore_file_id_4eb06486_fk_db_file_id',
      columns: [t.fileId],
      foreignColumns: [files.id],
    }),
    foreignKey({
      name: 'db_fileinstore_store_id_d2496ef2_fk_db_filestore_id',
      columns: [t.storeId],
      foreignColumns: [fileStores.id],
    }),
    unique('db_fileinstore_unique_store_file').on(t.storeId, t.fileId),
    index('db_fileinstore_file_id_4eb06486').on(t.fileId),
    index('db_fileinstore_store_id_d2496ef2').on(t.storeId),
  ],
);

/** A row of `filesInStores`. */
export type FileInStore = typeof filesInStores.$inferSelect;
