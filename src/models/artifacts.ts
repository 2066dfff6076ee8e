/** Immutable results of work: a category, data and files. Source: models.md 3.9, cli.md 8.7. */
import { eq, getTableColumns, sql } from 'drizzle-orm';
import * as v from 'valibot';
import { artifactSchema, checkArtifact } from '../data/artifact-categories.ts';
import { isMapping, type JsonObject } from '../data/json.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ArgumentError } from '../errors.ts';
import { type ArtifactRelation, artifactRelations } from '../schema/artifact-relations.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import { type CollectionItem, collectionItems } from '../schema/collection-items.ts';
import { type Collection, collections } from '../schema/collections.ts';
import { fileStores } from '../schema/file-stores.ts';
import { type File, files } from '../schema/files.ts';
import { type FileInArtifact, filesInArtifacts } from '../schema/files-in-artifacts.ts';
import { type User, users } from '../schema/users.ts';
import { type WorkRequest, workRequests } from '../schema/work-requests.ts';
import { type Workspace, workspaces } from '../schema/workspaces.ts';
import { hashFile } from '../storage/contents.ts';
import type { Timestamp } from '../timestamp.ts';
import { addingFiles, getBackendObject, type Source, type StoreSettings } from './file-backends.ts';
import { refuseWhenReferredTo } from './references.ts';

export type { Artifact } from '../schema/artifacts.ts';
export {
  effectiveExpirationDelay,
  expireAt,
  expired,
  isExpired,
  notExpired,
  setExpiration,
  type SetExpiration,
} from './artifact-expiry.ts';
export {
  type ArtifactDetails,
  type ArtifactFilter,
  type ArtifactRecord,
  list,
  show,
} from './artifact-records.ts';

/** @throws NotFoundError when there is no such artifact */
export async function get(db: Db, id: Id<'Artifact'>): Promise<Artifact> {
  const rows = await db.select().from(artifacts).where(eq(artifacts.id, id));
  return one(rows, `artifact ${id} not found`, 'see debusine-admin list-artifacts');
}

/** All artifacts by id. */
export function all(db: Db): Promise<Artifact[]> {
  return db.select().from(artifacts).orderBy(artifacts.id);
}

/**
 * Whether category and data go together. What the database holds is not held to it.
 * @throws ValidationError on `data` or `category`
 */
export function clean({ category, data }: { readonly category: string; readonly data: unknown }): void {
  checkArtifact(category, data);
}

export interface NewArtifact {
  readonly category: string;
  readonly workspaceId: Id<'Workspace'>;
  readonly data?: JsonObject;
  readonly createdById?: Id<'User'> | null | undefined;
  readonly createdByWorkRequestId?: Id<'WorkRequest'> | null | undefined;
  /** An interval as the database reads it; `00:00:00` for never, null (the default) to inherit. */
  readonly expirationDelay?: string | null | undefined;
}

/**
 * Makes an artifact without files. Nothing is validated; `clean` does that.
 * @param at becomes `created_at`; there is no other way to set that
 */
export function create(db: Db, given: NewArtifact, at: Timestamp): Promise<Artifact> {
  const row = {
    category: given.category,
    workspaceId: given.workspaceId,
    data: given.data ?? {},
    createdAt: at,
    createdById: given.createdById ?? null,
    createdByWorkRequestId: given.createdByWorkRequestId ?? null,
    expirationDelay: given.expirationDelay ?? null,
  };
  return transaction(db, async (tx) => inserted(await tx.insert(artifacts).values(row).returning()));
}

/** What is to become an artifact. */
export interface LocalArtifact {
  readonly category: string;
  readonly data: JsonObject;
  /** Path inside the artifact → path of the file on this machine. */
  readonly files: ReadonlyMap<string, string>;
}

export interface FromLocalOptions {
  readonly createdByWorkRequest?: Id<'WorkRequest'> | undefined;
  readonly createdBy?: Id<'User'> | undefined;
  /** As in NewArtifact. */
  readonly expirationDelay?: string | null | undefined;
  /** Told how many bytes more have been read; twice the size of all files in the end. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface CreatedArtifact {
  readonly artifact: Artifact;
  /** In the order of the local artifact. */
  readonly files: readonly {
    readonly path: string;
    readonly file: File;
    /** Whether the store did not have the content before. */
    readonly isNew: boolean;
  }[];
}

/**
 * Makes an artifact of local files, which go to the default store of the workspace: everything or nothing. The bytes
 * are in place before the commit, and are removed again when it fails.
 *
 * Source: `ArtifactManager.create_from_local_artifact`; creator and delay are cli.md's. The rules for the category's
 * data and files are not checked, but optional keys of data that fits are written out as null.
 * @param at becomes `created_at`
 * @throws StorageError when a file cannot be read, or changes meanwhile, or cannot be stored; NotSupportedError when
 *   the store is read-only; ArgumentError for an empty path; DataError for one that is too long
 */
export async function createFromLocalArtifact(
  db: Db,
  { category, data, files: paths }: LocalArtifact,
  workspace: Pick<Workspace, 'id'>,
  options: FromLocalOptions,
  settings: StoreSettings,
  at: Timestamp,
): Promise<CreatedArtifact> {
  if (paths.has('')) throw new ArgumentError('the path of a file in an artifact must not be empty');
  const backend = getBackendObject(await defaultStoreOf(db, workspace.id), settings);
  const { createdBy, createdByWorkRequest, expirationDelay, onBytes } = options;
  const sources: Source[] = [];
  // Before the transaction, so that nothing is locked while whole files are read.
  for (const path of paths.values()) {
    sources.push({ path, content: await hashFile(path, (piece) => onBytes?.(piece.length)), onBytes });
  }
  return addingFiles(db, backend, async (tx, addFiles) => {
    const artifact = await create(
      tx,
      {
        category,
        workspaceId: workspace.id,
        data: withOptionalKeys(category, data),
        createdById: createdBy,
        createdByWorkRequestId: createdByWorkRequest,
        expirationDelay,
      },
      at,
    );
    const added = await addFiles(sources);
    const inner = [...paths.keys()];
    const shown = added.map((result, position) => ({ path: inner[position] ?? '', ...result }));
    // The files are held until the commit, see `hold` in files.ts, so none of them goes before this names it.
    const rows = JSON.stringify(shown.map(({ path, file }) => ({ path, file: file.id })));
    await tx.execute(sql`
      insert into ${filesInArtifacts} (path, artifact_id, file_id)
      select r.value ->> 'path', ${artifact.id}::bigint, (r.value ->> 'file')::bigint
      from jsonb_array_elements(${rows}::text::jsonb) with ordinality r(value, position)
      order by r.position`);
    return { artifact, files: shown };
  });
}

async function defaultStoreOf(db: Db, id: Id<'Workspace'>) {
  const rows = await db
    .select(getTableColumns(fileStores))
    .from(workspaces)
    .innerJoin(fileStores, eq(fileStores.id, workspaces.defaultFileStoreId))
    .where(eq(workspaces.id, id));
  return one(rows, `workspace ${id} not found`);
}

/** The data as its category's schema reads it; data that does not fit, or of an unknown category, as it is. */
function withOptionalKeys(category: string, data: JsonObject): JsonObject {
  const schema = artifactSchema(category);
  if (schema === undefined) return data;
  const result = v.safeParse(schema, data);
  // The schemas turn JSON into JSON.
  return result.success && isMapping(result.output) ? (result.output as JsonObject) : data;
}

/**
 * Deletes an artifact to which nothing refers, not even its own files and relations.
 *
 * Source: models.md 2.4. Expiry takes an artifact with all that belongs to it.
 * @throws NotFoundError when there is no such artifact; ProtectedError naming what refers to it
 */
async function remove(db: Db, id: Id<'Artifact'>): Promise<void> {
  await transaction(db, async (tx) => {
    // The race: somebody relates to the artifact, or puts it into a collection, while we look. What is committed
    // after this lock fails at its own commit, on its foreign key.
    const found = await tx
      .select({ id: artifacts.id })
      .from(artifacts)
      .where(eq(artifacts.id, id))
      .for('update');
    one(found, `artifact ${id} not found`);
    await refuseWhenReferredTo(tx, `artifact ${id}`, [
      {
        named: ['file in artifact', 'files in artifacts'],
        rows: sql`select id from ${filesInArtifacts} where artifact_id = ${id}::bigint`,
      },
      {
        named: ['relation', 'relations'],
        rows: sql`select id from ${artifactRelations} where ${id}::bigint in (artifact_id, target_id)`,
      },
      {
        named: ['collection item', 'collection items'],
        rows: sql`select id from ${collectionItems} where artifact_id = ${id}::bigint`,
      },
    ]);
    await tx.delete(artifacts).where(eq(artifacts.id, id));
  });
}
export { remove as delete };

/** The workspace it lives in. */
export async function workspace(db: Db, artifact: Artifact): Promise<Workspace> {
  const rows = await db.select().from(workspaces).where(eq(workspaces.id, artifact.workspaceId));
  return one(rows, `workspace ${artifact.workspaceId} not found`);
}

/** Who uploaded it; undefined when nobody is recorded. */
export async function createdBy(db: Db, artifact: Artifact): Promise<User | undefined> {
  if (artifact.createdById === null) return undefined;
  const [user] = await db.select().from(users).where(eq(users.id, artifact.createdById));
  return user;
}

/** The work request that produced it; undefined when none is recorded. */
export async function createdByWorkRequest(db: Db, artifact: Artifact): Promise<WorkRequest | undefined> {
  if (artifact.createdByWorkRequestId === null) return undefined;
  const [request] = await db
    .select()
    .from(workRequests)
    .where(eq(workRequests.id, artifact.createdByWorkRequestId));
  return request;
}

/** Its files, once for each path, by row of the file in the artifact. */
export async function filesOf(db: Db, id: Id<'Artifact'>): Promise<File[]> {
  const rows = await db
    .select({ file: files })
    .from(filesInArtifacts)
    .innerJoin(files, eq(files.id, filesInArtifacts.fileId))
    .where(eq(filesInArtifacts.artifactId, id))
    .orderBy(filesInArtifacts.id);
  return rows.map(({ file }) => file);
}
export { filesOf as files };

/** The rows that say which file is under which path, by id. */
export function fileInArtifactSet(db: Db, id: Id<'Artifact'>): Promise<FileInArtifact[]> {
  return db
    .select()
    .from(filesInArtifacts)
    .where(eq(filesInArtifacts.artifactId, id))
    .orderBy(filesInArtifacts.id);
}

/** What it needs: relations that point from it, by id. */
export function relations(db: Db, id: Id<'Artifact'>): Promise<ArtifactRelation[]> {
  return db
    .select()
    .from(artifactRelations)
    .where(eq(artifactRelations.artifactId, id))
    .orderBy(artifactRelations.id);
}

/** What needs it: relations that point at it, by id. */
export function targetedBy(db: Db, id: Id<'Artifact'>): Promise<ArtifactRelation[]> {
  return db
    .select()
    .from(artifactRelations)
    .where(eq(artifactRelations.targetId, id))
    .orderBy(artifactRelations.id);
}

/** The collection items that hold it, active and removed, by id. */
export async function itemsOf(db: Db, id: Id<'Artifact'>): Promise<CollectionItem[]> {
  return db
    .select()
    .from(collectionItems)
    .where(eq(collectionItems.artifactId, id))
    .orderBy(collectionItems.id);
}
export { itemsOf as collectionItems };

/** The collections of those items, once for each item, by item. */
export async function parentCollections(db: Db, id: Id<'Artifact'>): Promise<Collection[]> {
  const rows = await db
    .select({ collection: collections })
    .from(collectionItems)
    .innerJoin(collections, eq(collections.id, collectionItems.parentCollectionId))
    .where(eq(collectionItems.artifactId, id))
    .orderBy(collectionItems.id);
  return rows.map(({ collection }) => collection);
}
