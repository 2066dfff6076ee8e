/** Administrative homes of artifacts, collections and work requests. Source: models.md 3.8; cli.md 8.4. */
export type { Workspace } from '../schema/workspaces.ts';
export type { WhenExisting } from './when-existing.ts';
export * from './workspaces/accessors.ts';
export {
  change,
  type ChangedWorkspace,
  type ChangeOptions,
  type WorkspaceChanges,
} from './workspaces/change.ts';
export * from './workspaces/create.ts';
export * from './workspaces/find.ts';
export * from './workspaces/list.ts';
export type { Blocker } from './workspaces/references.ts';
export * from './workspaces/remove.ts';
export * from './workspaces/show.ts';
export { requireWritableStore, storesByName } from './workspaces/stores.ts';
