import { foreignKey, index, pgTable } from 'drizzle-orm/pg-core';
import { interval, jsonb, primaryKey, reference, text, timestamp } from '../db/columns.ts';
import { users } from './users.ts';
import { workRequests } from './work-requests.ts';
import { workspaces } from './workspaces.ts';

/** Immutable results: a category, JSON data and a set of files. */
export const artifacts = pgTable(
  'db_artifact',
  {
    id: primaryKey<'Artifact'>(),
    category: text('category', 255).notNull(),
    data: jsonb('data').notNull(),
    createdAt: timestamp('created_at').notNull(),
    createdByWorkRequestId: reference<'WorkRequest'>('created_by_work_request_id'),
    workspaceId: reference<'Workspace'>('workspace_id').notNull(),
    createdById: reference<'User'>('created_by_id'),
    expirationDelay: interval('expiration_delay'),
  },
  (t) => [
    foreignKey({
      name: 'db_artifact_created_by_id_7d1db5a8_fk_db_user_id',
      columns: [t.createdById],
      foreignColumns: [users.id],
    }),
    foreignKey({
      name: 'db_artifact_created_by_work_requ_3751aaef_fk_db_workre',
      columns: [t.createdByWorkRequestId],
      foreignColumns: [workRequests.id],
    }),
    foreignKey({
      name: 'db_artifact_workspace_id_5646e56a_fk_db_workspace_id',
      columns: [t.workspaceId],
      foreignColumns: [workspaces.id],
    }),
    index('db_artifact_created_by_id_7d1db5a8').on(t.createdById),
    index('db_artifact_created_by_work_request_id_3751aaef').on(t.createdByWorkRequestId),
    index('db_artifact_workspace_id_5646e56a').on(t.workspaceId),
  ],
);

/** A row of `artifacts`. */
export type Artifact = typeof artifacts.$inferSelect;
