import { boolean, foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { interval, primaryKey, reference, text } from '../db/columns.ts';
import { fileStores } from './file-stores.ts';

/** Administrative homes of artifacts, collections, work requests and templates. */
export const workspaces = pgTable(
  'db_workspace',
  {
    id: primaryKey<'Workspace'>(),
    name: text('name', 255).notNull(),
    public: boolean('public').notNull(),
    defaultExpirationDelay: interval('default_expiration_delay').notNull(),
    defaultFileStoreId: reference<'FileStore'>('default_file_store_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_workspace_default_file_store_id_60278b00_fk_db_filestore_id',
      columns: [t.defaultFileStoreId],
      foreignColumns: [fileStores.id],
    }),
    unique('db_workspace_name_key').on(t.name),
    index('db_workspace_default_file_store_id_60278b00').on(t.defaultFileStoreId),
    index('db_workspace_name_a18bf53d_like').on(t.name.op('varchar_pattern_ops')),
  ],
);

/** A row of `workspaces`. */
export type Workspace = typeof workspaces.$inferSelect;

/** Further stores whose files count as present in a workspace. */
export const workspaceOtherFileStores = pgTable(
  'db_workspace_other_file_stores',
  {
    id: primaryKey<'WorkspaceOtherFileStore'>(),
    workspaceId: reference<'Workspace'>('workspace_id').notNull(),
    fileStoreId: reference<'FileStore'>('filestore_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_workspace_other_f_filestore_id_e1ccfaea_fk_db_filest',
      columns: [t.fileStoreId],
      foreignColumns: [fileStores.id],
    }),
    foreignKey({
      name: 'db_workspace_other_f_workspace_id_98c5f17d_fk_db_worksp',
      columns: [t.workspaceId],
      foreignColumns: [workspaces.id],
    }),
    unique('db_workspace_other_file__workspace_id_filestore_i_c1486eda_uniq').on(
      t.workspaceId,
      t.fileStoreId,
    ),
    index('db_workspace_other_file_stores_filestore_id_e1ccfaea').on(t.fileStoreId),
    index('db_workspace_other_file_stores_workspace_id_98c5f17d').on(t.workspaceId),
  ],
);

/** A row of `workspaceOtherFileStores`. */
export type WorkspaceOtherFileStore = typeof workspaceOtherFileStores.$inferSelect;
