/** Deleting workspaces with everything in them. Source: models.md 2.4, cli.md 8.4 (delete-workspace). */
import { eq, type SQL, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ProtectedError } from '../../errors.ts';
import { type Workspace, workspaceOtherFileStores, workspaces } from '../../schema/workspaces.ts';
import type { Timestamp } from '../../timestamp.ts';
import { refuseWhenReferredTo } from '../references.ts';
import { type Blocker, blockers, detach } from './references.ts';

/** What a workspace holds, and what would go with it. */
export interface WorkspaceContents {
  readonly name: string;
  readonly artifacts: number;
  /** Files that no artifact of another workspace names. */
  readonly files: number;
  /** Their size. */
  readonly bytes: number;
  readonly collections: number;
  readonly collection_items: number;
  readonly work_requests: number;
  readonly workflow_templates: number;
}

/** A deletion that has not happened yet. */
export interface WorkspaceRemoval extends WorkspaceContents {
  /** What stands in the way; empty when it can go. */
  readonly blocked_by: readonly Blocker[];
}

/** A deletion that has happened. What is on disk is left to the caller. */
export interface RemovedWorkspace extends WorkspaceContents {
  /** Files that no artifact names any more, unless somebody started to since. Their rows and bytes are still there. */
  readonly unusedFiles: readonly Id<'File'>[];
  /** Unfinished uploads, whose rows are gone: paths below the upload directory. */
  readonly uploadPaths: readonly string[];
}

export interface RemoveOptions {
  /** Value of the setting `DEBUSINE_DEFAULT_WORKSPACE`: that one stays. */
  readonly defaultName: string;
  /** Cut references from other workspaces. */
  readonly detach?: boolean | undefined;
  /** Give up work that is pending or running. */
  readonly abortRunning?: boolean | undefined;
}

/**
 * What deleting the workspace would do, by the queries that the deletion itself uses. Nothing is changed or locked.
 * @throws NotFoundError when there is no such workspace
 * @throws ProtectedError for the default workspace
 */
export async function removal(
  db: Db,
  id: Id<'Workspace'>,
  options: RemoveOptions,
): Promise<WorkspaceRemoval> {
  const workspace = one(
    await db.select().from(workspaces).where(eq(workspaces.id, id)),
    `workspace ${id} not found`,
  );
  return plan(db, workspace, options);
}

/**
 * Deletes a workspace with everything in it, in one transaction. Relations to artifacts elsewhere go as well.
 * Files and unfinished uploads are returned, not touched: bytes must not go before the commit.
 * @param at when items elsewhere are said to be removed
 * @throws NotFoundError when there is no such workspace
 * @throws ProtectedError for the default workspace, and when something stands in the way; nothing is changed then
 */
export function remove(
  db: Db,
  id: Id<'Workspace'>,
  options: RemoveOptions,
  at: Timestamp,
): Promise<RemovedWorkspace> {
  return transaction(db, async (tx) => {
    // Whoever adds something to the workspace now waits for this lock at the commit, and is refused there.
    const workspace = one(
      await tx.select().from(workspaces).where(eq(workspaces.id, id)).for('update'),
      `workspace ${id} not found`,
    );
    await lockContents(tx, id);
    const { blocked_by, ...contents } = await plan(tx, workspace, options);
    refuseBlocked(workspace, blocked_by);
    const unusedFiles = await tx.execute<{ id: string }>(sql`${filesOnlyUsedBy(id)} order by 1`);
    if (options.detach === true) await detach(tx, id, at);
    const uploadPaths = await deleteContents(tx, id);
    return {
      ...contents,
      unusedFiles: unusedFiles.map((file) => Number(file.id) as Id<'File'>),
      uploadPaths,
    };
  });
}

/**
 * Deletes an empty workspace with its links to stores; artifacts, collections, work requests and templates protect
 * it.
 *
 * Source: models.md 2.4.
 * @throws NotFoundError when there is no such workspace
 * @throws ProtectedError when there is something in it; nothing is changed then
 */
export function removeEmpty(db: Db, id: Id<'Workspace'>): Promise<void> {
  return transaction(db, async (tx) => {
    // Whoever adds something to the workspace now waits for this lock at the commit, and is refused there.
    const { name } = one(
      await tx.select().from(workspaces).where(eq(workspaces.id, id)).for('update'),
      `workspace ${id} not found`,
    );
    const within = (table: SQL): SQL => sql`select id from ${table} where workspace_id = ${id}::bigint`;
    await refuseWhenReferredTo(tx, `workspace ${quote(name)}`, [
      { named: ['artifact', 'artifacts'], rows: within(sql`db_artifact`) },
      { named: ['collection', 'collections'], rows: within(sql`db_collection`) },
      { named: ['work request', 'work requests'], rows: within(sql`db_workrequest`) },
      { named: ['workflow template', 'workflow templates'], rows: within(sql`db_workflowtemplate`) },
    ]);
    await deleteRow(tx, id);
  });
}

/** `select id`: files that artifacts of this workspace name and no artifact elsewhere. */
const filesOnlyUsedBy = (id: Id<'Workspace'>): SQL => sql`
  select distinct p.file_id as id
  from db_artifact a
  join db_fileinartifact p on p.artifact_id = a.id
  where a.workspace_id = ${id}::bigint and not exists (
    select from db_fileinartifact other
    join db_artifact b on b.id = other.artifact_id
    where other.file_id = p.file_id and b.workspace_id <> ${id}::bigint
  )`;

async function plan(db: Db, { id, name }: Workspace, options: RemoveOptions): Promise<WorkspaceRemoval> {
  if (name === options.defaultName) {
    throw new ProtectedError(`workspace ${quote(name)} is the default workspace and cannot be deleted`, {
      details: { kind: 'workspace', name },
    });
  }
  const [row] = await db.execute<{ record: Omit<WorkspaceContents, 'name'> }>(sql`
    select json_build_object(
      'artifacts', (select count(*) from db_artifact where workspace_id = ${id}::bigint),
      'files', files.count,
      'bytes', files.bytes,
      'collections', (select count(*) from db_collection where workspace_id = ${id}::bigint),
      'collection_items', (
        select count(*)
        from db_collectionitem i
        join db_collection c on c.id = i.parent_collection_id
        where c.workspace_id = ${id}::bigint
      ),
      'work_requests', (select count(*) from db_workrequest where workspace_id = ${id}::bigint),
      'workflow_templates', (select count(*) from db_workflowtemplate where workspace_id = ${id}::bigint)
    ) as record
    from (
      select count(*) as count, coalesce(sum(f.size), 0) as bytes
      from (${filesOnlyUsedBy(id)}) only_here
      join db_file f on f.id = only_here.id
    ) files`);
  const found = await blockers(db, id);
  return {
    name,
    ...one(row === undefined ? [] : [row], `workspace ${id} not found`).record,
    blocked_by: found.filter(({ kind }) =>
      kind === 'active_work_requests' ? options.abortRunning !== true : options.detach !== true,
    ),
  };
}

const blockerWords: Readonly<Record<Blocker['kind'], (blocker: Blocker) => string>> = {
  collection_items: (found) => `${counted(found, 'collection item')} in ${quote(found.workspace)}`,
  artifacts: (found) =>
    `${counted(found, 'artifact')} in ${quote(found.workspace)} made by its work requests`,
  work_requests: (found) => `${counted(found, 'work request')} in ${quote(found.workspace)}`,
  active_work_requests: (found) => `${counted(found, 'work request')} pending or running`,
};

function counted({ count, ids }: Blocker, thing: string): string {
  const numbers = `${ids.join(', ')}${count > ids.length ? ', …' : ''}`;
  return `${count} ${thing}${count === 1 ? '' : 's'} (${numbers})`;
}

/** @throws ProtectedError saying what stands in the way */
export function refuseBlocked({ name }: Workspace, found: readonly Blocker[]): void {
  if (found.length === 0) return;
  const isActive = found.some(({ kind }) => kind === 'active_work_requests');
  const isReferredTo = found.some(({ kind }) => kind !== 'active_work_requests');
  const cures = [
    isReferredTo && '--detach cuts the references',
    isActive && '--abort-running gives that work up',
  ].filter((cure) => cure !== false);
  const reasons = found.map((blocker) => blockerWords[blocker.kind](blocker)).join('; ');
  throw new ProtectedError(`workspace ${quote(name)} is still needed: ${reasons}`, {
    hint: cures.join(', '),
    details: { kind: 'workspace', name, blocked_by: found },
  });
}

/**
 * Locks what others may refer to, in the order in which expiry does. A row elsewhere that somebody adds now, and
 * that refers to one of these, waits for the lock at its commit, and is refused there.
 */
async function lockContents(tx: Db, id: Id<'Workspace'>): Promise<void> {
  for (const table of [sql`db_artifact`, sql`db_workrequest`, sql`db_collection`]) {
    // Only counted: the ids of a large workspace need not travel.
    await tx.execute(sql`
      with locked as materialized (
        select id from ${table} where workspace_id = ${id}::bigint order by id for update
      )
      select count(*) from locked`);
  }
}

/**
 * Deletes in the order of dependencies. Work that was pending or running goes with the rest: in this transaction
 * nobody could see that it had been aborted first, and its dependants elsewhere have been cut off.
 * @returns paths of the unfinished uploads
 */
async function deleteContents(tx: Db, id: Id<'Workspace'>): Promise<readonly string[]> {
  const own = (table: SQL): SQL => sql`(select id from ${table} where workspace_id = ${id}::bigint)`;
  const artifacts = own(sql`db_artifact`);
  const collections = own(sql`db_collection`);
  const requests = own(sql`db_workrequest`);
  await tx.execute(sql`delete from db_workflowtemplate where workspace_id = ${id}::bigint`);
  await tx.execute(sql`delete from db_collectionitemmatchconstraint where collection_id in ${collections}`);
  await tx.execute(sql`delete from db_collectionitem where parent_collection_id in ${collections}`);
  const uploads = await tx.execute<{ path: string }>(sql`
    delete from db_fileupload
    where file_in_artifact_id in (select id from db_fileinartifact where artifact_id in ${artifacts})
    returning path`);
  await tx.execute(sql`delete from db_fileinartifact where artifact_id in ${artifacts}`);
  await tx.execute(sql`
    delete from db_artifactrelation
    where id in (
      select id from db_artifactrelation where artifact_id in ${artifacts}
      union
      select id from db_artifactrelation where target_id in ${artifacts}
    )`);
  await tx.execute(sql`delete from db_artifact where workspace_id = ${id}::bigint`);
  await tx.execute(sql`
    delete from db_workrequest_dependencies
    where id in (
      select id from db_workrequest_dependencies where from_workrequest_id in ${requests}
      union
      select id from db_workrequest_dependencies where to_workrequest_id in ${requests}
    )`);
  await tx.execute(sql`delete from db_workrequest where workspace_id = ${id}::bigint`);
  await tx.execute(sql`delete from db_collection where workspace_id = ${id}::bigint`);
  await deleteRow(tx, id);
  return uploads.map(({ path }) => path);
}

async function deleteRow(tx: Db, id: Id<'Workspace'>): Promise<void> {
  await tx.delete(workspaceOtherFileStores).where(eq(workspaceOtherFileStores.workspaceId, id));
  await tx.delete(workspaces).where(eq(workspaces.id, id));
}
