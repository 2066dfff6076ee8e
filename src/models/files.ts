/** Contents, identified by digest and size. Source: models.md 3.5. */
import { eq, sql } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ArgumentError } from '../errors.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import { type FileStore, fileStores } from '../schema/file-stores.ts';
import { type File, files } from '../schema/files.ts';
import { type FileInArtifact, filesInArtifacts } from '../schema/files-in-artifacts.ts';
import { type FileInStore, filesInStores } from '../schema/files-in-stores.ts';
import { type Content, contentName, hashFile } from '../storage/contents.ts';
import { refuseWhenReferredTo } from './references.ts';

/** Name of the algorithm of the digests, and of the column that holds them. */
export const currentHashAlgorithm = 'sha256';

const digestBytes = 32;

/** The digest, whatever the algorithm is. */
export function hashDigest(file: Pick<File, typeof currentHashAlgorithm>): Buffer {
  return file[currentHashAlgorithm];
}

/** The file with another digest in its hash column; nothing is written. */
export function withHashDigest<Row extends object>(
  file: Row,
  digest: Buffer,
): Row & Record<typeof currentHashAlgorithm, Buffer> {
  return { ...file, [currentHashAlgorithm]: digest };
}

/**
 * Digest of a file on this machine, read in pieces.
 * @throws StorageError when it cannot be read or changes meanwhile
 */
export async function calculateHash(path: string): Promise<Buffer> {
  return (await hashFile(path)).sha256;
}

/** @throws NotFoundError when there is no such file */
export async function get(db: Db, id: Id<'File'>): Promise<File> {
  return one(await db.select().from(files).where(eq(files.id, id)), `file ${id} not found`);
}

/** All files by id. */
export function all(db: Db): Promise<File[]> {
  return db.select().from(files).orderBy(files.id);
}

/**
 * The file of that digest and size, made if need be. The same digest with another size is another file.
 *
 * Source: `File.get_or_create`. Inside a transaction the row is held as `hold` says.
 * @returns the file, and whether this call made it
 * @throws ConstraintError `db_file_sha256_not_empty` for an empty digest; ArgumentError for one that is not empty
 *   and not 32 bytes long
 */
export async function getOrCreate(
  db: Db,
  { hashDigest: digest, size }: { readonly hashDigest: Buffer; readonly size: number },
): Promise<[file: File, created: boolean]> {
  if (digest.length !== 0 && digest.length !== digestBytes) {
    throw new ArgumentError(
      `a ${currentHashAlgorithm} digest has ${digestBytes} bytes, not ${digest.length}`,
    );
  }
  const { file, created } = one(await hold(db, [withHashDigest({ size }, digest)]), 'the file is gone');
  return [file, created];
}

/**
 * The file of a local path's content, made if need be; only the row, the bytes are not stored.
 *
 * Source: `File.from_local_path`.
 * @throws StorageError when the path cannot be read or changes meanwhile
 */
export async function fromLocalPath(db: Db, path: string): Promise<File> {
  const { sha256, size } = await hashFile(path);
  const [file] = await getOrCreate(db, { hashDigest: sha256, size });
  return file;
}

/** A file whose row is held against removal. */
export interface HeldFile {
  readonly file: File;
  /** Whether this call made the row. */
  readonly created: boolean;
}

/**
 * The files of these contents, made if need be, and held until the surrounding transaction ends: none of them can
 * be removed before. Everything that adds a reference to a file, or bytes for one, starts here.
 *
 * The race is with whoever removes a file that nothing names (expiry, vacuum): it locks the row `for update`, looks
 * that nothing refers to it, deletes the rows and removes the bytes, and only then commits. An adder that found the
 * row a moment earlier would put its reference on a row that is about to go; one that found the bytes would skip
 * storing them. So no adder looks at anything before it holds the row:
 *
 * - the row is there: `for key share`, which several adders can hold at once and a remover's `for update` cannot
 *   pass. Whoever comes first makes the other one wait. An adder that waited for a remover finds the row gone, and
 *   starts afresh; a remover that waited for an adder finds the new reference when it looks again.
 * - it is not there: our insert is seen by nobody before we commit, and the unique key makes every other adder of
 *   the content wait for us. A remover that has deleted the old row, and not yet committed, makes our insert wait,
 *   so we never see bytes that it is about to remove.
 *
 * Each round of the loop comes after somebody else's commit. Two statements for any number of contents; both go
 * through them in the order of the unique key, so that two adders of the same contents do not block each other.
 *
 * @param lock `update` for whoever is going to remove: it also keeps every adder away
 * @returns one for each content, in the order given; `created` is true for the first of equal contents only
 */
export function hold(
  db: Db,
  contents: readonly Content[],
  lock: 'key share' | 'update' = 'key share',
): Promise<HeldFile[]> {
  return transaction(db, async (tx) => {
    const held = new Map<string, HeldFile>();
    let missing = distinct(contents);
    while (missing.length > 0) {
      const wanted = sql`(
        select decode(c.sha256, 'hex') as sha256, c.size
        from jsonb_to_recordset(${toJson(missing)}::text::jsonb) as c(sha256 text, size bigint)
      )`;
      const made = await tx.execute<{ id: string }>(sql`
        insert into ${files} (sha256, size)
        select w.sha256, w.size from ${wanted} w order by w.sha256, w.size
        on conflict (sha256, size) do nothing
        returning id`);
      const createdIds = new Set(made.map(({ id }) => Number(id)));
      const rows = await tx
        .select()
        .from(files)
        .where(sql`(${files.sha256}, ${files.size}) in ${wanted}`)
        .orderBy(files.sha256, files.size)
        .for(lock);
      for (const file of rows) held.set(contentName(file), { file, created: createdIds.has(file.id) });
      missing = missing.filter((content) => !held.has(contentName(content)));
    }
    const seen = new Set<string>();
    return contents.flatMap((content) => {
      const name = contentName(content);
      const found = held.get(name);
      const isFirst = seen.size !== seen.add(name).size;
      return found === undefined ? [] : [{ file: found.file, created: found.created && isFirst }];
    });
  });
}

function distinct(contents: readonly Content[]): readonly Content[] {
  return [...new Map(contents.map((content) => [contentName(content), content])).values()];
}

function toJson(contents: readonly Content[]): string {
  return JSON.stringify(contents.map(({ sha256, size }) => ({ sha256: sha256.toString('hex'), size })));
}

/**
 * Deletes the row of a file that nothing names and no store has.
 *
 * Source: models.md 2.4.
 * @throws NotFoundError when there is no such file; ProtectedError while an artifact names it or a store has it
 */
async function remove(db: Db, id: Id<'File'>): Promise<void> {
  await transaction(db, async (tx) => {
    // The race: an adder finds the row and is about to name it. The lock makes it wait, see `hold`; so what is found
    // now is all there is.
    one(
      await tx.select({ id: files.id }).from(files).where(eq(files.id, id)).for('update'),
      `file ${id} not found`,
    );
    await refuseWhenReferredTo(tx, `file ${id}`, [
      {
        named: ['file in artifact', 'files in artifacts'],
        rows: sql`select id from ${filesInArtifacts} where file_id = ${id}::bigint`,
      },
      {
        named: ['file in store', 'files in stores'],
        rows: sql`select id from ${filesInStores} where file_id = ${id}::bigint`,
      },
    ]);
    await tx.delete(files).where(eq(files.id, id));
  });
}
export { remove as delete };

/** Artifacts that contain the file, once for each path, by row of the file in the artifact. */
export async function artifactSet(db: Db, id: Id<'File'>): Promise<Artifact[]> {
  const rows = await db
    .select({ artifact: artifacts })
    .from(filesInArtifacts)
    .innerJoin(artifacts, eq(artifacts.id, filesInArtifacts.artifactId))
    .where(eq(filesInArtifacts.fileId, id))
    .orderBy(filesInArtifacts.id);
  return rows.map(({ artifact }) => artifact);
}

/** The rows that show the file in an artifact, by id. */
export function fileInArtifactSet(db: Db, id: Id<'File'>): Promise<FileInArtifact[]> {
  return db
    .select()
    .from(filesInArtifacts)
    .where(eq(filesInArtifacts.fileId, id))
    .orderBy(filesInArtifacts.id);
}

/** The rows that say which stores have the file, by id. */
export function fileInStoreSet(db: Db, id: Id<'File'>): Promise<FileInStore[]> {
  return db.select().from(filesInStores).where(eq(filesInStores.fileId, id)).orderBy(filesInStores.id);
}

/** The stores that have the file, by row of the file in the store. */
export async function fileStoreSet(db: Db, id: Id<'File'>): Promise<FileStore[]> {
  const rows = await db
    .select({ store: fileStores })
    .from(filesInStores)
    .innerJoin(fileStores, eq(fileStores.id, filesInStores.storeId))
    .where(eq(filesInStores.fileId, id))
    .orderBy(filesInStores.id);
  return rows.map(({ store }) => store);
}
