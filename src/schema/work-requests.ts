import { sql } from 'drizzle-orm';
import { foreignKey, index, integer, pgTable, unique } from 'drizzle-orm/pg-core';
import { choice, jsonb, primaryKey, reference, text, timestamp } from '../db/columns.ts';
import { collections } from './collections.ts';
import { users } from './users.ts';
import { workers } from './workers.ts';
import { workspaces } from './workspaces.ts';

/** Where a work request is in its life, with the label a person sees. */
export const statuses = {
  pending: 'Pending',
  running: 'Running',
  completed: 'Completed',
  aborted: 'Aborted',
  blocked: 'Blocked',
} as const;

export type Status = keyof typeof statuses;

/** How a work request ended; the empty text until it has. */
export const results = {
  '': '',
  success: 'Success',
  failure: 'Failure',
  error: 'Error',
} as const;

export type Result = keyof typeof results;

/** Who executes a work request. */
export const taskTypes = {
  Worker: 'Worker',
  Server: 'Server',
  Internal: 'Internal',
  Workflow: 'Workflow',
} as const;

export type TaskType = keyof typeof taskTypes;

/** What turns a blocked work request into a pending one. */
export const unblockStrategies = {
  deps: 'Dependencies have completed',
  manual: 'Manually unblocked',
} as const;

export type UnblockStrategy = keyof typeof unblockStrategies;

/** Requests to run one task each; a request of type `Workflow` is a node with children. */
export const workRequests = pgTable(
  'db_workrequest',
  {
    id: primaryKey<'WorkRequest'>(),
    createdAt: timestamp('created_at').notNull(),
    startedAt: timestamp('started_at'),
    completedAt: timestamp('completed_at'),
    status: choice<Status>('status', 9).notNull(),
    result: choice<Result>('result', 7).notNull(),
    taskType: choice<TaskType>('task_type', 8).notNull(),
    taskName: text('task_name', 100).notNull(),
    taskData: jsonb('task_data').notNull(),
    workflowDataJson: jsonb('workflow_data').notNull(),
    eventReactionsJson: jsonb('event_reactions').notNull(),
    unblockStrategy: choice<UnblockStrategy>('unblock_strategy', 6).notNull(),
    priorityBase: integer('priority_base').notNull(),
    priorityAdjustment: integer('priority_adjustment').notNull(),
    createdById: reference<'User'>('created_by_id').notNull(),
    internalCollectionId: reference<'Collection'>('internal_collection_id'),
    parentId: reference<'WorkRequest'>('parent_id'),
    workerId: reference<'Worker'>('worker_id'),
    workspaceId: reference<'Workspace'>('workspace_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_workrequest_created_by_id_a526a7ef_fk_db_user_id',
      columns: [t.createdById],
      foreignColumns: [users.id],
    }),
    foreignKey({
      name: 'db_workrequest_internal_collection__c8389247_fk_db_collec',
      columns: [t.internalCollectionId],
      foreignColumns: [collections.id],
    }),
    foreignKey({
      name: 'db_workrequest_parent_id_3c435ef3_fk_db_workrequest_id',
      columns: [t.parentId],
      foreignColumns: [t.id],
    }),
    foreignKey({
      name: 'db_workrequest_worker_id_3a631f2b_fk_db_worker_id',
      columns: [t.workerId],
      foreignColumns: [workers.id],
    }),
    foreignKey({
      name: 'db_workrequest_workspace_id_7c16b860_fk_db_workspace_id',
      columns: [t.workspaceId],
      foreignColumns: [workspaces.id],
    }),
    index('db_workrequest_created_by_id_a526a7ef').on(t.createdById),
    index('db_workrequest_internal_collection_id_c8389247').on(t.internalCollectionId),
    index('db_workrequest_parent_id_3c435ef3').on(t.parentId),
    index('db_workrequest_pending_idx')
      .on(sql`(priority_base + priority_adjustment) desc`, t.createdAt)
      .where(sql`status = 'pending'`),
    index('db_workrequest_worker_id_3a631f2b').on(t.workerId),
    index('db_workrequest_worker_idx')
      .on(t.workerId)
      .where(sql`status in ('pending', 'running')`),
    index('db_workrequest_workspace_id_7c16b860').on(t.workspaceId),
  ],
);

/** A row of `workRequests`. */
export type WorkRequest = typeof workRequests.$inferSelect;

/** `from` needs `to`. */
export const workRequestDependencies = pgTable(
  'db_workrequest_dependencies',
  {
    id: primaryKey<'WorkRequestDependency'>(),
    fromWorkRequestId: reference<'WorkRequest'>('from_workrequest_id').notNull(),
    toWorkRequestId: reference<'WorkRequest'>('to_workrequest_id').notNull(),
  },
  (t) => [
    foreignKey({
      name: 'db_workrequest_depen_from_workrequest_id_6d171077_fk_db_workre',
      columns: [t.fromWorkRequestId],
      foreignColumns: [workRequests.id],
    }),
    foreignKey({
      name: 'db_workrequest_depen_to_workrequest_id_d8531093_fk_db_workre',
      columns: [t.toWorkRequestId],
      foreignColumns: [workRequests.id],
    }),
    unique('db_workrequest_dependenc_from_workrequest_id_to_w_11b7c673_uniq').on(
      t.fromWorkRequestId,
      t.toWorkRequestId,
    ),
    index('db_workrequest_dependencies_from_workrequest_id_6d171077').on(t.fromWorkRequestId),
    index('db_workrequest_dependencies_to_workrequest_id_d8531093').on(t.toWorkRequestId),
  ],
);

/** A row of `workRequestDependencies`. */
export type WorkRequestDependency = typeof workRequestDependencies.$inferSelect;
