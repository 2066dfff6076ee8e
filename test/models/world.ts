/** One of everything, each with so many rows of every kind that can belong to it. */
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { inserted } from '../../src/db/rows.ts';
import type { Artifact } from '../../src/schema/artifacts.ts';
import { collectionItemMatchConstraints } from '../../src/schema/collection-item-match-constraints.ts';
import { type CollectionItem, collectionItems } from '../../src/schema/collection-items.ts';
import type { Collection } from '../../src/schema/collections.ts';
import type { File } from '../../src/schema/files.ts';
import { groupPermissions, groups } from '../../src/schema/groups.ts';
import { identities } from '../../src/schema/identities.ts';
import { notificationChannels } from '../../src/schema/notification-channels.ts';
import { userGroups, userPermissions } from '../../src/schema/users.ts';
import type { WorkRequest } from '../../src/schema/work-requests.ts';
import { workRequestDependencies } from '../../src/schema/work-requests.ts';
import { workspaceOtherFileStores } from '../../src/schema/workspaces.ts';
import {
  aCollection,
  aFile,
  aFileInArtifact,
  aFileInStore,
  aFileStore,
  anArtifact,
  anItem,
  anUpload,
  aRelation,
  at,
  aToken,
  aUser,
  aWorker,
  aWorkflowTemplate,
  aWorkRequest,
  aWorkspace,
  unique,
} from '../support/factories.ts';

const when = at('2024-05-01 10:00');

export type World = Awaited<ReturnType<typeof makeWorld>>;

/** @param size how many rows of each kind belong to each thing */
export async function makeWorld(db: Db, size: number) {
  const times = async <T>(make: (position: number) => Promise<T>): Promise<readonly T[]> => {
    const made: T[] = [];
    for (let position = 0; position < size; position += 1) made.push(await make(position));
    return made;
  };
  const user = await aUser(db);
  const store = await aFileStore(db, { configuration: { base_directory: '/nonexistent' } });
  const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
  const own = { workspaceId: workspace.id, createdById: user.id };

  const users = await times(() => aUser(db));
  const tokens = await times(() => aToken(db, { userId: user.id }));
  const workers = await times(() => aWorker(db, { connectedAt: when }));
  const worker = await aWorker(db, { connectedAt: when, concurrency: 3 });
  const stores = await times(() => aFileStore(db));
  const workspaces = await times(() => aWorkspace(db, { defaultFileStoreId: store.id }));
  for (const other of stores) {
    await db.insert(workspaceOtherFileStores).values({ workspaceId: workspace.id, fileStoreId: other.id });
  }
  for (const other of workspaces) {
    await db.insert(workspaceOtherFileStores).values({ workspaceId: other.id, fileStoreId: store.id });
  }
  const group = inserted(
    await db
      .insert(groups)
      .values({ name: unique('group') })
      .returning(),
  );
  for (let permission = 1; permission <= size; permission += 1) {
    const permissionId = permission as Id<'Permission'>;
    await db.insert(groupPermissions).values({ groupId: group.id, permissionId });
    await db.insert(userPermissions).values({ userId: user.id, permissionId });
  }
  await times(async (position) => {
    const other = inserted(
      await db
        .insert(groups)
        .values({ name: unique('group') })
        .returning(),
    );
    await db.insert(userGroups).values({ userId: user.id, groupId: other.id });
    await db.insert(userGroups).values({ userId: users[position]?.id ?? user.id, groupId: group.id });
    const identity = { issuer: 'sso', subject: unique('s'), claims: {}, lastUsed: when, userId: user.id };
    await db.insert(identities).values(identity);
  });

  const collection = await aCollection(db, { workspaceId: workspace.id, category: 'debian:environments' });
  const request = await aWorkRequest(db, {
    ...own,
    taskType: 'Workflow',
    status: 'running',
    internalCollectionId: collection.id,
  });
  const child = (given: Partial<WorkRequest>) => aWorkRequest(db, { ...own, parentId: request.id, ...given });
  const link = (from: WorkRequest, to: WorkRequest) =>
    db.insert(workRequestDependencies).values({ fromWorkRequestId: from.id, toWorkRequestId: to.id });
  const pending = await times(() => child({ status: 'pending', workerId: worker.id }));
  const running = await times(() => child({ status: 'running', workerId: worker.id, startedAt: when }));
  const blocked = await times(() => child({ status: 'blocked' }));
  const finished = await times(() => child({ status: 'completed', result: 'success' }));
  await times(() => child({ status: 'aborted' }));
  for (const dependant of blocked) await link(dependant, request);
  for (const dependency of finished) await link(request, dependency);
  await times(() =>
    aWorkRequest(db, {
      ...own,
      taskType: 'Workflow',
      internalCollectionId: collection.id,
      status: 'blocked',
    }),
  );
  const idle = await times(() => aWorkRequest(db, { ...own, status: 'pending' }));
  const templates = await times(() => aWorkflowTemplate(db, { workspaceId: workspace.id }));

  const made = { ...own, createdByWorkRequestId: request.id, expirationDelay: '1 day' };
  const artifact = await anArtifact(db, made);
  const file = await aFile(db);
  const artifacts = await times(() => anArtifact(db, made));
  const loose = await times(() => anArtifact(db, { ...own, expirationDelay: '1 day' }));
  for (const other of artifacts) {
    await aRelation(db, artifact, other);
    await aRelation(db, other, artifact, 'extends');
    await anUpload(db, await aFileInArtifact(db, other, file));
  }
  for (const other of stores) await aFileInStore(db, file, other);
  const files = await times(() => aFile(db));
  for (const other of files) {
    await aFileInArtifact(db, artifact, other);
    await aFileInStore(db, other, store);
  }
  const marks = { createdByUserId: user.id, removedByUserId: user.id, removedAt: when };
  const collections = await times(async () => {
    const other = await aCollection(db, { workspaceId: workspace.id });
    await anItem(db, other, artifact, { createdByUserId: user.id });
    await aHolding(db, { parent: collection, child: other, createdByUserId: user.id });
    await aHolding(db, { parent: other, child: collection, createdByUserId: user.id });
    return other;
  });
  for (const other of artifacts) {
    await anItem(db, collection, other, marks);
    const item = await anItem(db, collection, other, { createdByUserId: user.id });
    await db.insert(collectionItemMatchConstraints).values({
      collectionId: collection.id,
      collectionItemId: item.id,
      constraintName: 'pool-file',
      key: unique('key'),
      value: 'sha256:1',
    });
  }
  const channels = await times(async () => {
    const row = { name: unique('c'), method: 'email', data: {} };
    return inserted(await db.insert(notificationChannels).values(row).returning());
  });
  return {
    ...{ user, store, workspace, worker, group, collection, request, artifact, file },
    ...{ users, tokens, workers, stores, workspaces, pending, running, blocked, finished, idle, templates },
    ...{ artifacts, loose, files, collections, channels },
  };
}

async function aHolding(
  db: Db,
  given: { readonly parent: Collection; readonly child: Collection } & Pick<
    CollectionItem,
    'createdByUserId'
  >,
): Promise<void> {
  const { parent, child, createdByUserId } = given;
  await db.insert(collectionItems).values({
    name: unique('item'),
    childType: 'c',
    category: child.category,
    data: {},
    createdAt: when,
    collectionId: child.id,
    parentCollectionId: parent.id,
    createdByUserId,
  });
}

/** The thing of each model that rows belong to. */
export function hub(world: World, model: string): number {
  const found: Readonly<Record<string, Artifact | File | { readonly id: number }>> = {
    Artifact: world.artifact,
    Collection: world.collection,
    File: world.file,
    FileStore: world.store,
    Group: world.group,
    User: world.user,
    Worker: world.worker,
    WorkRequest: world.request,
    Workspace: world.workspace,
  };
  const thing = Object.hasOwn(found, model) ? found[model] : undefined;
  if (thing === undefined) throw new Error(`the world has no ${model}: add one to test/models/world.ts`);
  return thing.id;
}
