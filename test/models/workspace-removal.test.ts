/** Deleting workspaces with everything in them. */
import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { transaction } from '../../src/db/transaction.ts';
import { NotFoundError, ProtectedError } from '../../src/errors.ts';
import * as workspaces from '../../src/models/workspaces.ts';
import { artifactRelations } from '../../src/schema/artifact-relations.ts';
import { artifacts } from '../../src/schema/artifacts.ts';
import { collectionItemMatchConstraints } from '../../src/schema/collection-item-match-constraints.ts';
import { collectionItems } from '../../src/schema/collection-items.ts';
import { collections } from '../../src/schema/collections.ts';
import { fileUploads } from '../../src/schema/file-uploads.ts';
import { filesInArtifacts } from '../../src/schema/files-in-artifacts.ts';
import { files } from '../../src/schema/files.ts';
import { workRequestDependencies, workRequests } from '../../src/schema/work-requests.ts';
import {
  type Workspace,
  workspaceOtherFileStores,
  workspaces as table,
} from '../../src/schema/workspaces.ts';
import { test } from '../support/database.ts';
import {
  aCollection,
  aFile,
  aFileInArtifact,
  aFileStore,
  anArtifact,
  anItem,
  anUpload,
  aRelation,
  at,
  aWorkflowTemplate,
  aWorkRequest,
  aWorkspace,
  systemWorkspace,
} from '../support/factories.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const now = at('2024-05-02 09:14:07.530864');
const options = { defaultName: 'System' };

/** Every row of every table that a workspace can have rows in; to see that nothing else has gone. */
async function everything(db: Db): Promise<Record<string, unknown>> {
  const tables = [
    'db_artifact',
    'db_artifactrelation',
    'db_collection',
    'db_collectionitem',
    'db_collectionitemmatchconstraint',
    'db_file',
    'db_fileinartifact',
    'db_fileinstore',
    'db_fileupload',
    'db_workflowtemplate',
    'db_workrequest',
    'db_workrequest_dependencies',
    'db_workspace',
    'db_workspace_other_file_stores',
  ];
  const rows: Record<string, unknown> = {};
  for (const name of tables) {
    rows[name] = await db.execute(
      sql`select to_jsonb(t)::text as row from ${sql.identifier(name)} t order by t.id`,
    );
  }
  return rows;
}

/**
 * Puts a bit of everything into a workspace, and files of which one is used elsewhere, too.
 * @returns the path of an unfinished upload
 */
async function furnish(db: Db, workspace: Workspace): Promise<string> {
  const own = { workspaceId: workspace.id };
  const elsewhere = await anArtifact(db);
  const [mine, shared] = [await aFile(db, randomBytes(12)), await aFile(db)];
  const parent = await aWorkRequest(db, { ...own, taskType: 'Workflow', status: 'completed' });
  const request = await aWorkRequest(db, { ...own, status: 'completed', parentId: parent.id });
  const blocked = await aWorkRequest(db, { ...own, status: 'blocked' });
  await db
    .insert(workRequestDependencies)
    .values({ fromWorkRequestId: blocked.id, toWorkRequestId: request.id });
  const artifact = await anArtifact(db, { ...own, createdByWorkRequestId: request.id });
  const other = await anArtifact(db, own);
  await aFileInArtifact(db, artifact, mine);
  const upload = await anUpload(db, await aFileInArtifact(db, other, mine));
  await aFileInArtifact(db, other, shared);
  await aFileInArtifact(db, elsewhere, shared);
  await aRelation(db, artifact, other);
  await aRelation(db, elsewhere, artifact);
  await aRelation(db, other, elsewhere);
  const collection = await aCollection(db, own);
  const item = await anItem(db, collection, artifact);
  await anItem(db, collection, elsewhere);
  await db.insert(collectionItemMatchConstraints).values({
    collectionId: collection.id,
    collectionItemId: item.id,
    constraintName: 'pool-file',
    key: 'k',
    value: 'v',
  });
  await db.insert(workRequests).values({ ...omitId(parent), internalCollectionId: collection.id });
  await aWorkflowTemplate(db, own);
  await db
    .insert(workspaceOtherFileStores)
    .values({ workspaceId: workspace.id, fileStoreId: (await aFileStore(db)).id });
  return upload.path;
}

const omitId = <Row extends { id: unknown }>({ id: _, ...rest }: Row): Omit<Row, 'id'> => rest;

const contents = {
  artifacts: 2,
  files: 1,
  bytes: 12,
  collections: 1,
  collection_items: 2,
  work_requests: 4,
  workflow_templates: 1,
};

test('removing a workspace takes everything in it along and nothing else', async ({ db }) => {
  const kept = await aWorkspace(db);
  await furnish(db, kept);
  const doomed = await aWorkspace(db);
  const path = await furnish(db, doomed);
  const before = {
    artifacts: await db.select().from(artifacts).orderBy(artifacts.id),
    parts: await db.select().from(filesInArtifacts).orderBy(filesInArtifacts.id),
    files: await db.select().from(files).orderBy(files.id),
    requests: await db.select().from(workRequests).orderBy(workRequests.id),
  };

  const removed = await workspaces.remove(db, doomed.id, options, now);

  expect(removed).toEqual({
    name: doomed.name,
    ...contents,
    unusedFiles: [expect.any(Number)],
    uploadPaths: [path],
  });
  const elsewhere = before.artifacts.filter(({ workspaceId }) => workspaceId !== doomed.id);
  expect(await db.select().from(artifacts).orderBy(artifacts.id)).toEqual(elsewhere);
  expect(await db.select().from(workRequests).orderBy(workRequests.id)).toEqual(
    before.requests.filter(({ workspaceId }) => workspaceId !== doomed.id),
  );
  expect(await db.select().from(filesInArtifacts).orderBy(filesInArtifacts.id)).toEqual(
    before.parts.filter(({ artifactId }) => elsewhere.some(({ id }) => id === artifactId)),
  );
  expect(await db.select().from(files).orderBy(files.id)).toEqual(before.files);
  expect(await db.$count(table, eq(table.id, doomed.id))).toBe(0);
  expect(await db.$count(collections, eq(collections.workspaceId, doomed.id))).toBe(0);
  expect(await db.$count(fileUploads)).toBe(1);
  expect(await db.$count(workspaceOtherFileStores)).toBe(1);
  expect(await workspaces.removal(db, kept.id, options)).toEqual({
    name: kept.name,
    ...contents,
    blocked_by: [],
  });
});

test('the files it returns are named by no artifact any more', async ({ db }) => {
  const workspace = await aWorkspace(db);
  await furnish(db, workspace);

  const { unusedFiles } = await workspaces.remove(db, workspace.id, options, now);

  for (const id of unusedFiles) {
    expect(await db.$count(filesInArtifacts, eq(filesInArtifacts.fileId, id))).toBe(0);
    expect(await db.$count(files, eq(files.id, id))).toBe(1);
  }
});

test('the plan counts exactly what a removal takes, and changes nothing', async ({ db }) => {
  const workspace = await aWorkspace(db);
  await furnish(db, workspace);
  const before = await everything(db);

  const plan = await workspaces.removal(db, workspace.id, options);
  expect(await everything(db)).toEqual(before);
  const { unusedFiles, uploadPaths: _, ...removed } = await workspaces.remove(db, workspace.id, options, now);

  expect(plan).toEqual({ ...removed, blocked_by: [] });
  expect(unusedFiles).toHaveLength(plan.files);
});

test('the default workspace stays, and an unknown one is not found', async ({ db }) => {
  const system = await systemWorkspace(db);
  const none = 987_654 as Id<'Workspace'>;

  await expect(workspaces.remove(db, system.id, options, now)).rejects.toMatchObject({
    constructor: ProtectedError,
    message: 'workspace "System" is the default workspace and cannot be deleted',
  });
  await expect(workspaces.removal(db, system.id, options)).rejects.toThrow(ProtectedError);
  await expect(workspaces.remove(db, none, options, now)).rejects.toThrow(NotFoundError);
  await expect(workspaces.removal(db, none, options)).rejects.toThrow(NotFoundError);
});

test('an empty workspace goes with its links to stores', async ({ db }) => {
  const workspace = await aWorkspace(db);

  const removed = await workspaces.remove(db, workspace.id, options, now);

  expect(removed).toMatchObject({ artifacts: 0, files: 0, bytes: 0, unusedFiles: [], uploadPaths: [] });
});

describe('work that is not done', () => {
  test.for(['pending', 'running'] as const)('blocks the removal while it is %s', async (status, { db }) => {
    const workspace = await aWorkspace(db);
    const { id } = await aWorkRequest(db, { workspaceId: workspace.id, status });
    const before = await everything(db);

    await expect(workspaces.remove(db, workspace.id, options, now)).rejects.toMatchObject({
      constructor: ProtectedError,
      message: `workspace "${workspace.name}" is still needed: 1 work request (${id}) pending or running`,
      hint: '--abort-running gives that work up',
    });
    expect(await everything(db)).toEqual(before);
    expect((await workspaces.removal(db, workspace.id, options)).blocked_by).toEqual([
      { kind: 'active_work_requests', workspace: workspace.name, count: 1, ids: [id] },
    ]);
  });

  test('is given up when told so', async ({ db }) => {
    const workspace = await aWorkspace(db);
    await aWorkRequest(db, { workspaceId: workspace.id, status: 'running' });
    const giveUp = { ...options, abortRunning: true };

    expect((await workspaces.removal(db, workspace.id, giveUp)).blocked_by).toEqual([]);
    expect(await workspaces.remove(db, workspace.id, giveUp, now)).toMatchObject({ work_requests: 1 });
  });
});

describe('references from another workspace', () => {
  const held = async (db: Db, workspace: Workspace) => {
    const artifact = await anArtifact(db, { workspaceId: workspace.id });
    return anItem(db, await aCollection(db), artifact);
  };

  test('block the removal while an item there holds an artifact, removed or not', async ({ db }) => {
    const workspace = await aWorkspace(db);
    const active = await held(db, workspace);
    const removed = await held(db, workspace);
    await db.update(collectionItems).set({ removedAt: now }).where(eq(collectionItems.id, removed.id));
    const before = await everything(db);

    await expect(workspaces.remove(db, workspace.id, options, now)).rejects.toMatchObject({
      constructor: ProtectedError,
      message: `workspace "${workspace.name}" is still needed: 2 collection items (${active.id}, ${removed.id}) in "System"`,
      hint: '--detach cuts the references',
      details: {
        blocked_by: [
          { kind: 'collection_items', workspace: 'System', count: 2, ids: [active.id, removed.id] },
        ],
      },
    });
    expect(await everything(db)).toEqual(before);
  });

  test('are cut when told so: items let go and are marked removed, once', async ({ db }) => {
    const workspace = await aWorkspace(db);
    const active = await held(db, workspace);
    const removed = await held(db, workspace);
    const long = at('2020-01-01');
    await db.update(collectionItems).set({ removedAt: long }).where(eq(collectionItems.id, removed.id));
    const inner = await aCollection(db, { workspaceId: workspace.id });
    const holder = await held(db, workspace);
    const collection = {
      childType: 'c',
      artifactId: null,
      collectionId: inner.id,
      category: inner.category,
    } as const;
    await db.update(collectionItems).set(collection).where(eq(collectionItems.id, holder.id));

    await workspaces.remove(db, workspace.id, { ...options, detach: true }, now);

    const item = async (id: Id<'CollectionItem'>) => {
      const [row] = await db.select().from(collectionItems).where(eq(collectionItems.id, id));
      return row;
    };
    expect(await item(active.id)).toEqual({ ...active, artifactId: null, removedAt: now });
    expect(await item(removed.id)).toEqual({ ...removed, artifactId: null, removedAt: long });
    expect(await item(holder.id)).toMatchObject({ childType: 'c', collectionId: null, removedAt: now });
  });

  test('block the removal while work requests there depend on ones here, are their children or use a collection', async ({
    db,
  }) => {
    const workspace = await aWorkspace(db);
    const other = await aWorkspace(db);
    const request = await aWorkRequest(db, { workspaceId: workspace.id, status: 'completed' });
    const collection = await aCollection(db, { workspaceId: workspace.id });
    const elsewhere = { workspaceId: other.id, status: 'blocked' } as const;
    const dependant = await aWorkRequest(db, elsewhere);
    await db
      .insert(workRequestDependencies)
      .values({ fromWorkRequestId: dependant.id, toWorkRequestId: request.id });
    const child = await aWorkRequest(db, { ...elsewhere, parentId: request.id });
    const root = await aWorkRequest(db, { ...elsewhere, internalCollectionId: collection.id });
    const artifact = await anArtifact(db, { createdByWorkRequestId: request.id });

    expect((await workspaces.removal(db, workspace.id, options)).blocked_by).toEqual([
      { kind: 'artifacts', workspace: 'System', count: 1, ids: [artifact.id] },
      { kind: 'work_requests', workspace: other.name, count: 3, ids: [dependant.id, child.id, root.id] },
    ]);
    await expect(workspaces.remove(db, workspace.id, options, now)).rejects.toThrow(
      /1 artifact \(\d+\) in "System" made by its work requests; 3 work requests/,
    );

    const detach = { ...options, detach: true };
    expect((await workspaces.removal(db, workspace.id, detach)).blocked_by).toEqual([]);
    await workspaces.remove(db, workspace.id, detach, now);

    expect(await db.select().from(artifacts).where(eq(artifacts.id, artifact.id))).toEqual([
      { ...artifact, createdByWorkRequestId: null },
    ]);
    expect(
      await db
        .select()
        .from(workRequests)
        .where(eq(workRequests.workspaceId, other.id))
        .orderBy(workRequests.id),
    ).toEqual([dependant, { ...child, parentId: null }, { ...root, internalCollectionId: null }]);
    expect(
      await db.$count(workRequestDependencies, eq(workRequestDependencies.fromWorkRequestId, dependant.id)),
    ).toBe(0);
  });

  test('by relations never block: they are removed, in both directions', async ({ db }) => {
    const workspace = await aWorkspace(db);
    const mine = await anArtifact(db, { workspaceId: workspace.id });
    const theirs = await anArtifact(db);
    await aRelation(db, mine, theirs);
    await aRelation(db, theirs, mine);

    await workspaces.remove(db, workspace.id, options, now);

    expect(await db.$count(artifactRelations)).toBe(0);
    expect(await db.$count(artifacts, eq(artifacts.id, theirs.id))).toBe(1);
  });

  test('are listed with ten ids at most', async ({ db }) => {
    const workspace = await aWorkspace(db);
    for (let i = 0; i < 11; i += 1) await held(db, workspace);

    const [blocker] = (await workspaces.removal(db, workspace.id, options)).blocked_by;

    expect(blocker).toMatchObject({ count: 11 });
    expect(blocker?.ids).toHaveLength(10);
    await expect(workspaces.remove(db, workspace.id, options, now)).rejects.toThrow(
      /11 collection items \(.*, …\)/,
    );
  });
});

describe('while others are at work', () => {
  test('an artifact that is added at that moment is refused, and the workspace goes', async ({
    database,
  }) => {
    const workspace = await aWorkspace(database.db);
    const removal = await begin(database);
    await workspaces.remove(removal.tx, workspace.id, options, now);

    const adding = await session(database);
    const refused = expect(
      transaction(adding.db, (tx) => anArtifact(tx, { workspaceId: workspace.id })),
    ).rejects.toMatchObject({ kind: 'foreign-key' });
    await untilBlocked(database, adding.pid);
    await removal.commit();

    await refused;
  });

  test('an item elsewhere that picks an artifact up at that moment is refused', async ({ database }) => {
    const { db } = database;
    const workspace = await aWorkspace(db);
    const artifact = await anArtifact(db, { workspaceId: workspace.id });
    const collection = await aCollection(db);
    const removal = await begin(database);
    await workspaces.remove(removal.tx, workspace.id, options, now);

    const adding = await session(database);
    const refused = expect(
      transaction(adding.db, (tx) => anItem(tx, collection, artifact)),
    ).rejects.toMatchObject({
      kind: 'foreign-key',
    });
    await untilBlocked(database, adding.pid);
    await removal.commit();

    await refused;
  });

  test('the removal waits for an artifact that is being added, and takes it along', async ({ database }) => {
    const workspace = await aWorkspace(database.db);
    const adding = await begin(database);
    await anArtifact(adding.tx, { workspaceId: workspace.id });
    // The check of the foreign key takes its lock at the commit; this takes it now.
    await adding.tx.execute(sql`set constraints all immediate`);

    const remover = await session(database);
    const removing = workspaces.remove(remover.db, workspace.id, options, now);
    await untilBlocked(database, remover.pid);
    await adding.commit();

    expect((await removing).artifacts).toBe(1);
  });
});

test('the removal needs as many statements for a full workspace as for one with a few things', async ({
  database,
}) => {
  const { db } = database;
  const [small, large] = [await aWorkspace(db), await aWorkspace(db)];
  await furnish(db, small);
  for (let i = 0; i < 20; i += 1) await furnish(db, large);

  const few = await countStatements(database, (handle) => workspaces.remove(handle, small.id, options, now));
  const many = await countStatements(database, (handle) => workspaces.remove(handle, large.id, options, now));

  expect(many).toBe(few);
});

describe('removeEmpty', () => {
  test('deletes an empty workspace with its links to stores', async ({ db }) => {
    const workspace = await aWorkspace(db);
    await db
      .insert(workspaceOtherFileStores)
      .values({ workspaceId: workspace.id, fileStoreId: (await aFileStore(db)).id });

    await workspaces.removeEmpty(db, workspace.id);

    expect(await db.$count(table, eq(table.id, workspace.id))).toBe(0);
    await expect(workspaces.removeEmpty(db, workspace.id)).rejects.toThrow(NotFoundError);
  });

  test.for([
    ['an artifact', anArtifact],
    ['a collection', aCollection],
    ['a work request', aWorkRequest],
    ['a workflow template', aWorkflowTemplate],
  ] as const)('refuses a workspace with %s, and changes nothing', async ([, make], { db }) => {
    const workspace = await aWorkspace(db);
    await make(db, { workspaceId: workspace.id });
    await db
      .insert(workspaceOtherFileStores)
      .values({ workspaceId: workspace.id, fileStoreId: (await aFileStore(db)).id });

    await expect(workspaces.removeEmpty(db, workspace.id)).rejects.toThrow(ProtectedError);

    expect(await workspaces.otherFileStores(db, workspace.id)).toHaveLength(1);
    expect(await workspaces.get(db, workspace.id)).toEqual(workspace);
  });
});
