/** The source package that a lintian artifact is about. Source: data-schemas.md 6.3. */
import { sql } from 'drizzle-orm';
import type { AnalysedSource } from '../../data/collection-additions.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';

/**
 * The one source package the artifact is related to: directly, through binary packages built from it, or through
 * an upload that extends such a package. Null if there is none or more than one, or it has no name or version.
 */
export async function analysedSource(db: Db, artifactId: Id<'Artifact'>): Promise<AnalysedSource | null> {
  const sources = await db.execute<{ name: string | null; version: string | null }>(sql`
    with related as (
      select a.id, a.category
      from db_artifactrelation r
      join db_artifact a on a.id = r.target_id
      where r.artifact_id = ${artifactId}::bigint
        and r.type = 'relates-to'
    ), binaries as (
      select id
      from related
      where category in ('debian:binary-package', 'debian:binary-packages')
      union
      select a.id
      from related upload
      join db_artifactrelation r on r.artifact_id = upload.id and r.type = 'extends'
      join db_artifact a on a.id = r.target_id
      where upload.category = 'debian:upload'
        and a.category = 'debian:binary-package'
    ), reached as (
      select id
      from related
      union
      select r.target_id
      from binaries
      join db_artifactrelation r on r.artifact_id = binaries.id and r.type = 'built-using'
    )
    select a.data ->> 'name' as name, a.data ->> 'version' as version
    from reached
    join db_artifact a on a.id = reached.id
    where a.category = 'debian:source-package'
    order by a.id
    limit 2`);
  const [source, another] = sources;
  if (source === undefined || another !== undefined) return null;
  const { name, version } = source;
  return name === null || version === null ? null : { name, version };
}
