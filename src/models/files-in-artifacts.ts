/** Under which path an artifact shows a file. Source: models.md 3.11. */
import { eq, sql } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ArgumentError } from '../errors.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import { type File, files } from '../schema/files.ts';
import { type FileInArtifact, filesInArtifacts } from '../schema/files-in-artifacts.ts';
import { type FileUpload, fileUploads } from '../schema/file-uploads.ts';
import { refuseWhenReferredTo } from './references.ts';

export type { FileInArtifact } from '../schema/files-in-artifacts.ts';

/** @throws NotFoundError when there is no such row */
export async function get(db: Db, id: Id<'FileInArtifact'>): Promise<FileInArtifact> {
  const rows = await db.select().from(filesInArtifacts).where(eq(filesInArtifacts.id, id));
  return one(rows, `file in artifact ${id} not found`);
}

/** All rows by id. */
export function all(db: Db): Promise<FileInArtifact[]> {
  return db.select().from(filesInArtifacts).orderBy(filesInArtifacts.id);
}

/**
 * Shows a file in an artifact.
 * @param given.path any text but the empty one; may contain directories
 * @throws ArgumentError for an empty path; NotFoundError when the file is gone; ConstraintError when the artifact has
 *   a file at that path, or does not exist
 */
export async function create(
  db: Db,
  given: { readonly artifactId: Id<'Artifact'>; readonly fileId: Id<'File'>; readonly path: string },
): Promise<FileInArtifact> {
  if (given.path === '') throw new ArgumentError('the path of a file in an artifact must not be empty');
  return transaction(db, async (tx) => {
    // The race: expiry removes the file because nothing names it yet. It waits for this lock and finds our row, or we
    // wait for it and find the file gone; see `hold` in files.ts.
    const held = await tx
      .select({ id: files.id })
      .from(files)
      .where(eq(files.id, given.fileId))
      .for('key share');
    one(held, `file ${given.fileId} not found`);
    return inserted(await tx.insert(filesInArtifacts).values(given).returning());
  });
}

/** The artifact that shows the file. */
export async function artifact(db: Db, row: FileInArtifact): Promise<Artifact> {
  const rows = await db.select().from(artifacts).where(eq(artifacts.id, row.artifactId));
  return one(rows, `artifact ${row.artifactId} not found`);
}

/** The file that is shown. */
export async function file(db: Db, row: FileInArtifact): Promise<File> {
  return one(await db.select().from(files).where(eq(files.id, row.fileId)), `file ${row.fileId} not found`);
}

/** The upload of the file that is in progress; undefined when there is none. */
export async function fileUpload(db: Db, id: Id<'FileInArtifact'>): Promise<FileUpload | undefined> {
  const [row] = await db.select().from(fileUploads).where(eq(fileUploads.fileInArtifactId, id));
  return row;
}

/**
 * Takes a file out of an artifact; the file itself stays.
 *
 * Source: models.md 2.4.
 * @throws NotFoundError when there is no such row; ProtectedError while the file is being uploaded
 */
async function remove(db: Db, id: Id<'FileInArtifact'>): Promise<void> {
  await transaction(db, async (tx) => {
    // The race: an upload begins while we look. Its row, committed later, fails on its foreign key.
    const found = await tx
      .select({ id: filesInArtifacts.id })
      .from(filesInArtifacts)
      .where(eq(filesInArtifacts.id, id))
      .for('update');
    one(found, `file in artifact ${id} not found`);
    await refuseWhenReferredTo(tx, `file in artifact ${id}`, [
      {
        named: ['file upload', 'file uploads'],
        rows: sql`select id from ${fileUploads} where file_in_artifact_id = ${id}::bigint`,
      },
    ]);
    await tx.delete(filesInArtifacts).where(eq(filesInArtifacts.id, id));
  });
}
export { remove as delete };
