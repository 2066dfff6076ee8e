/** What a person is told of an artifact that goes. */
import { type SQL, sql } from 'drizzle-orm';
import { type Db } from '../../db/database.ts';
import { instant } from '../../db/listing.ts';
import type { Timestamp } from '../../timestamp.ts';
import { expiryInstant } from '../artifact-expiry.ts';
import { idList } from '../lists.ts';

export interface ExpiryItem {
  readonly id: number;
  readonly category: string;
  readonly workspace: string;
  readonly created_at: Timestamp;
  readonly expired_at: Timestamp;
  readonly files: number;
  /** Bytes of its files, each content once; shared ones too. */
  readonly size_bytes: number;
}

/** An `ExpiryItem` of artifact `a` in workspace `w`, as JSON text. */
export const description: SQL = sql`json_build_object('id', a.id, 'category', a.category, 'workspace', w.name,
  'created_at', ${instant(sql`a.created_at`)}, 'expired_at', ${instant(expiryInstant)},
  'files', (select count(*) from db_fileinartifact p where p.artifact_id = a.id),
  'size_bytes', (select coalesce(sum(f.size), 0) from db_file f
    where f.id in (select p.file_id from db_fileinartifact p where p.artifact_id = a.id)))::text`;

/** By id. */
export async function describe(db: Db, ids: readonly number[]): Promise<readonly ExpiryItem[]> {
  const rows = await db.execute<{ record: string }>(sql`
    select ${description} as record
    from ${idList(ids)} g (value) join db_artifact a on a.id = g.value join db_workspace w on w.id = a.workspace_id
    order by a.id`);
  return rows.map(({ record }) => JSON.parse(record) as ExpiryItem);
}
