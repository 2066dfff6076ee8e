/** What the backends of file stores do. Source: models.md 3.7. */
import type { Readable } from 'node:stream';
import { and, eq, sql } from 'drizzle-orm';
import {
  externalDebianSuiteConfiguration,
  isFileStoreBackend,
  localConfiguration,
} from '../data/file-stores.ts';
import { parse } from '../data/problems.ts';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ArgumentError, NotSupportedError, StorageError } from '../errors.ts';
import { type FileStore, fileStores } from '../schema/file-stores.ts';
import { type File, files } from '../schema/files.ts';
import { filesInStores } from '../schema/files-in-stores.ts';
import { type Content, hashFile } from '../storage/contents.ts';
import { download, externalUrl, readOnly } from '../storage/external-debian-suite.ts';
import * as local from '../storage/local.ts';
import { hold } from './files.ts';
import { idList } from './lists.ts';

/** Where contents are that no configuration of a store tells. Source: models.md 1.3, cli.md 5.5. */
export interface StoreSettings {
  /** Absolute path of the directory of the store `Default`; undefined when not configured. */
  readonly storeDirectory: string | undefined;
}

/** Contents in a directory of this machine. */
export interface LocalBackend {
  readonly kind: 'Local';
  readonly store: FileStore;
  /** Absolute path. */
  readonly baseDirectory: string;
}

/** A read-only view of an archive on the web. */
export interface ExternalDebianSuiteBackend {
  readonly kind: 'ExternalDebianSuite';
  readonly store: FileStore;
  readonly archiveRootUrl: string;
  readonly suite: string;
  readonly components: readonly string[];
}

export type Backend = LocalBackend | ExternalDebianSuiteBackend;

/** Name of the store whose directory the settings tell. */
export const defaultStoreName = 'Default';

/**
 * What the store's backend and configuration mean. Neither disk nor network is looked at.
 *
 * Source: `FileStore.get_backend_object`. A relative directory would mean another place for each program; it is
 * refused here, where the original takes it.
 * @throws NotSupportedError for an unknown backend; ValidationError for a configuration that does not fit it;
 *   StorageError when a local store has no directory
 */
export function getBackendObject(store: FileStore, settings: StoreSettings): Backend {
  const { name, backend, configuration } = store;
  if (!isFileStoreBackend(backend)) {
    throw new NotSupportedError(`file store ${quote(name)} has the unknown backend ${quote(backend)}`, {
      details: { store: name, backend },
    });
  }
  switch (backend) {
    case 'Local': {
      const { base_directory: own } = parse(localConfiguration(), configuration, 'configuration');
      const baseDirectory = own ?? (name === defaultStoreName ? settings.storeDirectory : undefined);
      if (baseDirectory === undefined) {
        const setting = name === defaultStoreName ? 'the setting store_directory' : '"base_directory"';
        throw new StorageError(`file store ${quote(name)} has no directory: ${setting} is missing`, {
          details: { store: name },
        });
      }
      if (!baseDirectory.startsWith('/')) {
        throw new StorageError(`file store ${quote(name)}: ${quote(baseDirectory)} is not an absolute path`, {
          details: { store: name, path: baseDirectory },
        });
      }
      return { kind: 'Local', store, baseDirectory };
    }
    case 'ExternalDebianSuite': {
      const given = parse(externalDebianSuiteConfiguration(), configuration, 'configuration');
      const { archive_root_url: archiveRootUrl, suite, components } = given;
      return { kind: 'ExternalDebianSuite', store, archiveRootUrl, suite, components };
    }
  }
}

/** Where the content lies on this machine, whether it is there or not; null when the store is elsewhere. */
export function getLocalPath(backend: Backend, content: Content): string | null {
  return backend.kind === 'Local' ? local.localPath(backend.baseDirectory, content) : null;
}

/**
 * URL of the file; null when the store has none.
 * @throws NotFoundError when the file is not registered in the external store
 */
export async function getUrl(db: Db, backend: Backend, file: File): Promise<string | null> {
  if (backend.kind === 'Local') return null;
  const { store, archiveRootUrl } = backend;
  const rows = await db
    .select({ data: filesInStores.data })
    .from(filesInStores)
    .where(and(eq(filesInStores.storeId, store.id), eq(filesInStores.fileId, file.id)));
  const { data } = one(rows, `file ${file.id} is not in file store ${quote(store.name)}`);
  const relativeUrl = data['relative_url'];
  if (typeof relativeUrl === 'string') return externalUrl(archiveRootUrl, relativeUrl);
  throw new StorageError(`file store ${quote(store.name)} does not say where file ${file.id} is`, {
    details: { store: store.name, file: file.id },
  });
}

/** How much of a local file is read at once. */
const pieceBytes = 1 << 18;

/**
 * The bytes of the file: from the disk, else from the network.
 * @throws StorageError when they cannot be read; NotFoundError as getUrl
 */
export async function getStream(
  db: Db,
  backend: Backend,
  file: File,
  signal?: AbortSignal,
): Promise<Readable> {
  if (backend.kind === 'Local') {
    const handle = await local.openContent(backend.baseDirectory, file);
    return handle.createReadStream({ highWaterMark: pieceBytes });
  }
  const url = await getUrl(db, backend, file);
  if (url !== null) return download(url, signal);
  throw new NotSupportedError(`file store ${quote(backend.store.name)} cannot be read`);
}

/** A local file and what it held when it was looked at. */
export interface Source {
  readonly path: string;
  readonly content: Content;
  /** Told how many bytes more have been dealt with; `content.size` in all. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** A file that is in the store now. */
export interface AddedFile {
  readonly file: File;
  /** Whether the store had the content already; the bytes were compared then, not stored again. */
  readonly isNew: boolean;
}

/** Puts local files into the store; one result for each, in the same order. */
export type AddFiles = (sources: readonly Source[]) => Promise<readonly AddedFile[]>;

/**
 * A transaction in which `work` may add files to the store. The bytes are in place before it commits. When it fails,
 * at whatever point, the bytes that it stored are removed again, unless a record of somebody else names them by
 * then. A process that dies in between leaves bytes without a record, which vacuum removes.
 *
 * The number of statements does not depend on the number of files.
 * @throws NotSupportedError for a read-only store; StorageError as `putFile` in storage/local.ts; what `work` throws
 */
export async function addingFiles<T>(
  db: Db,
  backend: Backend,
  work: (tx: Db, addFiles: AddFiles) => Promise<T>,
): Promise<T> {
  if (backend.kind !== 'Local') throw readOnly(backend.store.name);
  const stored: Content[] = [];
  try {
    return await transaction(db, (tx) => work(tx, (sources) => add(tx, backend, sources, stored)));
  } catch (error) {
    // What went wrong first is what the caller has to know; bytes that stay are no harm.
    const { store, baseDirectory: directory } = backend;
    const remove = (content: Content) => local.removeFile(directory, content);
    await removeUnrecorded(db, [store.id], stored, remove, { mayBeGone: true }).catch(() => undefined);
    throw error;
  }
}

/** @param stored is told each content whose bytes were not there before */
async function add(
  tx: Db,
  { store, baseDirectory }: LocalBackend,
  sources: readonly Source[],
  stored: Content[],
): Promise<readonly AddedFile[]> {
  if (sources.length === 0) return [];
  // From here on nobody removes these files, see `hold`; what we see on the disk stays.
  const held = await hold(
    tx,
    sources.map(({ content }) => content),
  );
  const fileIds = idList(held.map(({ file }) => file.id));
  const recorded = await tx
    .select({ fileId: filesInStores.fileId })
    .from(filesInStores)
    .where(sql`${filesInStores.storeId} = ${store.id} and ${filesInStores.fileId} in ${fileIds}`);
  const known = new Set<number>(recorded.map(({ fileId }) => fileId));
  const done = new Set<number>();
  const added: AddedFile[] = [];
  for (const [position, { path, content, onBytes }] of sources.entries()) {
    const file = held[position]?.file;
    if (file === undefined) continue;
    added.push({ file, isNew: !known.has(file.id) && !done.has(file.id) });
    if (done.has(file.id)) onBytes?.(content.size);
    else {
      const otherBytes = known.has(file.id) ? 'refuse' : 'replace';
      const result = await local.putFile(baseDirectory, content, path, { otherBytes, onBytes });
      if (result === 'stored') stored.push(content);
    }
    done.add(file.id);
  }
  // Another adder of the same content may have been quicker: both hold the file, and the bytes are the same.
  await tx.execute(sql`
    insert into ${filesInStores} (store_id, file_id, data)
    select ${store.id}::bigint, f.id, '{}' from ${files} f where f.id in ${fileIds} order by f.id
    on conflict (store_id, file_id) do nothing`);
  return added;
}

/** Milliseconds; less than the server's `deadlock_timeout`. */
const patienceMs = '100';

/**
 * Removes bytes that none of the stores has a record for. Stores of old may share a directory.
 *
 * The race is with an adder that found them and is about to record them. Ours holds the file's row, see `hold`, so
 * taking the row for ourselves waits for it, or makes it wait and find the bytes gone; where there is no row we make
 * one for the purpose. The server of the original does not know of holding; but it records a file before it stores
 * it, so we make the record as well: where ours cannot be made there is one, or will be. All that we made goes with
 * the rollback.
 *
 * @param remove takes the bytes away. @returns whether it did
 * @param mayBeGone whether to remove them as well when a store has been deleted meanwhile
 * @returns what was removed
 * @throws LockTimeoutError while somebody works on one of them; what `remove` throws
 */
export async function removeUnrecorded(
  db: Db,
  storeIds: readonly number[],
  contents: readonly Content[],
  remove: (content: Content) => Promise<boolean>,
  { mayBeGone = false }: { readonly mayBeGone?: boolean } = {},
): Promise<readonly Content[]> {
  if (contents.length === 0) return [];
  return transaction(
    db,
    async (tx) => {
      const stores = await tx.execute<{ id: string }>(
        sql`select id from ${fileStores} where id in ${idList(storeIds)} order by id for key share`,
      );
      if (stores.length < storeIds.length && !mayBeGone) return [];
      const held = await hold(tx, contents, 'update');
      // Whoever made a record first needs the file's row at its commit, which is ours: it is us who give way, before
      // the server calls it a deadlock.
      await tx.execute(sql`select set_config('lock_timeout', ${patienceMs}::text, true)`);
      const made = await tx.execute<{ file_id: string }>(sql`
        insert into ${filesInStores} (store_id, file_id, data)
        select s.value, f.value, '{}'
        from ${idList(held.map(({ file }) => file.id))} f(value), ${idList(stores.map(({ id }) => Number(id)))} s(value)
        order by f.value, s.value
        on conflict (store_id, file_id) do nothing
        returning file_id`);
      const recordsMade = new Map<number, number>();
      for (const { file_id: id } of made) recordsMade.set(Number(id), (recordsMade.get(Number(id)) ?? 0) + 1);
      const removed: Content[] = [];
      for (const { file } of held) {
        const isUnrecorded = (recordsMade.get(file.id) ?? 0) === stores.length;
        if (isUnrecorded && (await remove(file))) removed.push(file);
      }
      return removed;
    },
    { dryRun: true },
  );
}

/**
 * Puts a local file into the store and records it there.
 *
 * Source: `add_file` of the local backend. Content that the store has already is compared, not stored again; bytes
 * of a record that are missing are put back.
 * @param file what the content should be, when that is known already
 * @throws ArgumentError when the file on disk is not `file`; NotSupportedError for a read-only store; StorageError
 *   when something cannot be read or written, or the stored bytes are not what their name says
 */
export async function addFile(db: Db, backend: Backend, path: string, file?: File): Promise<File> {
  if (backend.kind !== 'Local') throw readOnly(backend.store.name);
  const content = await hashFile(path);
  if (file !== undefined && file.size !== content.size) {
    throw new ArgumentError(
      `${path} has ${content.size} bytes, but file ${file.id} has ${file.size}`,
      'value-error',
      {
        details: { path, size: content.size, expected: file.size },
      },
    );
  }
  if (file !== undefined && !file.sha256.equals(content.sha256)) {
    throw new ArgumentError(`${path} does not hold the content of file ${file.id}`, 'value-error', {
      details: { path, file: file.id },
    });
  }
  return addingFiles(db, backend, async (_tx, addFiles) => {
    const added = await addFiles([{ path, content }]);
    return one(added, 'the file is gone').file;
  });
}

/**
 * Takes a file out of a store: its record, if there is one, then its bytes, if they are there. The row of the file
 * itself stays.
 *
 * Source: `remove_file` of the local backend: a failing unlink brings the record back.
 * @throws NotSupportedError for a read-only store; StorageError when the bytes cannot be removed
 */
export async function removeFile(db: Db, backend: Backend, file: File): Promise<void> {
  if (backend.kind !== 'Local') throw readOnly(backend.store.name);
  const { store, baseDirectory } = backend;
  await transaction(db, async (tx) => {
    // The race: an adder finds record and bytes, and keeps them. It holds the file's row, see `hold`; the lock makes
    // one of the two wait for the other.
    await tx.select({ id: files.id }).from(files).where(eq(files.id, file.id)).for('update');
    await tx
      .delete(filesInStores)
      .where(and(eq(filesInStores.storeId, store.id), eq(filesInStores.fileId, file.id)));
    await local.removeFile(baseDirectory, file);
  });
}

export interface RemoteFile {
  /** URL of the file relative to the archive's root. */
  readonly relativeUrl: string;
  readonly hashDigest: Buffer;
  /** In bytes. */
  readonly size: number;
}

/**
 * Registers a file of the external archive. Nothing is downloaded.
 *
 * Source: `add_remote_file` of the external backend.
 * @throws NotSupportedError for a local store; ConstraintError `db_fileinstore_unique_store_file` when the file is
 *   registered under another URL
 */
export async function addRemoteFile(
  db: Db,
  backend: Backend,
  { relativeUrl, hashDigest, size }: RemoteFile,
): Promise<File> {
  const { store } = backend;
  if (backend.kind !== 'ExternalDebianSuite') {
    throw new NotSupportedError(`file store ${quote(store.name)} holds its files itself`, {
      details: { store: store.name },
    });
  }
  return transaction(db, async (tx) => {
    const { file } = one(await hold(tx, [{ sha256: hashDigest, size }]), 'the file is gone');
    const row = { storeId: store.id, fileId: file.id, data: { relative_url: relativeUrl } };
    const made = await tx
      .insert(filesInStores)
      .values(row)
      .onConflictDoNothing()
      .returning({ id: filesInStores.id });
    if (made.length > 0) return file;
    const same = await tx
      .select({ id: filesInStores.id })
      .from(filesInStores)
      .where(
        and(
          eq(filesInStores.storeId, row.storeId),
          eq(filesInStores.fileId, row.fileId),
          sql`${filesInStores.data} = ${JSON.stringify(row.data)}::text::jsonb`,
        ),
      );
    // Under another URL: let the constraint say so.
    if (same.length === 0) await tx.insert(filesInStores).values(row);
    return file;
  });
}
