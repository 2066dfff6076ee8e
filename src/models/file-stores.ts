/** Places where contents are kept. Source: models.md 3.4 and 3.7, cli.md 8.5. */
import { eq, sql } from 'drizzle-orm';
import {
  checkFileStore,
  checkNewFileStore,
  configurationSchemas,
  type FileStoreBackend,
  fileStoreBackends,
} from '../data/file-stores.ts';
import type { JsonObject } from '../data/json.ts';
import { nameProblem } from '../data/names.ts';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import {
  ConflictError,
  InvalidInputError,
  ProtectedError,
  StorageError,
  ValidationError,
} from '../errors.ts';
import { type FileStore, fileStores } from '../schema/file-stores.ts';
import { type File, files } from '../schema/files.ts';
import { type FileInStore, filesInStores } from '../schema/files-in-stores.ts';
import { type Workspace, workspaceOtherFileStores, workspaces } from '../schema/workspaces.ts';
import {
  checkUsable,
  checkUsableOrMakeable,
  makeStoreDirectory,
  overlap,
  removeStoreDirectory,
} from '../storage/store-directories.ts';
import { type Backend, defaultStoreName, getBackendObject, type StoreSettings } from './file-backends.ts';
import { nameNotFound } from './names.ts';

export type { FileStore } from '../schema/file-stores.ts';
export {
  addFile,
  addingFiles,
  addRemoteFile,
  type Backend,
  getBackendObject,
  getLocalPath,
  getStream,
  getUrl,
  removeFile,
  type StoreSettings,
} from './file-backends.ts';
export {
  type FileStoreDetails,
  type FileStoreFilter,
  type FileStoreRecord,
  list,
  show,
} from './file-store-records.ts';

/** The backends by the names the original uses for them. */
export const BackendChoices = {
  LOCAL: 'Local',
  EXTERNAL_DEBIAN_SUITE: 'ExternalDebianSuite',
} as const satisfies Record<string, FileStoreBackend>;

/** All backends, in the order of the documentation. */
export const backends: readonly FileStoreBackend[] = fileStoreBackends;

/** Schema of the configuration by backend. */
export const configurationValidators = configurationSchemas;

/** Label of the backend: its name. */
export function backendDisplay(store: Pick<FileStore, 'backend'>): string {
  return store.backend;
}

/**
 * Whether configuration and backend go together. What the database holds is not held to it.
 *
 * Source: `FileStore.clean`.
 * @throws ValidationError on `configuration`
 */
export function clean({ backend, configuration }: Pick<FileStore, 'backend' | 'configuration'>): void {
  checkFileStore(backend, configuration);
}

/** @throws NotFoundError when there is no such store */
export async function get(db: Db, id: Id<'FileStore'>): Promise<FileStore> {
  return one(await db.select().from(fileStores).where(eq(fileStores.id, id)), `file store ${id} not found`);
}

/** The store of exactly that name. @throws NotFoundError */
export async function getByName(db: Db, name: string): Promise<FileStore> {
  const [store] = await db.select().from(fileStores).where(eq(fileStores.name, name));
  if (store === undefined) throw nameNotFound('file-store', name);
  return store;
}

/**
 * The store of new workspaces, `default_file_store()` in the original.
 * @throws NotFoundError when there is no store named `Default`
 */
export function defaultFileStore(db: Db): Promise<FileStore> {
  return getByName(db, defaultStoreName);
}
export { defaultFileStore as default };

/** All stores by id. */
export function all(db: Db): Promise<FileStore[]> {
  return db.select().from(fileStores).orderBy(fileStores.id);
}

/** The files of a store, by row of the file in the store. */
export async function storedFiles(db: Db, id: Id<'FileStore'>): Promise<File[]> {
  const rows = await db
    .select({ file: files })
    .from(filesInStores)
    .innerJoin(files, eq(files.id, filesInStores.fileId))
    .where(eq(filesInStores.storeId, id))
    .orderBy(filesInStores.id);
  return rows.map(({ file }) => file);
}
export { storedFiles as files };

/** The rows that say which files a store has, by id. */
export function fileInStoreSet(db: Db, id: Id<'FileStore'>): Promise<FileInStore[]> {
  return db.select().from(filesInStores).where(eq(filesInStores.storeId, id)).orderBy(filesInStores.id);
}

/** Workspaces whose new files go to the store, by id. */
export function defaultWorkspaces(db: Db, id: Id<'FileStore'>): Promise<Workspace[]> {
  return db.select().from(workspaces).where(eq(workspaces.defaultFileStoreId, id)).orderBy(workspaces.id);
}

/** Workspaces in which the store's files count as present besides their default store, by id. */
export async function otherWorkspaces(db: Db, id: Id<'FileStore'>): Promise<Workspace[]> {
  const rows = await db
    .select({ workspace: workspaces })
    .from(workspaceOtherFileStores)
    .innerJoin(workspaces, eq(workspaces.id, workspaceOtherFileStores.workspaceId))
    .where(eq(workspaceOtherFileStores.fileStoreId, id))
    .orderBy(workspaces.id);
  return rows.map(({ workspace }) => workspace);
}

export interface NewFileStore {
  readonly name: string;
  readonly backend: string;
  readonly configuration: JsonObject;
}

export interface CreateOptions {
  /** An equal store that exists is success. */
  readonly ifNotExists?: boolean;
  /**
   * What the directory of a local store must be: `usable` (the default), `created` when it is missing, or
   * `unchecked`.
   */
  readonly directory?: 'usable' | 'created' | 'unchecked';
  /** Everything but the change. */
  readonly dryRun?: boolean;
}

/**
 * Registers a store.
 *
 * Source: cli.md 8.5, which is stricter than the model: a store that cannot be used is refused.
 * @returns the store, and whether this call made it
 * @throws ValidationError for a configuration that is refused; InvalidInputError for an empty name; StorageError for a directory
 *   that cannot be used; ConflictError when another store has the name, or its directory meets this one
 */
export async function create(
  db: Db,
  given: NewFileStore,
  options: CreateOptions,
  settings: StoreSettings,
): Promise<{ readonly store: FileStore; readonly wasCreated: boolean }> {
  const { name, backend, configuration } = given;
  const problem = nameProblem('file store', name);
  if (problem !== undefined) throw new InvalidInputError(problem.message, { hint: problem.hint });
  checkNewFileStore(name, backend, configuration);
  let madeDirectory: string | undefined;
  try {
    return await transaction(
      db,
      async (tx) => {
        // The race: two stores whose directories meet, each made while the other cannot be seen yet. No row stands
        // for "all stores", so this lock does; programs that do not know it are not kept away.
        await tx.execute(sql`select pg_advisory_xact_lock(${creationLock}::bigint)`);
        const [made] = await tx.insert(fileStores).values(given).onConflictDoNothing().returning();
        if (made === undefined) {
          const store = await existing(tx, given, options.ifNotExists === true);
          return { store, wasCreated: false };
        }
        const own = getBackendObject(made, settings);
        if (own.kind === 'Local') {
          await refuseOverlap(tx, own, settings);
          const { directory = 'usable', dryRun = false } = options;
          const mayMake = directory === 'created';
          if (mayMake && !dryRun && (await makeStoreDirectory(own.baseDirectory))) {
            madeDirectory = own.baseDirectory;
          }
          if (mayMake && dryRun) await checkUsableOrMakeable(own.baseDirectory);
          else if (directory !== 'unchecked') await checkUsable(own.baseDirectory);
        }
        return { store: made, wasCreated: true };
      },
      { dryRun: options.dryRun === true },
    );
  } catch (error) {
    if (madeDirectory !== undefined) await removeStoreDirectory(madeDirectory);
    throw error;
  }
}

/** Any number that nothing else in this program locks; the letters "stores". */
const creationLock = 0x73_74_6f_72_65_73;

async function existing(tx: Db, given: NewFileStore, isWelcome: boolean): Promise<FileStore> {
  const { name, backend, configuration } = given;
  const [store] = await tx
    .select({
      store: fileStores,
      isEqual: sql<boolean>`backend = ${backend} and configuration = ${JSON.stringify(configuration)}::text::jsonb`,
    })
    .from(fileStores)
    .where(eq(fileStores.name, name));
  if (store !== undefined && isWelcome && store.isEqual) return store.store;
  const what = isWelcome ? 'exists with another backend or configuration' : 'exists already';
  throw new ConflictError(`file store ${quote(name)} ${what}`, { details: { name } });
}

/** @throws ConflictError when another local store uses the directory, or one above or below it */
async function refuseOverlap(
  tx: Db,
  own: Backend & { kind: 'Local' },
  settings: StoreSettings,
): Promise<void> {
  const others = await tx
    .select()
    .from(fileStores)
    .where(sql`backend = ${own.kind} and id <> ${own.store.id}`)
    .orderBy(fileStores.id);
  for (const other of others) {
    const directory = directoryOf(other, settings);
    if (directory === undefined || !(await overlap(own.baseDirectory, directory))) continue;
    throw new ConflictError(`directory ${own.baseDirectory} is shared with file store ${quote(other.name)}`, {
      hint: `that store uses ${directory}; give each store a directory of its own`,
      details: { name: other.name, directory },
    });
  }
}

/** A store that cannot be used has no directory that could meet another. */
function directoryOf(store: FileStore, settings: StoreSettings): string | undefined {
  try {
    const backend = getBackendObject(store, settings);
    return backend.kind === 'Local' ? backend.baseDirectory : undefined;
  } catch (error) {
    if (error instanceof StorageError || error instanceof ValidationError) return undefined;
    throw error;
  }
}

export interface DeletedFileStore {
  readonly name: string;
  /** Names of the workspaces that listed it as other store. */
  readonly linksRemoved: readonly string[];
  readonly fileRecordsRemoved: number;
}

export interface DeleteOptions {
  /** Also when workspaces list it as other store or it has records of files; the bytes stay where they are. */
  readonly force?: boolean;
  /** Only this store: another one that has taken its name is not touched. */
  readonly id?: Id<'FileStore'>;
  readonly dryRun?: boolean;
}

/**
 * What would go with a store.
 *
 * Source: cli.md 8.5; models.md 2.4 for what protects a store and what goes with it. Stricter than the latter: the
 * links of workspaces go with the store only when that is asked for.
 * @throws ProtectedError for the store `Default`, for the default store of a workspace, and without `force` for one
 *   that is linked or has records of files
 */
export async function deletion(
  db: Db,
  { id, name }: Pick<FileStore, 'id' | 'name'>,
  { force = false }: Pick<DeleteOptions, 'force'> = {},
): Promise<DeletedFileStore> {
  if (name === defaultStoreName) {
    throw new ProtectedError(`file store ${quote(name)} is the one that new workspaces use`, {
      details: { name },
    });
  }
  const [use] = await db.execute<{ default_of: string | null; other_of: string; files: string }>(sql`
    select
      (select min(name) from ${workspaces} where default_file_store_id = ${id}::bigint) as default_of,
      (select coalesce(json_agg(w.name order by w.id), '[]')::text
       from ${workspaceOtherFileStores} o join ${workspaces} w on w.id = o.workspace_id
       where o.filestore_id = ${id}::bigint) as other_of,
      (select count(*) from ${filesInStores} where store_id = ${id}::bigint) as files`);
  const linksRemoved = JSON.parse(use?.other_of ?? '[]') as readonly string[];
  const fileRecordsRemoved = Number(use?.files ?? 0);
  const defaultOf = use?.default_of ?? null;
  if (defaultOf !== null) {
    throw new ProtectedError(`file store ${quote(name)} is the default of workspace ${quote(defaultOf)}`, {
      hint: `debusine-admin manage-workspace ${defaultOf} --default-file-store ${defaultStoreName}`,
      details: { name, workspace: defaultOf },
    });
  }
  if (!force && fileRecordsRemoved > 0) {
    const count = fileRecordsRemoved === 1 ? '1 file' : `${fileRecordsRemoved} files`;
    throw new ProtectedError(`file store ${quote(name)} holds ${count}`, {
      hint: '--force drops the records and leaves the bytes',
      details: { name, files: fileRecordsRemoved },
    });
  }
  const [linked] = linksRemoved;
  if (!force && linked !== undefined) {
    throw new ProtectedError(`file store ${quote(name)} is another store of workspace ${quote(linked)}`, {
      hint: '--force removes the link',
      details: { name, workspaces: linksRemoved },
    });
  }
  return { name, linksRemoved, fileRecordsRemoved };
}

/**
 * Removes a store, which need not be usable.
 * @throws NotFoundError when there is no such store; ProtectedError as `deletion`
 */
async function remove(db: Db, name: string, options: DeleteOptions = {}): Promise<DeletedFileStore> {
  return transaction(
    db,
    async (tx) => {
      // The race: somebody records a file in the store, or makes it a workspace's store, while we look. What is
      // committed after this lock fails at its own commit, on its foreign key.
      const [found] = await tx
        .select({ id: fileStores.id, name: fileStores.name })
        .from(fileStores)
        .where(eq(fileStores.name, name))
        .for('update');
      if (found === undefined || found.id !== (options.id ?? found.id)) {
        throw nameNotFound('file-store', name);
      }
      const { id } = found;
      const gone = await deletion(tx, found, options);
      await tx.delete(filesInStores).where(eq(filesInStores.storeId, id));
      await tx.delete(workspaceOtherFileStores).where(eq(workspaceOtherFileStores.fileStoreId, id));
      await tx.delete(fileStores).where(eq(fileStores.id, id));
      return gone;
    },
    { dryRun: options.dryRun === true },
  );
}
export { remove as delete };
