/** Which store holds which file. Source: models.md 3.6. */
import { and, eq } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { one } from '../db/rows.ts';
import { type FileStore, fileStores } from '../schema/file-stores.ts';
import { type File, files } from '../schema/files.ts';
import { type FileInStore, filesInStores } from '../schema/files-in-stores.ts';

export type { FileInStore } from '../schema/files-in-stores.ts';

// Rows are made and deleted by the backends in file-backends.ts, together with the bytes they stand for.

/** @throws NotFoundError when there is no such row */
export async function get(db: Db, id: Id<'FileInStore'>): Promise<FileInStore> {
  return one(
    await db.select().from(filesInStores).where(eq(filesInStores.id, id)),
    `file in store ${id} not found`,
  );
}

/** The record of a file in a store; undefined when the store does not have it. */
export async function find(
  db: Db,
  { storeId, fileId }: { readonly storeId: Id<'FileStore'>; readonly fileId: Id<'File'> },
): Promise<FileInStore | undefined> {
  const [row] = await db
    .select()
    .from(filesInStores)
    .where(and(eq(filesInStores.storeId, storeId), eq(filesInStores.fileId, fileId)));
  return row;
}

/** All rows by id. */
export function all(db: Db): Promise<FileInStore[]> {
  return db.select().from(filesInStores).orderBy(filesInStores.id);
}

/** The file that is held. */
export async function file(db: Db, row: FileInStore): Promise<File> {
  return one(await db.select().from(files).where(eq(files.id, row.fileId)), `file ${row.fileId} not found`);
}

/** The store that holds it. */
export async function store(db: Db, row: FileInStore): Promise<FileStore> {
  const rows = await db.select().from(fileStores).where(eq(fileStores.id, row.storeId));
  return one(rows, `file store ${row.storeId} not found`);
}
