/** What a new database holds. Source: models.md 5. */
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { test } from '../support/database.ts';

test('the stores, workspaces and users of a new database', async ({ db }) => {
  expect(await db.execute(sql`select id::int, name, backend, configuration from db_filestore`)).toEqual([
    { id: 1, name: 'Default', backend: 'Local', configuration: {} },
  ]);
  expect(
    await db.execute(
      sql`select id::int, name, public, default_file_store_id::int as store,
        default_expiration_delay::text as delay from db_workspace`,
    ),
  ).toEqual([{ id: 1, name: 'System', public: false, store: 1, delay: '00:00:00' }]);
  const filled = [
    'auth_permission',
    'db_filestore',
    'db_workspace',
    'django_content_type',
    'django_migrations',
  ];
  const tables = await db.execute<{ name: string }>(
    sql`select relname as name from pg_class where relkind = 'r' and relname ~ '^(db|auth|django)_' order by 1`,
  );
  expect(tables).toHaveLength(27);
  for (const { name } of tables) {
    const [row] = await db.execute<{ any: boolean }>(
      sql`select exists (select 1 from ${sql.identifier(name)}) as any`,
    );
    expect(row?.any, name).toBe(filled.includes(name));
  }
});

/** Each model of each application in the order of the content types, with its label. */
const labels: Readonly<Record<string, string>> = {
  'auth.permission': 'permission',
  'auth.group': 'group',
  'contenttypes.contenttype': 'content type',
  'db.user': 'user',
  'db.artifact': 'artifact',
  'db.artifactrelation': 'artifact relation',
  'db.file': 'file',
  'db.fileinartifact': 'file in artifact',
  'db.fileinstore': 'file in store',
  'db.filestore': 'file store',
  'db.token': 'token',
  'db.worker': 'worker',
  'db.workspace': 'workspace',
  'db.workrequest': 'work request',
  'db.fileupload': 'file upload',
  'db.notificationchannel': 'notification channel',
  'db.identity': 'identity',
  'db.collection': 'collection',
  'db.collectionitem': 'collection item',
  'db.collectionitemmatchconstraint': 'collection item match constraint',
  'db.workflowtemplate': 'workflow template',
};

test('the content types and permissions of a new database', async ({ db }) => {
  const types = await db.execute<{ id: number; type: string }>(
    sql`select id::int, app_label || '.' || model as type from django_content_type order by id`,
  );
  expect(types).toEqual(Object.keys(labels).map((type, position) => ({ id: position + 1, type })));

  const expected = Object.entries(labels).flatMap(([type, label]) => {
    const [, model = ''] = type.split('.');
    const usual = ['add', 'change', 'delete', 'view'].map((verb) => [
      `${verb}_${model}`,
      `Can ${verb} ${label}`,
    ]);
    return type === 'db.workrequest' ? [...usual, ['manage_workrequest_priorities', null]] : usual;
  });
  const found = await db.execute<{ id: number; codename: string; name: string }>(
    sql`select id::int, codename, name from auth_permission order by id`,
  );
  expect(found).toEqual(
    expected.map(([codename, name], position) => ({
      id: position + 1,
      codename,
      name: name ?? (expect.stringContaining('priority') as string),
    })),
  );
});

test('the history of a new database', async ({ db }) => {
  const rows = await db.execute<{ app: string; names: string[] }>(
    sql`select app, json_agg(name order by id) as names from django_migrations group by app order by app`,
  );
  const names = Object.fromEntries(rows.map((row) => [row.app, row.names]));
  expect(Object.keys(names)).toEqual(['auth', 'contenttypes', 'db']);
  expect(names['contenttypes']).toHaveLength(2);
  expect(names['auth']).toHaveLength(12);
  expect(names['db']).toHaveLength(44);
  // Each step once, but for the one that a later release of the original divided: the old name stands thrice.
  const numbers = [...new Set(names['db'])].map((name) => name.slice(0, 4)).sort();
  const steps = Array.from({ length: 41 }, (_, position) => String(position + 1).padStart(4, '0'));
  expect(numbers).toEqual([...steps.slice(0, 22), '0023', ...steps.slice(22)]);
  expect(names['db']?.filter((name) => name === '0023_token_hash')).toHaveLength(3);
});
