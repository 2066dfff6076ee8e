/** Uploads in progress. Source: models.md 3.12. */
import { and, eq } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { afterCommit, transaction } from '../db/transaction.ts';
import { ArgumentError } from '../errors.ts';
import { type FileInArtifact, filesInArtifacts } from '../schema/files-in-artifacts.ts';
import { type FileUpload, fileUploads } from '../schema/file-uploads.ts';
import { removeUpload, uploadPath, uploadSize } from '../storage/uploads.ts';
import type { Timestamp } from '../timestamp.ts';

export type { FileUpload } from '../schema/file-uploads.ts';

export interface UploadSettings {
  /** Absolute path of the directory of unfinished uploads. Source: cli.md 5.5. */
  readonly uploadDirectory: string;
}

/** @throws NotFoundError when there is no such upload */
export async function get(db: Db, id: Id<'FileUpload'>): Promise<FileUpload> {
  return one(
    await db.select().from(fileUploads).where(eq(fileUploads.id, id)),
    `file upload ${id} not found`,
  );
}

/** All uploads by id. */
export function all(db: Db): Promise<FileUpload[]> {
  return db.select().from(fileUploads).orderBy(fileUploads.id);
}

/**
 * Records that the upload of a file has begun; its file on disk is the uploader's business.
 * @param given.path relative to the upload directory
 * @throws ConstraintError when the path is taken, or the file is being uploaded already
 */
export function create(
  db: Db,
  given: { readonly fileInArtifactId: Id<'FileInArtifact'>; readonly path: string },
  at: Timestamp,
): Promise<FileUpload> {
  return transaction(db, async (tx) =>
    inserted(
      await tx
        .insert(fileUploads)
        .values({ ...given, lastActivityAt: at })
        .returning(),
    ),
  );
}

/** The file that is being uploaded. */
export async function fileInArtifact(db: Db, upload: FileUpload): Promise<FileInArtifact> {
  const rows = await db
    .select()
    .from(filesInArtifacts)
    .where(eq(filesInArtifacts.id, upload.fileInArtifactId));
  return one(rows, `file in artifact ${upload.fileInArtifactId} not found`);
}

/**
 * Where the bytes uploaded so far are.
 * @throws StorageError when the path of the row leads out of the upload directory
 */
export function absoluteFilePath(
  upload: Pick<FileUpload, 'path'>,
  { uploadDirectory }: UploadSettings,
): string {
  return uploadPath(uploadDirectory, upload.path);
}

/**
 * Bytes of a file of an artifact that have been uploaded so far: 0 when there is nothing on disk yet, and less than
 * the file's size while it is being uploaded.
 * @throws ArgumentError when the artifact has no file at that path, or it is not being uploaded
 */
export async function currentSize(
  db: Db,
  { artifactId, path }: { readonly artifactId: Id<'Artifact'>; readonly path: string },
  { uploadDirectory }: UploadSettings,
): Promise<number> {
  const [row] = await db
    .select({ partId: filesInArtifacts.id, uploadPath: fileUploads.path })
    .from(filesInArtifacts)
    .leftJoin(fileUploads, eq(fileUploads.fileInArtifactId, filesInArtifacts.id))
    .where(and(eq(filesInArtifacts.artifactId, artifactId), eq(filesInArtifacts.path, path)));
  if (row === undefined)
    throw new ArgumentError(`artifact ${artifactId} has no file ${JSON.stringify(path)}`);
  if (row.uploadPath === null)
    throw new ArgumentError(`file in artifact ${row.partId} is not being uploaded`);
  return uploadSize(uploadDirectory, row.uploadPath);
}

/**
 * Deletes an upload: its row now, its file once the outermost transaction is committed. After a rollback both are
 * still there. Nothing refers to an upload, so nothing protects it.
 * @returns how many rows went: 0 when it was gone already
 * @throws StorageError after the commit, when the file cannot be removed; a file that is not there is fine
 */
async function remove(db: Db, upload: FileUpload, settings: UploadSettings): Promise<number> {
  absoluteFilePath(upload, settings);
  return transaction(db, async (tx) => {
    const gone = await tx
      .delete(fileUploads)
      .where(eq(fileUploads.id, upload.id))
      .returning({ id: fileUploads.id });
    if (gone.length > 0) await afterCommit(tx, () => removeUpload(settings.uploadDirectory, upload.path));
    return gone.length;
  });
}
export { remove as delete, removeUpload };
