/** Deletes artifacts with all that belongs to them. Source: expiry.md, "Meaning" 6. */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { one } from '../../db/rows.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';

/** What went with artifacts. */
export interface Belongings {
  readonly relations: number;
  /** Places in collections that do not hold them: internal ones of finished workflows. */
  readonly items: number;
  /** Paths of unfinished uploads, relative to the upload directory; their files are to be unlinked after the commit. */
  readonly uploads: readonly string[];
  /** Files that they named and that other artifacts name as well. */
  readonly sharedFiles: readonly number[];
}

/**
 * Deletes artifacts that nothing holds, with their relations in both directions, files, uploads, and their places in
 * collections: one statement, whatever their number. The caller has the artifacts' rows locked and has looked that
 * they may go.
 * @param at when items that were active are marked as removed
 * @param idle which uploads `u` may go; when another one is left, its foreign key fails at the commit
 */
export async function deleteWithAll(
  tx: Db,
  ids: readonly number[],
  at: Timestamp,
  idle: SQL = sql`true`,
): Promise<Belongings> {
  const rows = await tx.execute<{ record: string }>(sql`
    with gone as materialized (
      select value as id from ${idList(ids)} g (value)
    ), relations as (
      delete from db_artifactrelation where id in (
        select l.id from gone g join db_artifactrelation l on l.artifact_id = g.id
        union
        select l.id from gone g join db_artifactrelation l on l.target_id = g.id
      ) returning 1
    ), parts as materialized (
      select p.id, p.file_id from gone g join db_fileinartifact p on p.artifact_id = g.id
    ), uploads as (
      delete from db_fileupload u using parts p where u.file_in_artifact_id = p.id and ${idle} returning u.path
    ), removed_parts as (
      delete from db_fileinartifact where id in (select id from parts)
    ), items as (
      -- Only collections that do not hold them can still name them. An active item needs its artifact, so it is
      -- marked as removed.
      update db_collectionitem i set removed_at = coalesce(i.removed_at, ${at}::timestamptz), artifact_id = null
      from gone g where i.artifact_id = g.id returning 1
    ), removed as (
      delete from db_artifact where id in (select id from gone)
    )
    select json_build_object(
      'relations', (select count(*) from relations), 'items', (select count(*) from items),
      'uploads', (select coalesce(json_agg(path), '[]') from uploads),
      'sharedFiles', (select coalesce(json_agg(distinct p.file_id), '[]') from parts p where exists (
        select 1 from db_fileinartifact o where o.file_id = p.file_id and o.artifact_id not in (select id from gone))
      ))::text as record`);
  return JSON.parse(one(rows, 'nothing was deleted').record) as Belongings;
}
