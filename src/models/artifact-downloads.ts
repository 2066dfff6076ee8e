/** Getting the files of artifacts out of the stores. Source: cli.md 8.7 (`download-artifact`). */
import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { DebusineError, StorageError } from '../errors.ts';
import { artifacts } from '../schema/artifacts.ts';
import { type FileStore, fileStores } from '../schema/file-stores.ts';
import { type File, files } from '../schema/files.ts';
import { filesInArtifacts } from '../schema/files-in-artifacts.ts';
import { filesInStores } from '../schema/files-in-stores.ts';
import { workspaceOtherFileStores, workspaces } from '../schema/workspaces.ts';
import { storageFailure } from '../storage/failures.ts';
import { getBackendObject, getStream, type StoreSettings } from './file-backends.ts';

/** A file of an artifact, and where its bytes may be. */
export interface DownloadableFile {
  /** Its path inside the artifact; whatever text the database has. */
  readonly path: string;
  readonly file: File;
  /** Stores of the artifact's workspace with a record of the file: the default store first, the others by id. */
  readonly stores: readonly FileStore[];
}

/** The files of an artifact by path, with two statements. */
export async function downloadable(db: Db, id: Id<'Artifact'>): Promise<readonly DownloadableFile[]> {
  const shown = await db
    .select({ path: filesInArtifacts.path, file: files })
    .from(filesInArtifacts)
    .innerJoin(files, eq(files.id, filesInArtifacts.fileId))
    .where(eq(filesInArtifacts.artifactId, id))
    .orderBy(filesInArtifacts.path, filesInArtifacts.id);
  const places = await db
    .select({ fileId: filesInStores.fileId, store: fileStores })
    .from(artifacts)
    .innerJoin(workspaces, eq(workspaces.id, artifacts.workspaceId))
    .innerJoin(
      fileStores,
      sql`${fileStores.id} = ${workspaces.defaultFileStoreId} or ${fileStores.id} in (
        select filestore_id from ${workspaceOtherFileStores} o where o.workspace_id = ${workspaces.id})`,
    )
    .innerJoin(filesInStores, eq(filesInStores.storeId, fileStores.id))
    .where(
      sql`${artifacts.id} = ${id}::bigint
        and ${filesInStores.fileId} in (select file_id from ${filesInArtifacts} p where p.artifact_id = ${id}::bigint)`,
    )
    .orderBy(sql`${fileStores.id} <> ${workspaces.defaultFileStoreId}`, fileStores.id);
  const byFile = new Map<number, FileStore[]>();
  for (const { fileId, store } of places) {
    const known = byFile.get(fileId);
    if (known === undefined) byFile.set(fileId, [store]);
    else known.push(store);
  }
  return shown.map(({ path, file }) => ({ path, file, stores: byFile.get(file.id) ?? [] }));
}

export interface DownloadOptions {
  /** Whether archives on the web may be contacted. */
  readonly allowNetwork: boolean;
  readonly signal: AbortSignal;
}

/**
 * The bytes of a file, piece by piece, from the first store that gives them. Memory does not grow with the file.
 * @throws StorageError when no store gives them; after the last piece when size or digest are not those of the file,
 *   so nothing that was received counts before the end
 */
export async function* verifiedBytes(
  db: Db,
  { path, file, stores }: DownloadableFile,
  settings: StoreSettings,
  { allowNetwork, signal }: DownloadOptions,
): AsyncGenerator<Buffer> {
  const { stream, store } = await openFirst(db, { path, file, stores }, settings, { allowNetwork, signal });
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of stream) {
      signal.throwIfAborted();
      const piece = Buffer.from(chunk as Uint8Array);
      size += piece.length;
      // A server that never stops is not waited for.
      if (size > file.size) break;
      hash.update(piece);
      yield piece;
    }
  } catch (error) {
    if (error instanceof DebusineError || signal.aborted) throw error;
    throw new StorageError(`cannot read ${quote(path)} from file store ${quote(store.name)}`, {
      cause: error,
    });
  } finally {
    stream.destroy();
  }
  if (size === file.size && hash.digest().equals(file.sha256)) return;
  throw new StorageError(
    `${quote(path)} in file store ${quote(store.name)} does not hold the content that it should`,
    {
      hint: 'debusine-admin vacuum-storage --verify --dry-run shows what is damaged',
      details: { path, store: store.name, file: file.id },
    },
  );
}

async function openFirst(
  db: Db,
  { path, file, stores }: DownloadableFile,
  settings: StoreSettings,
  { allowNetwork, signal }: DownloadOptions,
): Promise<{ readonly stream: Awaited<ReturnType<typeof getStream>>; readonly store: FileStore }> {
  const reasons: string[] = [];
  let needsNetwork = false;
  for (const store of stores) {
    try {
      const backend = getBackendObject(store, settings);
      if (backend.kind !== 'Local' && !allowNetwork) {
        needsNetwork = true;
        continue;
      }
      return { stream: await getStream(db, backend, file, signal), store };
    } catch (error) {
      const reason = storageFailure('read', path, error);
      if (!(reason instanceof DebusineError) || signal.aborted) throw error;
      reasons.push(reason.message);
    }
  }
  if (reasons.length === 0) {
    reasons.push(
      needsNetwork ? 'it is in an archive on the web only' : 'no file store of the workspace has it',
    );
  }
  throw new StorageError(`cannot get ${quote(path)}: ${reasons.join('; ')}`, {
    hint: needsNetwork ? '--allow-network lets it be downloaded' : undefined,
    details: { path, file: file.id },
  });
}
