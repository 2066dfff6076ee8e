/** What is in a workspace. Source: models.md 3.8. Each list is ordered by id. */
import { asc, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { type Artifact, artifacts } from '../../schema/artifacts.ts';
import { type Collection, collections } from '../../schema/collections.ts';
import { type FileStore, fileStores } from '../../schema/file-stores.ts';
import { type WorkflowTemplate, workflowTemplates } from '../../schema/workflow-templates.ts';
import { type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import { type Workspace, workspaceOtherFileStores } from '../../schema/workspaces.ts';

/** Artifacts in it. Source: `Workspace.artifact_set`. */
export function artifactSet(db: Db, id: Id<'Workspace'>): Promise<Artifact[]> {
  return db.select().from(artifacts).where(eq(artifacts.workspaceId, id)).orderBy(asc(artifacts.id));
}

/** Collections in it. Source: `Workspace.collection_set`. */
export function collectionSet(db: Db, id: Id<'Workspace'>): Promise<Collection[]> {
  return db.select().from(collections).where(eq(collections.workspaceId, id)).orderBy(asc(collections.id));
}

/** Workflow templates in it. Source: `Workspace.workflowtemplate_set`. */
export function workflowTemplateSet(db: Db, id: Id<'Workspace'>): Promise<WorkflowTemplate[]> {
  return db
    .select()
    .from(workflowTemplates)
    .where(eq(workflowTemplates.workspaceId, id))
    .orderBy(asc(workflowTemplates.id));
}

/** Work requests in it, whatever their status. Source: `Workspace.workrequest_set`. */
export function workRequestSet(db: Db, id: Id<'Workspace'>): Promise<WorkRequest[]> {
  return db.select().from(workRequests).where(eq(workRequests.workspaceId, id)).orderBy(asc(workRequests.id));
}

/** Where new files go. Source: `Workspace.default_file_store`. */
export async function defaultFileStore(db: Db, workspace: Workspace): Promise<FileStore> {
  const rows = await db.select().from(fileStores).where(eq(fileStores.id, workspace.defaultFileStoreId));
  return one(rows, `file store ${workspace.defaultFileStoreId} not found`);
}

/** Further stores whose files count as present. Source: `Workspace.other_file_stores`. */
export async function otherFileStores(db: Db, id: Id<'Workspace'>): Promise<readonly FileStore[]> {
  const rows = await db
    .select({ store: fileStores })
    .from(fileStores)
    .innerJoin(workspaceOtherFileStores, eq(workspaceOtherFileStores.fileStoreId, fileStores.id))
    .where(eq(workspaceOtherFileStores.workspaceId, id))
    .orderBy(asc(fileStores.id));
  return rows.map(({ store }) => store);
}

/**
 * Whether one of the workspace's stores has the file. It says nothing about artifacts: a file that is known through
 * another workspace with the same store counts as present.
 *
 * Source: `Workspace.is_file_in_workspace` in the mission document; the query is that of models.md 3.23.
 */
export async function isFileInWorkspace(
  db: Db,
  id: Id<'Workspace'>,
  file: { readonly id: Id<'File'> },
): Promise<boolean> {
  const [row] = await db.execute<{ present: boolean }>(sql`
    select exists (
      select from db_fileinstore f
      join db_workspace w on w.id = ${id}::bigint
      where f.file_id = ${file.id}::bigint
        and (
          f.store_id = w.default_file_store_id
          or f.store_id in (select o.filestore_id from db_workspace_other_file_stores o where o.workspace_id = w.id)
        )
    ) as present`);
  return row?.present ?? false;
}
