import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { describe, expect, test as plain } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import { judgeLevel } from '../../src/db/level.ts';
import { migrate } from '../../src/db/migrate.ts';
import { createTestDatabase, test, type TestDatabase } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

const folder = new URL('../../drizzle/', import.meta.url);
const files = ['0000_schema.sql', '0001_constraints_and_first_rows.sql'];

/** A database as the original leaves it at level 0041: its tables and rows, and no journal of ours. */
async function asTheOriginalMadeIt(): Promise<TestDatabase> {
  const database = await createTestDatabase('empty');
  for (const file of files) await database.db.execute(sql.raw(readFileSync(new URL(file, folder), 'utf8')));
  return database;
}

async function digest(db: Db): Promise<string> {
  const tables = await db.execute<{ name: string }>(
    sql`select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const parts = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await db.execute<{ digest: string | null }>(
        sql.raw(`select md5(string_agg(t::text, '|' order by t::text)) as digest from ${name} t`),
      );
      return `${name}=${row?.digest ?? ''}`;
    }),
  );
  return parts.join('\n');
}

describe('database migrate', () => {
  plain('an empty database gets the schema and the first rows, in one run', async () => {
    const database = await createTestDatabase('empty');
    try {
      const { exitCode, stdout } = await runCommand(database, ['database', 'migrate', '--json']);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ from: null, to: '0041', adopted: false, changed: true });
      const [counts] = await database.db.execute(sql`
        select (select count(*)::int from django_migrations) as migrations,
          (select count(*)::int from django_content_type) as types,
          (select count(*)::int from auth_permission) as permissions,
          (select codename from auth_permission where id = 57) as special,
          (select name from db_filestore) as store,
          (select name from db_workspace) as workspace,
          (select count(*)::int from db_user) as users`);
      expect(counts).toEqual({
        migrations: 58,
        types: 21,
        permissions: 85,
        special: 'manage_workrequest_priorities',
        store: 'Default',
        workspace: 'System',
        users: 0,
      });
      // The sequences go on after the rows that were inserted with their ids.
      const [store] = await database.db.execute(
        sql`insert into db_filestore (name, backend, configuration) values ('x', 'Local', '{}') returning id::int`,
      );
      expect(store).toEqual({ id: 2 });
      expect((await runCommand(database, ['database', 'migrate', '--json'])).stdout).toContain(
        '"changed":false',
      );
    } finally {
      await database.close();
    }
  });

  plain(
    '--check tells with its status whether steps are open, and --plan which; neither changes anything',
    async () => {
      const database = await createTestDatabase('empty');
      try {
        expect((await runCommand(database, ['database', 'migrate', '--check'])).exitCode).toBe(1);
        const plan = await runCommand(database, ['database', 'migrate', '--plan']);
        expect(plan).toMatchObject({ exitCode: 0, stdout: '0000_schema\n0001_constraints_and_first_rows\n' });
        expect(await digest(database.db)).toBe('');
        await runCommand(database, ['database', 'migrate']);
        expect((await runCommand(database, ['database', 'migrate', '--check'])).exitCode).toBe(0);
      } finally {
        await database.close();
      }
    },
  );

  plain(
    'a database that the original migrated to db 0041 is adopted without a change to its tables',
    async () => {
      const database = await asTheOriginalMadeIt();
      try {
        const before = await digest(database.db);
        const { stdout } = await runCommand(database, ['database', 'migrate', '--json']);
        expect(JSON.parse(stdout)).toMatchObject({ from: '0041', adopted: true, changed: true, applied: [] });
        const after = await digest(database.db);
        const ours = after.split('\n').filter((line) => line.startsWith('drizzle.'));
        expect(after.split('\n').filter((line) => !line.startsWith('drizzle.'))).toEqual(before.split('\n'));
        expect(ours).toHaveLength(1);
      } finally {
        await database.close();
      }
    },
  );

  plain.for([
    [
      'further',
      sql`insert into django_migrations (app, name, applied) values ('db', '0042_later', now())`,
      '0042_later',
    ],
    [
      'less far',
      sql`delete from django_migrations where app = 'db' and name = '0041_piuparts_lookup'`,
      '0040_blhc_lookup',
    ],
  ] as const)(
    'a database migrated %s is refused by every command, which changes nothing',
    async ([, change, at]) => {
      const database = await asTheOriginalMadeIt();
      try {
        await database.db.execute(change);
        const before = await digest(database.db);
        for (const words of [
          ['database', 'migrate'],
          ['create-token', 'alice'],
          ['list-workers'],
          ['create-workspace', 'qa'],
          ['create-workflow', 'x', '--created-by', 'alice'],
        ]) {
          const { exitCode, stdout, stderr } = await runCommand(database, words);
          expect([words, exitCode]).toEqual([words, 5]);
          expect(stdout).toBe('');
          expect(stderr).toContain(at);
          expect(stderr).toContain('this release needs db 0041');
        }
        expect(await digest(database.db)).toBe(before);
      } finally {
        await database.close();
      }
    },
  );

  plain('tables without a history are refused', async () => {
    const database = await createTestDatabase('empty');
    try {
      await database.db.execute(sql`create table db_artifact (id int)`);
      expect(await runCommand(database, ['database', 'migrate'])).toMatchObject({
        exitCode: 4,
        stderr: expect.stringMatching(/db_artifact/),
      });
    } finally {
      await database.close();
    }
  });

  plain('of two at once one works, the other waits, and both succeed', async () => {
    const database = await createTestDatabase('empty');
    try {
      const [one, other] = await Promise.all([migrate(database.connect()), migrate(database.connect())]);
      expect([one.changed, other.changed].sort()).toEqual([false, true]);
      const [row] = await database.db.execute(
        sql`select count(*)::int as n from drizzle.__drizzle_migrations`,
      );
      expect(row).toEqual({ n: 2 });
    } finally {
      await database.close();
    }
  });

  plain('a step in our journal that this release does not know is refused', async () => {
    const database = await createTestDatabase();
    try {
      await database.db.execute(
        sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 1e15)`,
      );
      expect(await runCommand(database, ['database', 'migrate'])).toMatchObject({
        exitCode: 5,
        stderr: expect.stringMatching(/step 3/),
      });
    } finally {
      await database.close();
    }
  });

  test('a target name, as the original takes it, is refused: nothing is ever undone', async ({
    database,
  }) => {
    for (const words of [
      ['database', 'migrate', '0040'],
      ['migrate', 'db', '0040'],
    ]) {
      expect((await runCommand(database, words)).exitCode).toBe(2);
    }
  });
});

describe('the level of a database', () => {
  plain('counts the undivided step of older releases as its three parts', () => {
    const names = readFileSync(new URL(files[1] ?? '', folder), 'utf8').matchAll(/'db', '(\d{4}_\w+)'/g);
    const all = [...names].map(([, name]) => name ?? '');
    expect(judgeLevel(all)).toEqual({ state: 'exact' });
    const undivided = all.filter((name) => !/^002[345]_token_hash_/.test(name));
    expect(judgeLevel(undivided)).toEqual({ state: 'exact' });
    expect(judgeLevel(undivided.filter((name) => name !== '0023_token_hash')).state).toBe('older');
  });
});
