import { sql } from 'drizzle-orm';
import { one } from './rows.ts';
import type { Db } from './database.ts';
import { readLevel } from './level.ts';
import { requiredLevel } from './required-level.ts';

/** What a database tells about itself. */
export interface DatabaseFacts {
  /** Newest migration of the original's; null for an empty database. */
  readonly level: string | null;
  readonly server_version: string;
  readonly size_bytes: number;
}

/** @throws DatabaseError when the database cannot be read */
export async function databaseFacts(db: Db): Promise<DatabaseFacts> {
  const rows = await db.execute<{ version: string; size: string }>(
    sql`select current_setting('server_version') as version, pg_database_size(current_database()) as size`,
  );
  const { version, size } = one(rows, 'the server says nothing of itself');
  const level = await readLevel(db);
  const at = level.state === 'exact' ? requiredLevel : level.state === 'empty' ? null : level.at;
  return { level: at, server_version: version, size_bytes: Number(size) };
}
