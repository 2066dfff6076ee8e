/** What must be true of a store after everything: each file that is named is there, and nothing else is. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';

/**
 * @param orphans names of contents that may be there without a record: somebody was cut off while he stored them
 */
export async function expectNamedFilesAndNothingElse(
  db: Db,
  store: string,
  orphans: ReadonlySet<string> = new Set(),
): Promise<void> {
  const rows = await db.execute<{ sha256: string; size: string; is_stored: boolean }>(sql`
    select encode(f.sha256, 'hex') as sha256, f.size,
      exists (select 1 from db_fileinstore s where s.file_id = f.id)
        and exists (select 1 from db_fileinartifact p where p.file_id = f.id) as is_stored
    from db_file f`);
  expect(rows.filter(({ is_stored: isStored }) => !isStored)).toEqual([]);
  const named = new Set(rows.map(({ sha256, size }) => `${sha256}-${size}`));
  const onDisk = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const names = onDisk.map(({ name }) => name);
  expect(names.filter((name) => named.has(name) || !orphans.has(name)).sort()).toEqual([...named].sort());
  for (const { name, parentPath } of onDisk) {
    if (!named.has(name)) continue;
    const digest = createHash('sha256')
      .update(readFileSync(path.join(parentPath, name)))
      .digest('hex');
    expect(name.startsWith(digest)).toBe(true);
  }
}
