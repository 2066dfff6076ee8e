import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { judgeLevel, levelGuard, requireLevel } from '../../src/db/level.ts';
import { transaction } from '../../src/db/transaction.ts';
import { createTestDatabase, test } from '../support/database.ts';

describe('the guard of transactions that only read', () => {
  const parts = ['0023_token_hash_initial', '0024_token_hash_data', '0025_token_hash_final'];

  test('lets through exactly the histories that are judged to be at the level', async ({ database }) => {
    const { db } = database;
    const rows = await db.execute<{ name: string }>(
      sql`select name from django_migrations where app = 'db' order by name`,
    );
    const names = rows.map(({ name }) => name);
    const without = (...gone: string[]) => names.filter((name) => !gone.includes(name));
    const histories: readonly (readonly string[])[] = [
      names,
      [...names, ...names],
      [...without(...parts), '0023_token_hash'],
      [...names, '0023_token_hash'],
      [...without(...parts.slice(1)), '0023_token_hash'],
      without(...parts),
      without(parts[1] ?? ''),
      without('0041_piuparts_lookup'),
      without('0001_initial'),
      [...names, '0042_anything'],
      [...without('0041_piuparts_lookup'), '0042_anything'],
      [],
    ];
    for (const history of histories) {
      await db.execute(sql`delete from django_migrations where app = 'db'`);
      await db.execute(sql`insert into django_migrations (app, name, applied)
        select 'db', value, now() from jsonb_array_elements_text(${JSON.stringify(history)}::text::jsonb)`);
      // One after the other: a transaction that only reads does not keep other statements out.
      const [outcome] = await Promise.allSettled([
        transaction(db, (tx) => tx.execute(sql`select 1`), { readOnly: true, guard: levelGuard }),
      ]);
      const [expected] = await Promise.allSettled([requireLevel(db)]);
      expect(outcome.status, String(history.length)).toBe(expected.status);
      expect(outcome.status === 'fulfilled').toBe(judgeLevel(history).state === 'exact');
      if (outcome.status === 'rejected' && expected.status === 'rejected') {
        expect(outcome.reason).toEqual(expected.reason);
      }
    }
  });

  test('tells that there is no schema', async () => {
    const empty = await createTestDatabase('empty');
    const read = transaction(empty.db, (tx) => tx.execute(sql`select 1`), {
      readOnly: true,
      guard: levelGuard,
    });
    await expect(read).rejects.toMatchObject({ code: 'schema_missing' });
    await empty.close();
  });

  test('holds even when the work asks the database nothing, and comes before anything it asks', async ({
    database,
  }) => {
    const guard = { statement: 'select 1 / 0', explain: () => Promise.reject(new Error('not so')) };
    const ran: unknown[] = [];
    await expect(
      transaction(database.db, () => Promise.resolve(), { readOnly: true, guard }),
    ).rejects.toThrow('not so');
    const query = transaction(
      database.db,
      async (tx) => {
        ran.push(await tx.execute(sql`select pg_advisory_lock(77)`));
      },
      { readOnly: true, guard },
    );
    await expect(query).rejects.toThrow('not so');
    expect(ran).toEqual([]);
    const locks = await database.db.execute(sql`select from pg_locks where locktype = 'advisory'`);
    expect(locks).toHaveLength(0);
  });
});

describe('a transaction that only reads', () => {
  const snapshot = { isolation: 'repeatable read', readOnly: true } as const;

  test('sees one snapshot, and cannot write', async ({ database }) => {
    const other = database.connect();
    await transaction(
      database.db,
      async (tx) => {
        const count = async () => (await tx.execute(sql`select from django_migrations`)).length;
        const before = await count();
        await other.execute(sql`insert into django_migrations (app, name, applied) values ('x', 'y', now())`);
        expect(await count()).toBe(before);
      },
      snapshot,
    );
    const write = transaction(
      database.db,
      (tx) => tx.execute(sql`delete from django_migrations where app = 'x'`),
      snapshot,
    );
    await expect(write).rejects.toMatchObject({ code: 'database_unreachable' });
    await other.execute(sql`delete from django_migrations where app = 'x'`);
  });

  test('leaves the connection as it was, whether it succeeds or fails', async ({ database }) => {
    const { db } = database;
    await transaction(db, (tx) => tx.execute(sql`select 1`), snapshot);
    await expect(transaction(db, (tx) => tx.execute(sql`select broken`), snapshot)).rejects.toThrow();
    await expect(transaction(db, () => Promise.reject(new Error('mine')), snapshot)).rejects.toThrow('mine');
    const [row] = await db.execute<{ setting: string }>(
      sql`select current_setting('transaction_read_only') as setting`,
    );
    expect(row?.setting).toBe('off');
  });

  test('goes on after a part of it has failed', async ({ database }) => {
    const rows = await transaction(
      database.db,
      async (tx) => {
        await expect(transaction(tx, (inner) => inner.execute(sql`select broken`))).rejects.toThrow();
        return transaction(tx, (inner) => inner.execute(sql`select 7 as seven`));
      },
      snapshot,
    );
    expect(rows).toEqual([{ seven: 7 }]);
  });
});
