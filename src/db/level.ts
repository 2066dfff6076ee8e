/** The level of the schema, read from the original's migration history. */
import { sql } from 'drizzle-orm';
import { DatabaseError } from '../errors.ts';
import { type Db } from './database.ts';
import { failureCode } from './failures.ts';
import { requiredLevel } from './required-level.ts';
import type { Guard } from './transaction.ts';

/**
 * The steps of the original's app `db` up to the required level. The three parts of `0023` carry the new names
 * that a later release gave them; a database migrated before that has `0023_token_hash` alone.
 */
const steps = [
  '0001_initial',
  '0002_create_default_store',
  '0003_create_workspace',
  '0004_add_field_user_to_token',
  '0005_workrequest_created_by',
  '0006_alter_workrequest_created_by',
  '0007_notificationchannel',
  '0008_artifact_created_by',
  '0009_alter_token_comment',
  '0010_identity',
  '0011_auto_20231024_1213',
  '0012_workspace_default_expiration_delay',
  '0013_expiration_delay',
  '0014_artifact_underscore_names',
  '0015_alter_fileinartifact_file_non_null',
  '0016_worker_internal',
  '0017_collections',
  '0018_workrequest_worker_blank',
  '0019_autopkgtest_task_data',
  '0020_alter_filestore_backend',
  '0021_rename_constraints',
  '0022_collectionitem_db_collectionitem_unique_debian_environment',
  '0023_token_hash_initial',
  '0024_token_hash_data',
  '0025_token_hash_final',
  '0026_suite_collection',
  '0027_workrequest_task_type',
  '0028_workrequest_changes_for_workflows',
  '0029_workflowtemplate',
  '0030_move_task_type',
  '0031_workrequest_priorities',
  '0032_workrequest_manage_priorities_permission',
  '0033_collectionitem_tighten_unique_active_name',
  '0034_workrequest_pydantic',
  '0035_autopkgtest_extra_environment',
  '0036_workrequest_fix_task_type',
  '0037_workrequest_internal_collection',
  '0038_alter_workrequest_parent',
  '0039_rename_environment_id',
  '0040_blhc_lookup',
  '0041_piuparts_lookup',
] as const;

const tokenHash = '0023_token_hash';
const tokenHashParts: readonly string[] = [
  '0023_token_hash_initial',
  '0024_token_hash_data',
  '0025_token_hash_final',
];

/** What a migration history says. */
export type Level =
  | { readonly state: 'empty' }
  | { readonly state: 'exact' }
  /** The newest step it has, and the first step that is missing. */
  | { readonly state: 'older'; readonly at: string | null; readonly missing: string }
  /** The newest step it has, which this release does not know. */
  | { readonly state: 'newer'; readonly at: string };

/** Judges the applied steps of the app `db`. Order does not matter, repeated names are fine. */
export function judgeLevel(applied: readonly string[]): Level {
  const known = new Set<string>([...steps, tokenHash]);
  const newest = [...applied].sort().at(-1);
  const unknown = applied
    .filter((name) => !known.has(name))
    .sort()
    .at(-1);
  if (unknown !== undefined) return { state: 'newer', at: unknown };
  const has = new Set(applied);
  const missing = steps.find(
    (name) => !has.has(name) && !(tokenHashParts.includes(name) && has.has(tokenHash)),
  );
  if (missing !== undefined) return { state: 'older', at: newest ?? null, missing };
  return { state: 'exact' };
}

/** One step of the original's app `db`, and whether this database has it. */
export interface LevelStep {
  readonly name: string;
  readonly applied: boolean;
}

/** All steps up to the required level, in order, and behind them those that only this database knows. */
export async function levelSteps(db: Db): Promise<readonly LevelStep[]> {
  const level = await readLevel(db);
  const applied = level.state === 'empty' ? [] : await appliedSteps(db);
  const has = (name: string): boolean =>
    applied.includes(name) || (tokenHashParts.includes(name) && applied.includes(tokenHash));
  const known = new Set<string>([...steps, tokenHash]);
  const unknown = applied.filter((name) => !known.has(name)).sort();
  return [...steps, ...unknown].map((name) => ({ name, applied: has(name) }));
}

/**
 * Reads the level. `empty` means that there is no history table at all.
 * @throws DatabaseError when the database cannot be read
 */
export async function readLevel(db: Db): Promise<Level> {
  const [table] = await db.execute<{ present: boolean }>(
    sql`select to_regclass('public.django_migrations') is not null as present`,
  );
  return table?.present === true ? judgeLevel(await appliedSteps(db)) : { state: 'empty' };
}

/**
 * Refuses every database that is not exactly at the required level, before anything else is read or written. One
 * statement; a transaction it fails in is of no further use.
 * @throws DatabaseError `schema_missing` or `schema_mismatch`, naming both levels
 */
export async function requireLevel(db: Db): Promise<void> {
  try {
    refuse(judgeLevel(await appliedSteps(db)));
  } catch (error) {
    if (failureCode(error) === '42P01') refuse({ state: 'empty' });
    throw error;
  }
}

const textArray = (names: readonly string[]): string =>
  `array[${names.map((name) => `'${name}'`).join(', ')}]`;

/** What {@link requireLevel} demands, as a statement that divides by zero where the level is another one. */
export const levelGuard: Guard = {
  statement: `select 1 / (case when
      names @> ${textArray(steps.filter((name) => !tokenHashParts.includes(name)))}
      and (names @> ${textArray(tokenHashParts)} or names @> ${textArray([tokenHash])})
      and names <@ ${textArray([...steps, tokenHash])}
    then 1 else 0 end)
    from (select array_agg(name::text) as names from django_migrations where app = 'db') as history`,
  explain: requireLevel,
};

/** Throws for every level but the exact one. */
export function refuse(level: Level): void {
  switch (level.state) {
    case 'exact':
      return;
    case 'empty':
      throw new DatabaseError('schema_missing', 'the database has no Debusine schema', {
        hint: 'debusine-admin database migrate',
        details: { level: null, required: requiredLevel },
      });
    case 'older':
      throw new DatabaseError(
        'schema_mismatch',
        level.at === null
          ? `the database's migration history is empty for app "db", this release needs db ${requiredLevel}`
          : `the database is at migration db ${level.at} and lacks db ${level.missing}, this release needs db ${requiredLevel}`,
        {
          hint: 'migrate it with the original Debusine to db 0041',
          details: { level: level.at, required: requiredLevel },
        },
      );
    case 'newer':
      throw new DatabaseError(
        'schema_mismatch',
        `the database is at migration db ${level.at}, this release needs db ${requiredLevel}`,
        {
          hint: 'use a release of debusine-admin made for that level',
          details: { level: level.at, required: requiredLevel },
        },
      );
  }
}

async function appliedSteps(db: Db): Promise<readonly string[]> {
  const rows = await db.execute<{ name: string }>(
    sql`select distinct name from django_migrations where app = 'db'`,
  );
  return rows.map(({ name }) => name);
}
