/** Requests to run tasks. Source: models.md 3.17; cli.md 8.10, 8.11. */
export type { WorkRequest } from '../../schema/work-requests.ts';
export * from './accessors.ts';
export * from './assignment.ts';
export * from './change.ts';
export * from './children.ts';
export * from './collection-updates.ts';
export * from './create.ts';
export * from './dependencies.ts';
export * from './enums.ts';
export * from './event-reactions.ts';
export * from './find.ts';
export {
  type Completion,
  type Consequences,
  markAborted,
  markCompleted,
  markPending,
  markRunning,
  unblockReverseDependencies,
} from './lifecycle.ts';
export { getSummaries, list, type WorkRequestFilter, type WorkRequestSummary } from './list.ts';
export * from './manage.ts';
export * from './properties.ts';
export * from './queue.ts';
export * from './remove.ts';
export * from './show.ts';
export * from './workflow-list.ts';
export * from './workflow-tree.ts';
export * from './workflows.ts';
