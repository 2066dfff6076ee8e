import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import { test } from '../support/database.ts';

const query = readFileSync(new URL('schema-catalog.sql', import.meta.url), 'utf8');
const expected: unknown = JSON.parse(readFileSync(new URL('schema-0041.json', import.meta.url), 'utf8'));

async function catalog(db: Db): Promise<unknown> {
  const [row] = await db.execute<{ catalog: unknown }>(sql.raw(query));
  const found = row?.catalog;
  return typeof found === 'string' ? JSON.parse(found) : found;
}

test('a migrated database has exactly the catalog of level db 0041', async ({ db }) => {
  expect(await catalog(db)).toEqual(expected);
});

test('the comparison notices an index that is missing', async ({ db }) => {
  await db.execute(sql`drop index db_workrequest_pending_idx`);
  expect(await catalog(db)).not.toEqual(expected);
});

test('the comparison notices a key that is no longer deferred', async ({ db }) => {
  await db.execute(
    sql`alter table db_artifact alter constraint db_artifact_workspace_id_5646e56a_fk_db_workspace_id not deferrable`,
  );
  expect(await catalog(db)).not.toEqual(expected);
});
