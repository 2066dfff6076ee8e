import { foreignKey, index, pgTable, unique } from 'drizzle-orm/pg-core';
import { choice, primaryKey, reference } from '../db/columns.ts';
import { artifacts } from './artifacts.ts';

/** How one artifact relates to another: `artifact` needs `target`. */
export const relationTypes = {
  extends: 'Extends',
  'relates-to': 'Relates to',
  'built-using': 'Built using',
} as const;

export type RelationType = keyof typeof relationTypes;

/** `artifact` points at `target`, which is kept as long as `artifact` is. */
export const artifactRelations = pgTable(
  'db_artifactrelation',
  {
    id: primaryKey<'ArtifactRelation'>(),
    type: choice<RelationType>('type', 11).notNull(),
    artifactId: reference<'Artifact'>('artifact_id').notNull(),
    targetId: reference<'Artifact'>('target_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_artifactrelation_artifact_id_717cc008_fk_db_artifact_id',
      columns: [t.artifactId],
      foreignColumns: [artifacts.id],
    }),
    foreignKey({
      name: 'db_artifactrelation_target_id_7175c2a4_fk_db_artifact_id',
      columns: [t.targetId],
      foreignColumns: [artifacts.id],
    }),
    unique('db_artifactrelation_unique_artifact_target_type').on(t.artifactId, t.targetId, t.type),
    index('db_artifactrelation_artifact_id_717cc008').on(t.artifactId),
    index('db_artifactrelation_target_id_7175c2a4').on(t.targetId),
  ],
);

/** A row of `artifactRelations`. */
export type ArtifactRelation = typeof artifactRelations.$inferSelect;
