import { foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { primaryKey, reference, text } from '../db/columns.ts';
import { artifacts } from './artifacts.ts';
import { files } from './files.ts';

/** Under which path an artifact shows a file. */
export const filesInArtifacts = pgTable(
  'db_fileinartifact',
  {
    id: primaryKey<'FileInArtifact'>(),
    path: text('path', 500).notNull(),
    artifactId: reference<'Artifact'>('artifact_id').notNull(),
    fileId: reference<'File'>('file_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_fileinartifact_artifact_id_e787236c_fk_db_artifact_id',
      columns: [t.artifactId],
      foreignColumns: [artifacts.id],
    }),
    foreignKey({
      name: 'db_fileinartifact_file_id_24423503_fk_db_file_id',
      columns: [t.fileId],
      foreignColumns: [files.id],
    }),
    unique('db_fileinartifact_unique_artifact_path').on(t.artifactId, t.path),
    index('db_fileinartifact_artifact_id_e787236c').on(t.artifactId),
    index('db_fileinartifact_file_id_24423503').on(t.fileId),
  ],
);

/** A row of `filesInArtifacts`. */
export type FileInArtifact = typeof filesInArtifacts.$inferSelect;
