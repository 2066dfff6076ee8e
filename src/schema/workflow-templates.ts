import { foreignKey, index, integer, pgTable, unique } from 'drizzle-orm/pg-core';
import { jsonb, primaryKey, reference, text } from '../db/columns.ts';
import { workspaces } from './workspaces.ts';

/** Named recipes from which workflows are created. */
export const workflowTemplates = pgTable(
  'db_workflowtemplate',
  {
    id: primaryKey<'WorkflowTemplate'>(),
    name: text('name', 255).notNull(),
    taskName: text('task_name', 100).notNull(),
    taskData: jsonb('task_data').notNull(),
    priority: integer('priority').notNull(),
    workspaceId: reference<'Workspace'>('workspace_id').notNull(),
  },
  (t) => [
    unique('db_workflowtemplate_unique_name_workspace').on(t.name, t.workspaceId),
    foreignKey({
      name: 'db_workflowtemplate_workspace_id_f0f07a11_fk_db_workspace_id',
      columns: [t.workspaceId],
      foreignColumns: [workspaces.id],
    }),
    index('db_workflowtemplate_workspace_id_f0f07a11').on(t.workspaceId),
  ],
);

/** A row of `workflowTemplates`. */
export type WorkflowTemplate = typeof workflowTemplates.$inferSelect;
