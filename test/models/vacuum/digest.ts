import { sql } from 'drizzle-orm';
import type { Db } from '../../../src/db/database.ts';

const tables = [
  ...[
    'db_artifact',
    'db_artifactrelation',
    'db_fileinartifact',
    'db_fileupload',
    'db_fileinstore',
    'db_file',
  ],
  ...['db_filestore', 'db_collectionitem', 'db_workspace'],
];

/** Changes when any row of the tables around files changes. */
export async function digestOfTables(db: Db): Promise<string> {
  const parts = tables.map(
    (table) => sql`(select coalesce(json_agg(t order by t.id)::text, '') from ${sql.identifier(table)} t)`,
  );
  const [row] = await db.execute<{ digest: string }>(
    sql`select md5(${sql.join(parts, sql` || `)}) as digest`,
  );
  return row?.digest ?? '';
}
