/** A copy of the world of the examples whose rows are damaged and put back again, and all that reads it. */
import { sql, type SQL } from 'drizzle-orm';
import { expect } from 'vitest';
import { catalog } from '../../src/cli/catalog.ts';
import { transaction } from '../../src/db/transaction.ts';
import type { Db } from '../../src/db/database.ts';
import { allExamples, type Copy, makeWorld } from './examples.ts';
import { type Outcome, runCommand } from './run-command.ts';

/** Something that other programs, or people with psql, may have done to the rows. */
export interface Damage {
  readonly what: string;
  readonly statements: readonly SQL[];
}

const nested = (levels: number, open: string, close: string): string =>
  `${open.repeat(levels)}1${close.repeat(levels)}`;

/** JSON texts that no reader expects. */
const shapes: Readonly<Record<string, string>> = {
  null: 'null',
  number: '5',
  text: '"x"',
  constant: 'true',
  list: '["a", 1, null, {"a": []}]',
  nothing: '{}',
  'nested 5,000 deep': `{"data": ${nested(5000, '[', ']')}, "a": ${nested(5000, '{"a":', '}')}}`,
  'one MB': JSON.stringify({ a: 'x'.repeat(1_000_000) }),
  'control characters':
    '{"\\u001b[31m\\u202e\\u0007": "\\u001b]0;x\\u0007\\u202e\\u009b", "__proto__": {"polluted": 1}}',
  'numbers beyond ours': '{"a": 1e400, "b": -1e400, "c": 9223372036854775808, "d": 1e-400, "version": 1e400}',
};

/** What may stand where another type was meant, in place of each member of an object. */
const members: Readonly<Record<string, string>> = {
  null: 'null',
  number: '1e400',
  text: '"\\u001b[31mx"',
  list: '[[1], null, "a"]',
  mapping: '{"a": [1]}',
};

/** Every JSON column with every shape, and with each member of another type. */
export async function jsonDamages(db: Db): Promise<readonly Damage[]> {
  const columns = await jsonColumns(db);
  return columns.flatMap(({ table, column }) => {
    const [rows, data] = [sql.identifier(table), sql.identifier(column)];
    const whole = Object.entries(shapes).map(([what, json]) => ({
      what: `${table}.${column}: ${what}`,
      statements: [sql`update ${rows} set ${data} = ${json}::text::jsonb`],
    }));
    const inside = Object.entries(members).map(([what, json]) => ({
      what: `${table}.${column}: members, ${what}`,
      statements: [
        sql`
        update ${rows} set ${data} = (select jsonb_object_agg(key, ${json}::text::jsonb) from jsonb_each(${data}))
        where jsonb_typeof(${data}) = 'object' and ${data} <> '{}'`,
      ],
    }));
    return [...whole, ...inside];
  });
}

/** Appends to the texts in all columns, as much as has room, but leaves the names that examples name. */
export async function textDamage(db: Db, hostile: string): Promise<Damage> {
  const columns = await db.execute<{ table: string; column: string; length: number | null }>(sql`
    select c.table_name as "table", c.column_name as "column", c.character_maximum_length as "length"
    from information_schema.columns c join information_schema.tables using (table_schema, table_name)
    where c.table_schema = 'public' and table_type = 'BASE TABLE'
      and c.data_type in ('character varying', 'text')
      -- Those tell the level of the schema.
      and c.table_name not like 'django%' order by 1, 2`);
  const named = (await allExamples()).flatMap(({ words }) =>
    words.flatMap((word) => word.split(/[@/=]|:(?=hello)/)),
  );
  return {
    what: 'hostile text',
    statements: columns.map(({ table, column, length }) => {
      const [rows, text] = [sql.identifier(table), sql.identifier(column)];
      return sql`update ${rows} set ${text} = left(${text} || ${hostile}::text, ${length ?? 20_000}::int)
        where ${text} not in (select json_array_elements_text(${JSON.stringify(named)}::text::json))`;
    }),
  };
}

/** Sets a column of all rows. */
const set = (table: string, column: string, value: SQL, where = sql`true`): SQL =>
  sql`update ${sql.identifier(table)} set ${sql.identifier(column)} = ${value} where ${where}`;

const one = (what: string, ...statements: readonly SQL[]): Damage => ({ what, statements });

/** Words that nobody knows, in columns where only the programs know which there may be. */
const words: readonly Damage[] = [
  ['db_artifact', 'category'],
  ['db_collection', 'category'],
  ['db_filestore', 'backend'],
  ['db_notificationchannel', 'method'],
  ['db_workrequest', 'status'],
  ['db_workrequest', 'result'],
  ['db_workrequest', 'task_type'],
  ['db_workrequest', 'task_name'],
  ['db_workrequest', 'unblock_strategy'],
  ['db_workflowtemplate', 'task_name'],
  ['db_artifactrelation', 'type'],
  ['db_collectionitem', 'category'],
].map(([table = '', column = '']) => one(`${table}.${column}: unknown`, set(table, column, sql`'x'`)));

/** References that go round, or lead nowhere. */
const references: readonly Damage[] = [
  one('a work request is its own parent', set('db_workrequest', 'parent_id', sql`id`)),
  one(
    'a cycle of parents',
    set('db_workrequest', 'parent_id', sql`51`, sql`id = 40`),
    set('db_workrequest', 'parent_id', sql`40`, sql`id = 51`),
  ),
  one(
    'a cycle of dependencies',
    sql`insert into db_workrequest_dependencies (from_workrequest_id, to_workrequest_id)
      select a.id, b.id from db_workrequest a, db_workrequest b`,
    set('db_workrequest', 'status', sql`'blocked'`),
  ),
  one(
    'a cycle of relations',
    sql`delete from db_artifactrelation`,
    sql`insert into db_artifactrelation (artifact_id, target_id, type)
      select a.id, b.id, t from db_artifact a, db_artifact b, unnest(array['extends', 'relates-to']) t`,
  ),
  one(
    'collections hold each other',
    sql`insert into db_collectionitem
      (name, child_type, category, created_at, created_by_user_id, data, collection_id, parent_collection_id)
      select 'child-' || a.id, 'c', a.category, now(), 1, '{}', a.id, b.id
      from db_collection a join db_collection b on b.id <> a.id`,
  ),
  one('no users', sql`delete from db_user`),
  one('no workspaces', sql`delete from db_workspace`),
  one('no file stores', sql`delete from db_filestore`),
  one('no artifacts', sql`delete from db_artifact`),
  one('no workers', sql`delete from db_worker`),
  one('no collections', sql`delete from db_collection`),
  one('no tokens', sql`delete from db_token`),
  one('no files', sql`delete from db_file`),
  one('no work requests but children', sql`delete from db_workrequest where parent_id is null`),
  one('a file that no store has', sql`delete from db_fileinstore`),
];

/** Directories of file stores. */
const directories: readonly Damage[] = Object.entries({
  relative: '"srv"',
  'with a step up': '"/srv/../../etc"',
  'with NUL-like text': '"/\\u0001\\u202e"',
  missing: '"/nonexistent/at/all"',
  'no directory': '"/dev/null"',
  'a number': '5',
  empty: '""',
}).map(([what, json]) =>
  one(
    `the directory of the stores: ${what}`,
    sql`update db_filestore set configuration = jsonb_build_object('base_directory', ${json}::text::jsonb)`,
  ),
);

const edges = ['infinity', '-infinity', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999', 'epoch'];
const spans = ['1 month', '-1 year', '178000000 years', '-5 days', '0', '1 mon -30 days', '2000000000 days'];

/** Times at the edges of the calendar, and spans of every kind, in every column that may hold them. */
export async function timeDamages(db: Db): Promise<readonly Damage[]> {
  const types = { 'timestamp with time zone': edges, interval: spans };
  const columns = await db.execute<{ table: string; column: string; type: keyof typeof types }>(sql`
    select c.table_name as "table", c.column_name as "column", c.data_type as "type"
    from information_schema.columns c join information_schema.tables using (table_schema, table_name)
    where c.table_schema = 'public' and table_type = 'BASE TABLE'
      and c.data_type in ('timestamp with time zone', 'interval') order by 1, 2`);
  // All columns of a type at once: each reader meets the values of all of them.
  return Object.entries(types).flatMap(([type, values]) =>
    values.map((value) =>
      one(
        `${type}: ${value}`,
        ...columns
          .filter((column) => column.type === type)
          .map(({ table, column }) => set(table, column, sql.raw(`'${value}'::${type}`))),
      ),
    ),
  );
}

/** Damages that are no matter of JSON or time. */
export const otherDamages: readonly Damage[] = [...words, ...references, ...directories];

/** A column of a table, by the names of the database. */
interface TableColumn {
  readonly table: string;
  readonly column: string;
}

/** All JSON columns there are. */
async function jsonColumns(db: Db): Promise<readonly TableColumn[]> {
  return db.execute<{ table: string; column: string }>(sql`
    select table_name as "table", column_name as "column" from information_schema.columns
    where table_schema = 'public' and data_type in ('jsonb', 'json') order by 1, 2`);
}

/** Keeps the rows of all tables aside, for `restore`. */
export async function keepRows({ database: { db } }: Copy): Promise<void> {
  await db.execute(sql`do $$ declare it record; begin
    create schema undamaged;
    for it in select tablename from pg_tables where schemaname = 'public' loop
      execute format('create table undamaged.%1$I as table public.%1$I', it.tablename);
    end loop;
  end $$`);
}

/** Puts all rows back. */
export async function restore({ database: { db } }: Copy): Promise<void> {
  await db.execute(sql`do $$ declare it record; begin
    set local session_replication_role = replica;
    for it in select tablename from pg_tables where schemaname = 'undamaged' loop
      execute format('delete from public.%1$I', it.tablename);
      execute format('insert into public.%1$I overriding system value table undamaged.%1$I', it.tablename);
    end loop;
  end $$`);
}

/** Does the damage. Foreign keys are not looked at, as where a dump was put in with them switched off. */
export async function inflict({ database: { db } }: Copy, damage: Damage): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    for (const statement of damage.statements) await tx.execute(statement);
  });
}

/** Of the commands that only read every example, and every list without options. */
export async function readingLines(): Promise<readonly (readonly string[])[]> {
  const examples = await allExamples();
  const read = examples.filter(({ command }) => command.database === 'read').map(({ words }) => words);
  const bare = catalog.filter(({ name }) => name.startsWith('list-')).map(({ name }) => [name]);
  return [...read, ...bare];
}

/** Command lines of the other commands that change nothing. */
const dry: readonly (readonly string[])[] = [
  ['check', '--data'],
  ['check'],
  ['database', 'check'],
  ['database', 'doctor'],
  ['expire-artifacts', '--dry-run', '--verbose'],
  ['expire-artifacts', '--dry-run', '--jsonl'],
  ['expire-artifacts', '--explain', '5'],
  ['expire-artifacts', '--explain', '12'],
  ['expiry-forecast'],
  ['vacuum-storage', '--dry-run'],
  ['orchestrate-workflow', '12', '--dry-run', '--json'],
  ['show-workspace', 'System'],
  ['test-notification-channel', 'admin-team', '--dry-run'],
  ['create-workflow', 'build-all', '--created-by', 'alice', '--dry-run'],
  ['manage-work-request', 'abort', '40', '--recursive', '--dry-run'],
  ['delete-workspace', 'qa', '--dry-run'],
  ['delete-collection', 'bookworm@debian:suite', '--force', '--dry-run'],
];

/** What only a defect prints. */
const insides =
  /unexpected failure|"code":"internal"|TypeError|RangeError|\bat .+\.[jt]s:\d|\[object |\bundefined\b/;

/** No reader of so few rows may take longer, in milliseconds. */
const patience = 20_000;

/** Whether an end is a good one; a refusal or a finding must name what it is about: by number or in quotes. */
function complaint({ exitCode, stdout, stderr }: Outcome): string | undefined {
  if (insides.test(stderr) || insides.test(stdout)) return 'shows its insides';
  if (/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(stderr.replaceAll('\n', '')))
    return 'writes control characters';
  if (exitCode === 0) return undefined;
  if (exitCode === 1) return stdout + stderr === '' ? 'finds something and does not say what' : undefined;
  if (![3, 4, 7].includes(exitCode)) return 'has the status of another kind of failure';
  // Of the one template on the command line the keys are named.
  return /\d|"|\bdata: /.test(stderr) ? undefined : 'does not name the row';
}

/**
 * Does each damage to one copy of the world, runs all that reads, and puts the rows back.
 * @param share 1 for every reader with every damage; n for every n-th pair of the two
 */
export async function expectReadersBear(
  damagesIn: (db: Db) => Promise<readonly Damage[]>,
  share: number,
): Promise<void> {
  const world = await makeWorld();
  const copy = await world.copy();
  try {
    await keepRows(copy);
    const lines = [...(await readingLines()), ...dry];
    const failures: string[] = [];
    for (const [at, damage] of (await damagesIn(copy.database.db)).entries()) {
      await inflict(copy, damage);
      for (const line of lines.filter((_, number) => (at + number) % share === 0)) {
        const stop = new AbortController();
        const timer = setTimeout(() => stop.abort('SIGTERM'), patience);
        const outcome = await runCommand(copy.database, copy.localized(line), {
          env: copy.env,
          signal: stop.signal,
        }).finally(() => clearTimeout(timer));
        const found = stop.signal.aborted ? 'takes longer than is right' : complaint(outcome);
        if (found === undefined) continue;
        const { exitCode, stderr } = outcome;
        failures.push(`${damage.what}; ${line.join(' ')}: ${found}: ${exitCode} ${stderr.slice(0, 500)}`);
      }
      await restore(copy);
    }
    expect(failures.join('\n')).toBe('');
  } finally {
    await copy.remove();
    await world.remove();
  }
}
