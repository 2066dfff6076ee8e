import { foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { primaryKey, reference, text, timestamp } from '../db/columns.ts';
import { filesInArtifacts } from './files-in-artifacts.ts';

/** Uploads in progress; `path` is relative to the upload directory. */
export const fileUploads = pgTable(
  'db_fileupload',
  {
    id: primaryKey<'FileUpload'>(),
    path: text('path', 500).notNull(),
    lastActivityAt: timestamp('last_activity_at').notNull(),
    fileInArtifactId: reference<'FileInArtifact'>('file_in_artifact_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_fileupload_file_in_artifact_id_3deeef0e_fk_db_filein',
      columns: [t.fileInArtifactId],
      foreignColumns: [filesInArtifacts.id],
    }),
    unique('db_fileupload_file_in_artifact_id_key').on(t.fileInArtifactId),
    unique('db_fileupload_path_key').on(t.path),
    index('db_fileupload_path_ee10ec86_like').on(t.path.op('varchar_pattern_ops')),
  ],
);

/** A row of `fileUploads`. */
export type FileUpload = typeof fileUploads.$inferSelect;
