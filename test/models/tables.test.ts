/** The tables as models.md describes them; those of users, tokens and workers and such are beside their models. */
import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { transaction } from '../../src/db/transaction.ts';
import { test } from '../support/database.ts';
import { columnsOf } from './columns.ts';
import { makeWorld } from './world.ts';

const id = 'bigint not null by default as identity';
const reference = 'bigint not null';
const instant = 'timestamp with time zone';

const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  db_artifact: {
    id,
    category: 'varchar(255) not null',
    created_at: `${instant} not null`,
    data: 'jsonb not null',
    workspace_id: reference,
    created_by_work_request_id: 'bigint',
    created_by_id: 'bigint',
    expiration_delay: 'interval',
  },
  db_artifactrelation: { id, type: 'varchar(11) not null', artifact_id: reference, target_id: reference },
  db_collection: {
    id,
    name: 'varchar(255) not null',
    category: 'varchar(255) not null',
    full_history_retention_period: 'interval',
    metadata_only_retention_period: 'interval',
    data: 'jsonb not null',
    workspace_id: reference,
  },
  db_collectionitem: {
    id,
    name: 'varchar(255) not null',
    child_type: 'varchar(1) not null',
    category: 'varchar(255) not null',
    data: 'jsonb not null',
    created_at: `${instant} not null`,
    removed_at: instant,
    artifact_id: 'bigint',
    collection_id: 'bigint',
    created_by_user_id: reference,
    parent_collection_id: reference,
    removed_by_user_id: 'bigint',
  },
  db_collectionitemmatchconstraint: {
    id,
    collection_item_id: 'bigint not null',
    constraint_name: 'varchar(255) not null',
    key: 'text not null',
    value: 'text not null',
    collection_id: reference,
  },
  db_file: { id, sha256: 'bytea not null', size: 'bigint not null' },
  db_fileinartifact: { id, path: 'varchar(500) not null', artifact_id: reference, file_id: reference },
  db_fileinstore: { id, data: 'jsonb not null', file_id: reference, store_id: reference },
  db_filestore: {
    id,
    name: 'varchar(255) not null',
    backend: 'varchar(255) not null',
    configuration: 'jsonb not null',
  },
  db_fileupload: {
    id,
    path: 'varchar(500) not null',
    last_activity_at: `${instant} not null`,
    file_in_artifact_id: reference,
  },
  db_workflowtemplate: {
    id,
    name: 'varchar(255) not null',
    task_name: 'varchar(100) not null',
    task_data: 'jsonb not null',
    workspace_id: reference,
    priority: 'integer not null',
  },
  db_workrequest: {
    id,
    created_at: `${instant} not null`,
    started_at: instant,
    completed_at: instant,
    status: 'varchar(9) not null',
    result: 'varchar(7) not null',
    task_name: 'varchar(100) not null',
    task_data: 'jsonb not null',
    worker_id: 'bigint',
    workspace_id: reference,
    created_by_id: reference,
    task_type: 'varchar(8) not null',
    event_reactions: 'jsonb not null',
    parent_id: 'bigint',
    unblock_strategy: 'varchar(6) not null',
    workflow_data: 'jsonb not null',
    priority_adjustment: 'integer not null',
    priority_base: 'integer not null',
    internal_collection_id: 'bigint',
  },
};

describe('the columns of the reference', () => {
  for (const [table, columns] of Object.entries(tables)) {
    test(`are those of ${table}`, async ({ db }) => {
      expect(await columnsOf(db, table)).toEqual(columns);
    });
  }
});

test('no column has a default in the database: the program fills them in', async ({ db }) => {
  const rows = await db.execute<{ name: string }>(sql`
    select attrelid::regclass || '.' || attname as name from pg_attrdef d
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where attrelid::regclass::text ~ '^(db|auth|django)_'`);
  expect(rows).toEqual([]);
});

describe('the indexes', () => {
  const definitions: Readonly<Record<string, string>> = {
    db_workrequest_pending_idx:
      "CREATE INDEX db_workrequest_pending_idx ON public.db_workrequest USING btree (((priority_base + priority_adjustment)) DESC, created_at) WHERE ((status)::text = 'pending'::text)",
    db_workrequest_worker_idx:
      "CREATE INDEX db_workrequest_worker_idx ON public.db_workrequest USING btree (worker_id) WHERE ((status)::text = ANY ((ARRAY['pending'::character varying, 'running'::character varying])::text[]))",
    db_cimc_collection_item_idx:
      'CREATE INDEX db_cimc_collection_item_idx ON public.db_collectionitemmatchconstraint USING btree (collection_item_id)',
  };
  for (const [name, definition] of Object.entries(definitions)) {
    test(`${name} is the one of the reference`, async ({ db }) => {
      const [row] = await db.execute<{ indexdef: string }>(
        sql`select indexdef from pg_indexes where indexname = ${name}`,
      );
      expect(row?.indexdef).toBe(definition);
    });
  }
});

test('a dangling reference is accepted by every foreign key, and refused when the keys are checked', async ({
  db,
}) => {
  await makeWorld(db, 1);
  const keys = await db.execute<{ name: string; table: string; column: string; late: boolean }>(sql`
    select conname as name, conrelid::regclass::text as table, attname as column,
      condeferrable and condeferred as late
    from pg_constraint
    join pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'f' and conrelid::regclass::text ~ '^(db|auth|django)_'
    order by 2, 3`);
  expect(keys).toHaveLength(38);

  for (const { name, table, column, late } of keys) {
    expect(late, name).toBe(true);
    const dangling = transaction(db, async (tx) => {
      const changed = await tx.execute(
        sql`update ${sql.identifier(table)} set ${sql.identifier(column)} = 999999999
          where id = (select id from ${sql.identifier(table)} where ${sql.identifier(column)} is not null limit 1)
          returning id`,
      );
      expect(changed, `${table}.${column} is used in the world`).toHaveLength(1);
      await tx.execute(sql`set constraints ${sql.identifier(name)} immediate`);
    });
    await expect(dangling, name).rejects.toMatchObject({ constraint: name });
  }
});
