/** Deletes artifacts with all that belongs to them. Source: expiry.md, "Meaning" 6. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';

/** What went with artifacts. */
export interface Belongings {
  readonly relations: number;
  /** Places in collections that do not hold them: internal ones of finished workflows. */
  readonly items: number;
  /** Paths of unfinished uploads, relative to the upload directory; their files are to be unlinked after the commit. */
  readonly uploads: readonly string[];
}

/**
 * Deletes artifacts that nothing holds, with their relations in both directions, files, uploads, and their places in
 * collections. The caller has the artifacts' rows locked and has looked that they may go.
 * @param at when items that were active are marked as removed
 */
export async function deleteWithAll(tx: Db, ids: readonly number[], at: Timestamp): Promise<Belongings> {
  const gone = idList(ids);
  const relations = await tx.execute(sql`
    delete from db_artifactrelation where artifact_id in ${gone} or target_id in ${gone} returning 1`);
  const uploads = await tx.execute<{ path: string }>(sql`
    delete from db_fileupload u using db_fileinartifact p
    where p.id = u.file_in_artifact_id and p.artifact_id in ${gone} returning u.path`);
  await tx.execute(sql`delete from db_fileinartifact where artifact_id in ${gone}`);
  // Only collections that do not hold them can still name them. An active item needs its artifact, so it is marked as
  // removed.
  const items = await tx.execute(sql`
    update db_collectionitem set removed_at = coalesce(removed_at, ${at}::timestamptz), artifact_id = null
    where artifact_id in ${gone} returning 1`);
  await tx.execute(sql`delete from db_artifact where id in ${gone}`);
  return { relations: relations.length, items: items.length, uploads: uploads.map(({ path }) => path) };
}
