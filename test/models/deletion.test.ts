/** What becomes of rows when the row that they refer to is deleted: a rule for every foreign key. */
import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { transaction } from '../../src/db/transaction.ts';
import { ProtectedError } from '../../src/errors.ts';
import * as artifacts from '../../src/models/artifacts.ts';
import * as matchConstraints from '../../src/models/collection-item-match-constraints.ts';
import * as collections from '../../src/models/collections.ts';
import * as fileStores from '../../src/models/file-stores.ts';
import * as files from '../../src/models/files.ts';
import * as filesInArtifacts from '../../src/models/files-in-artifacts.ts';
import * as groups from '../../src/models/groups.ts';
import * as identities from '../../src/models/identities.ts';
import * as permissions from '../../src/models/permissions.ts';
import * as tokens from '../../src/models/tokens.ts';
import * as users from '../../src/models/users.ts';
import * as workRequests from '../../src/models/work-requests/index.ts';
import * as workers from '../../src/models/workers.ts';
import * as workspaces from '../../src/models/workspaces.ts';
import { test } from '../support/database.ts';
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

const now = at('2024-06-01 12:00');
const permission = 1 as Id<'Permission'>;

/** Deletes the row that is referred to, which has just been made together with one that refers to it. */
type Deletion = () => Promise<unknown>;
type Make = (db: Db) => Promise<Deletion>;

async function aGroup(db: Db): Promise<groups.Group> {
  return groups.create(db, unique('group'));
}

async function aDependency(db: Db) {
  const [from, to] = [await aWorkRequest(db, { status: 'blocked' }), await aWorkRequest(db)];
  await workRequests.addDependencies(db, from.id, [to.id]);
  return { from, to };
}

async function aLinkedStore(db: Db) {
  const [workspace, store] = [await aWorkspace(db), await aFileStore(db)];
  await workspaces.change(db, workspace.id, { addOtherFileStores: [store.name] });
  return { workspace, store };
}

/** The deletion is refused, and changes nothing. */
const protect: Readonly<Record<string, Make>> = {
  'db_artifact.created_by_id': async (db) => {
    const user = await aUser(db);
    await anArtifact(db, { createdById: user.id });
    return () => users.remove(db, user.id);
  },
  'db_artifact.created_by_work_request_id': async (db) => {
    const request = await aWorkRequest(db);
    await anArtifact(db, { createdByWorkRequestId: request.id });
    return () => workRequests.remove(db, [request.id]);
  },
  'db_artifact.workspace_id': async (db) => {
    const workspace = await aWorkspace(db);
    await anArtifact(db, { workspaceId: workspace.id });
    return () => workspaces.removeEmpty(db, workspace.id);
  },
  'db_artifactrelation.artifact_id': async (db) => {
    const [one, two] = [await anArtifact(db), await anArtifact(db)];
    await aRelation(db, one, two);
    return () => artifacts.delete(db, one.id);
  },
  'db_artifactrelation.target_id': async (db) => {
    const [one, two] = [await anArtifact(db), await anArtifact(db)];
    await aRelation(db, one, two);
    return () => artifacts.delete(db, two.id);
  },
  'db_collection.workspace_id': async (db) => {
    const workspace = await aWorkspace(db);
    await aCollection(db, { workspaceId: workspace.id });
    return () => workspaces.removeEmpty(db, workspace.id);
  },
  'db_collectionitem.artifact_id': async (db) => {
    const artifact = await anArtifact(db);
    await anItem(db, await aCollection(db), artifact, { removedAt: now });
    return () => artifacts.delete(db, artifact.id);
  },
  'db_collectionitem.collection_id': async (db) => {
    const held = await aCollection(db);
    const holds = { childType: 'c' as const, artifactId: null, collectionId: held.id };
    await anItem(db, await aCollection(db), await anArtifact(db), holds);
    return () => collections.delete(db, held.id);
  },
  'db_collectionitem.created_by_user_id': async (db) => {
    const user = await aUser(db);
    await anItem(db, await aCollection(db), await anArtifact(db), { createdByUserId: user.id });
    return () => users.remove(db, user.id);
  },
  'db_collectionitem.parent_collection_id': async (db) => {
    const parent = await aCollection(db);
    await anItem(db, parent, await anArtifact(db));
    return () => collections.delete(db, parent.id);
  },
  'db_collectionitem.removed_by_user_id': async (db) => {
    const user = await aUser(db);
    const removed = { removedAt: now, removedByUserId: user.id };
    await anItem(db, await aCollection(db), await anArtifact(db), removed);
    return () => users.remove(db, user.id);
  },
  'db_fileinartifact.artifact_id': async (db) => {
    const artifact = await anArtifact(db);
    await aFileInArtifact(db, artifact, await aFile(db));
    return () => artifacts.delete(db, artifact.id);
  },
  'db_fileinartifact.file_id': async (db) => {
    const file = await aFile(db);
    await aFileInArtifact(db, await anArtifact(db), file);
    return () => files.delete(db, file.id);
  },
  'db_fileinstore.file_id': async (db) => {
    const file = await aFile(db);
    await aFileInStore(db, file);
    return () => files.delete(db, file.id);
  },
  'db_fileinstore.store_id': async (db) => {
    const store = await aFileStore(db);
    await aFileInStore(db, await aFile(db), store);
    return () => fileStores.delete(db, store.name);
  },
  'db_fileupload.file_in_artifact_id': async (db) => {
    const part = await aFileInArtifact(db, await anArtifact(db), await aFile(db));
    await anUpload(db, part);
    return () => filesInArtifacts.delete(db, part.id);
  },
  'db_token.user_id': async (db) => {
    const user = await aUser(db);
    await aToken(db, { userId: user.id });
    return () => users.remove(db, user.id);
  },
  'db_worker.token_id': async (db) => {
    const token = await aToken(db);
    await aWorker(db, { tokenId: token.id });
    return () => tokens.remove(db, [token.id]);
  },
  'db_workflowtemplate.workspace_id': async (db) => {
    const workspace = await aWorkspace(db);
    await aWorkflowTemplate(db, { workspaceId: workspace.id });
    return () => workspaces.removeEmpty(db, workspace.id);
  },
  'db_workrequest.created_by_id': async (db) => {
    const user = await aUser(db);
    await aWorkRequest(db, { createdById: user.id });
    return () => users.remove(db, user.id);
  },
  'db_workrequest.internal_collection_id': async (db) => {
    const collection = await aCollection(db);
    await aWorkRequest(db, { internalCollectionId: collection.id });
    return () => collections.delete(db, collection.id);
  },
  'db_workrequest.workspace_id': async (db) => {
    const workspace = await aWorkspace(db);
    await aWorkRequest(db, { workspaceId: workspace.id });
    return () => workspaces.removeEmpty(db, workspace.id);
  },
  'db_workspace.default_file_store_id': async (db) => {
    const store = await aFileStore(db);
    await aWorkspace(db, { defaultFileStoreId: store.id });
    return () => fileStores.delete(db, store.name);
  },
};

/** The row that refers goes as well. */
const cascade: Readonly<Record<string, Make>> = {
  'auth_group_permissions.group_id': async (db) => {
    const group = await aGroup(db);
    await groups.addPermission(db, group.id, permission);
    return () => groups.remove(db, group.id);
  },
  'auth_group_permissions.permission_id': async (db) => {
    await groups.addPermission(db, (await aGroup(db)).id, permission);
    return () => permissions.remove(db, permission);
  },
  'auth_permission.content_type_id': (db) =>
    Promise.resolve(() => permissions.removeContentType(db, 1 as Id<'ContentType'>)),
  'db_collectionitemmatchconstraint.collection_id': async (db) => {
    const { id: collectionId } = await aCollection(db);
    const collectionItemId = 1 as Id<'CollectionItem'>;
    const given = { collectionId, collectionItemId, constraintName: 'n', key: 'k', value: 'v' };
    await matchConstraints.create(db, given);
    return () => collections.delete(db, collectionId);
  },
  'db_user_groups.group_id': async (db) => {
    const group = await aGroup(db);
    await users.addToGroup(db, (await aUser(db)).id, group.id);
    return () => groups.remove(db, group.id);
  },
  'db_user_groups.user_id': async (db) => {
    const user = await aUser(db);
    await users.addToGroup(db, user.id, (await aGroup(db)).id);
    return () => users.remove(db, user.id);
  },
  'db_user_user_permissions.permission_id': async (db) => {
    await users.addPermission(db, (await aUser(db)).id, permission);
    return () => permissions.remove(db, permission);
  },
  'db_user_user_permissions.user_id': async (db) => {
    const user = await aUser(db);
    await users.addPermission(db, user.id, permission);
    return () => users.remove(db, user.id);
  },
  'db_workrequest.parent_id': async (db) => {
    const parent = await aWorkRequest(db, { taskType: 'Workflow' });
    await aWorkRequest(db, { parentId: parent.id });
    return () => workRequests.remove(db, [parent.id]);
  },
  'db_workrequest.worker_id': async (db) => {
    const worker = await aWorker(db);
    await aWorkRequest(db, { workerId: worker.id, status: 'completed', result: 'success' });
    return () => workers.remove(db, worker.id, { cascade: true });
  },
  'db_workrequest_dependencies.from_workrequest_id': async (db) => {
    const { from } = await aDependency(db);
    return () => workRequests.remove(db, [from.id]);
  },
  'db_workrequest_dependencies.to_workrequest_id': async (db) => {
    const { to } = await aDependency(db);
    return () => workRequests.remove(db, [to.id]);
  },
  'db_workspace_other_file_stores.filestore_id': async (db) => {
    const { store } = await aLinkedStore(db);
    return () => fileStores.delete(db, store.name, { force: true });
  },
  'db_workspace_other_file_stores.workspace_id': async (db) => {
    const { workspace } = await aLinkedStore(db);
    return () => workspaces.removeEmpty(db, workspace.id);
  },
};

/** The row that refers stays and refers to nothing. */
const setNull: Readonly<Record<string, Make>> = {
  'db_identity.user_id': async (db) => {
    const user = await aUser(db);
    await identities.create(db, { issuer: 'sso', subject: 's', userId: user.id }, now);
    return () => users.remove(db, user.id);
  },
};

/** Rows of each table, and in how many the column refers to something. */
async function counts(db: Db, key: string): Promise<{ rows: Record<string, number>; referring: number }> {
  const tables = await db.execute<{ name: string }>(
    sql`select relname as name from pg_class where relkind = 'r' and relname ~ '^(db|auth|django)_' order by 1`,
  );
  const rows: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await db.execute<{ count: number }>(
      sql`select count(*)::int as count from ${sql.identifier(name)}`,
    );
    rows[name] = row?.count ?? 0;
  }
  const [table = '', column = ''] = key.split('.');
  const [row] = await db.execute<{ count: number }>(
    sql`select count(${sql.identifier(column)})::int as count from ${sql.identifier(table)}`,
  );
  return { rows, referring: row?.count ?? 0 };
}

/** Whatever dangles is refused now and not at a commit that never comes. */
function checkKeys(db: Db): Promise<unknown> {
  return db.execute(sql`set constraints all immediate`);
}

test('there is a rule for every foreign key of the database', async ({ db }) => {
  const keys = await db.execute<{ key: string }>(sql`
    select conrelid::regclass || '.' || attname as key
    from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'f' and conrelid::regclass::text ~ '^(db|auth|django)_'`);
  const ruled = [protect, cascade, setNull].flatMap((rules) => Object.keys(rules));
  expect(ruled.sort()).toEqual(keys.map(({ key }) => key).sort());
});

describe('a row is protected', () => {
  for (const [key, make] of Object.entries(protect)) {
    test(`by ${key}`, async ({ db }) => {
      const remove = await make(db);
      const before = await counts(db, key);
      await expect(transaction(db, remove)).rejects.toThrow(ProtectedError);
      expect(await counts(db, key)).toEqual(before);
    });
  }
});

describe('a deletion takes along', () => {
  for (const [key, make] of Object.entries(cascade)) {
    test(`the rows of ${key}`, async ({ db }) => {
      const remove = await make(db);
      const before = await counts(db, key);
      await remove();
      expect((await counts(db, key)).referring).toBeLessThan(before.referring);
      await checkKeys(db);
    });
  }
});

describe('a deletion empties', () => {
  for (const [key, make] of Object.entries(setNull)) {
    test(`the column ${key}`, async ({ db }) => {
      const remove = await make(db);
      const before = await counts(db, key);
      await remove();
      const after = await counts(db, key);
      expect(after.referring).toBe(before.referring - 1);
      const [table = ''] = key.split('.');
      expect(after.rows[table]).toBe(before.rows[table]);
      await checkKeys(db);
    });
  }
});

test('a cascade stops at what is protected, and changes nothing', async ({ db }) => {
  const worker = await aWorker(db);
  const request = await aWorkRequest(db, { workerId: worker.id, status: 'completed', result: 'success' });
  await anArtifact(db, { createdByWorkRequestId: request.id });
  const before = await counts(db, 'db_workrequest.worker_id');
  await expect(transaction(db, (tx) => workers.remove(tx, worker.id, { cascade: true }))).rejects.toThrow(
    ProtectedError,
  );
  expect(await counts(db, 'db_workrequest.worker_id')).toEqual(before);
});
