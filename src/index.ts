/**
 * The library: everything the commands are made of, for scripts that do without the command line. One namespace for
 * each model; their functions take a {@link Db} or an open transaction first, and the present instant last where
 * something is stamped. See docs/library.md.
 */
export { type Database, openDatabase, type OpenOptions } from './library/open-database.ts';
export type { Db } from './db/database.ts';
export { asId, type Id } from './db/ids.ts';
export { all as allOf, type Listing, type Page } from './db/listing.ts';
export { afterCommit, type Isolation, transaction, type TransactionOptions } from './db/transaction.ts';
export { timestamp } from './library/timestamps.ts';
export { now, type Timestamp } from './timestamp.ts';
export type { Json, JsonObject } from './data/json.ts';
export * from './errors.ts';

export * as artifactRelations from './models/artifact-relations.ts';
export * as artifacts from './models/artifacts.ts';
export * as collectionItemMatchConstraints from './models/collection-item-match-constraints.ts';
export * as collectionItems from './models/collection-items.ts';
export * as collections from './models/collections.ts';
export * as expiry from './models/expiry/index.ts';
export * as files from './models/files.ts';
export * as filesInArtifacts from './models/files-in-artifacts.ts';
export * as filesInStores from './models/files-in-stores.ts';
export * as fileStores from './models/file-stores.ts';
export * as fileUploads from './models/file-uploads.ts';
export * as groups from './models/groups.ts';
export * as identities from './models/identities.ts';
export * as lookups from './models/lookups.ts';
export * as migrations from './models/migrations.ts';
export * as notificationChannels from './models/notification-channels.ts';
export * as notifications from './models/notifications.ts';
export type { Notifier, WorkerMessage } from './models/notifier.ts';
export * as orchestrators from './models/orchestrators/index.ts';
export * as permissions from './models/permissions.ts';
export * as tokens from './models/tokens.ts';
export * as users from './models/users.ts';
export * as workers from './models/workers.ts';
export * as workflowTemplates from './models/workflow-templates.ts';
export * as workRequests from './models/work-requests/index.ts';
export * as workspaces from './models/workspaces.ts';
