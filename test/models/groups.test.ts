import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { test } from '../support/database.ts';
test('x', async ({ db }) => {
  const r: unknown[] = [];
  for (const q of [
    sql`select unnest(${sql.param([1, 2, 3])}::bigint[]) as x`,
    sql`select unnest(${sql.param([])}::bigint[]) as x`,
    sql`select unnest(${sql.param(['a,b', 'q"x', "it's", 'back\\slash', 'NULL', '', '{x}'])}::text[]) as x`,
    sql`select unnest(${sql.param([])}::text[]) as x`,
    sql`select make_interval(days => 3, secs => 5) as x`,
    sql`select trim_scale(extract(epoch from interval '12 hours'))::text as x`,
    sql`select ${{ a: 1 }}::jsonb as x`,
  ]) {
    try { r.push(await db.transaction(async (t) => JSON.stringify(await t.execute(q)))); } catch (e) { r.push(String((e as Error).cause)); }
  }
  console.log(r);
  expect(1).toBe(1);
});
