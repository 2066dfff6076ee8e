/** Rows with dull columns filled in: a test names only what it is about. They insert directly, past the models. */
import { createHash, randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { inserted, one } from '../../src/db/rows.ts';
import { type ArtifactRelation, artifactRelations } from '../../src/schema/artifact-relations.ts';
import { type Artifact, artifacts } from '../../src/schema/artifacts.ts';
import { type CollectionItem, collectionItems } from '../../src/schema/collection-items.ts';
import { type Collection, collections } from '../../src/schema/collections.ts';
import { type FileStore, fileStores } from '../../src/schema/file-stores.ts';
import { type File, files } from '../../src/schema/files.ts';
import { type FileInArtifact, filesInArtifacts } from '../../src/schema/files-in-artifacts.ts';
import { type FileInStore, filesInStores } from '../../src/schema/files-in-stores.ts';
import { type FileUpload, fileUploads } from '../../src/schema/file-uploads.ts';
import { type Token, tokens } from '../../src/schema/tokens.ts';
import { type User, users } from '../../src/schema/users.ts';
import { type Worker, workers } from '../../src/schema/workers.ts';
import { type WorkflowTemplate, workflowTemplates } from '../../src/schema/workflow-templates.ts';
import { type WorkRequest, workRequests } from '../../src/schema/work-requests.ts';
import { type Workspace, workspaces } from '../../src/schema/workspaces.ts';
import type { Timestamp } from '../../src/timestamp.ts';

/** `2024-05-01`, `2024-05-01 10:00` or `2024-05-01 10:00:00.000001` as a Timestamp in UTC. */
export function at(text: string): Timestamp {
  const [date = '', time = ''] = text.split(' ');
  const [clock = '', fraction = ''] = time.split('.');
  const full = `${clock}${'00:00:00'.slice(clock.length)}`;
  return `${date}T${full}.${fraction.padEnd(6, '0')}Z` as Timestamp;
}

/** A name nobody else has, so that tests of one file do not meet. */
export const unique = (prefix: string): string => `${prefix}-${randomBytes(4).toString('hex')}`;

const when = at('2024-05-01 10:00');

/** The workspace of every fresh database. */
export async function systemWorkspace(db: Db): Promise<Workspace> {
  return one(await db.select().from(workspaces).where(eq(workspaces.name, 'System')), 'no workspace System');
}

export async function aFileStore(db: Db, given: Partial<FileStore> = {}): Promise<FileStore> {
  const row = { name: unique('store'), backend: 'Local', configuration: {}, ...given };
  return inserted(await db.insert(fileStores).values(row).returning());
}

export async function aWorkspace(db: Db, given: Partial<Workspace> = {}): Promise<Workspace> {
  const row = {
    name: unique('workspace'),
    public: false,
    defaultExpirationDelay: '0',
    defaultFileStoreId: 1 as Id<'FileStore'>,
    ...given,
  };
  return inserted(await db.insert(workspaces).values(row).returning());
}

export async function aUser(db: Db, given: Partial<User> = {}): Promise<User> {
  const username = given.username ?? unique('user');
  const row = {
    password: '!unusable',
    isSuperuser: false,
    username,
    firstName: '',
    lastName: '',
    isStaff: false,
    isActive: true,
    dateJoined: when,
    email: `${username}@example.org`,
    ...given,
  };
  return inserted(await db.insert(users).values(row).returning());
}

export async function aToken(db: Db, given: Partial<Token> = {}): Promise<Token> {
  const hash = createHash('sha256').update(randomBytes(32)).digest('hex');
  const row = { comment: '', createdAt: when, enabled: true, hash, ...given };
  return inserted(await db.insert(tokens).values(row).returning());
}

/** An external worker with an enabled token of its own, unless told otherwise. */
export async function aWorker(db: Db, given: Partial<Worker> = {}): Promise<Worker> {
  const needsToken = given.tokenId === undefined && given.internal !== true;
  const row = {
    name: unique('worker'),
    registeredAt: when,
    staticMetadata: {},
    dynamicMetadata: {},
    concurrency: 1,
    internal: false,
    ...(needsToken ? { tokenId: (await aToken(db)).id } : {}),
    ...given,
  };
  return inserted(await db.insert(workers).values(row).returning());
}

export async function anArtifact(db: Db, given: Partial<Artifact> = {}): Promise<Artifact> {
  const row = {
    category: 'debusine:work-request-debug-logs',
    data: {},
    createdAt: when,
    workspaceId: 1 as Id<'Workspace'>,
    ...given,
  };
  return inserted(await db.insert(artifacts).values(row).returning());
}

export async function aRelation(
  db: Db,
  from: Artifact,
  to: Artifact,
  type: ArtifactRelation['type'] = 'relates-to',
): Promise<ArtifactRelation> {
  return inserted(
    await db.insert(artifactRelations).values({ artifactId: from.id, targetId: to.id, type }).returning(),
  );
}

/** A row for the given bytes (random ones by default); nothing is put on disk. */
export async function aFile(db: Db, content: string | Buffer = randomBytes(16)): Promise<File> {
  const sha256 = createHash('sha256').update(content).digest();
  return inserted(
    await db
      .insert(files)
      .values({ sha256, size: Buffer.byteLength(content) })
      .returning(),
  );
}

export async function aFileInArtifact(
  db: Db,
  artifact: Artifact,
  file: File,
  path = unique('path'),
): Promise<FileInArtifact> {
  return inserted(
    await db.insert(filesInArtifacts).values({ artifactId: artifact.id, fileId: file.id, path }).returning(),
  );
}

export async function aFileInStore(db: Db, file: File, store?: FileStore, data = {}): Promise<FileInStore> {
  const storeId = store?.id ?? (1 as Id<'FileStore'>);
  return inserted(await db.insert(filesInStores).values({ fileId: file.id, storeId, data }).returning());
}

export async function anUpload(
  db: Db,
  part: FileInArtifact,
  given: Partial<FileUpload> = {},
): Promise<FileUpload> {
  const row = { path: unique('upload'), lastActivityAt: when, fileInArtifactId: part.id, ...given };
  return inserted(await db.insert(fileUploads).values(row).returning());
}

export async function aCollection(db: Db, given: Partial<Collection> = {}): Promise<Collection> {
  const row = {
    name: unique('collection'),
    category: 'debian:suite',
    data: {},
    workspaceId: 1 as Id<'Workspace'>,
    ...given,
  };
  return inserted(await db.insert(collections).values(row).returning());
}

/** An active item that holds the artifact; its creator is made when not given. */
export async function anItem(
  db: Db,
  parent: Collection,
  artifact: Artifact,
  given: Partial<CollectionItem> = {},
): Promise<CollectionItem> {
  const row = {
    name: unique('item'),
    childType: 'a' as const,
    category: artifact.category,
    data: {},
    createdAt: when,
    artifactId: artifact.id,
    parentCollectionId: parent.id,
    ...given,
    createdByUserId: given.createdByUserId ?? (await aUser(db)).id,
  };
  return inserted(await db.insert(collectionItems).values(row).returning());
}

export async function aWorkRequest(db: Db, given: Partial<WorkRequest> = {}): Promise<WorkRequest> {
  const row = {
    createdAt: when,
    status: 'pending' as const,
    result: '' as const,
    taskType: 'Worker' as const,
    taskName: 'noop',
    taskData: {},
    workflowDataJson: {},
    eventReactionsJson: {},
    unblockStrategy: 'deps' as const,
    priorityBase: 0,
    priorityAdjustment: 0,
    workspaceId: 1 as Id<'Workspace'>,
    ...given,
    createdById: given.createdById ?? (await aUser(db)).id,
  };
  return inserted(await db.insert(workRequests).values(row).returning());
}

export async function aWorkflowTemplate(
  db: Db,
  given: Partial<WorkflowTemplate> = {},
): Promise<WorkflowTemplate> {
  const row = {
    name: unique('template'),
    taskName: 'noop',
    taskData: {},
    priority: 0,
    workspaceId: 1 as Id<'Workspace'>,
    ...given,
  };
  return inserted(await db.insert(workflowTemplates).values(row).returning());
}
