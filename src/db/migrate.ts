/** Brings an empty database to the required level, or adopts one that the original brought there. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { DatabaseError, InvalidTransitionError, StorageError } from '../errors.ts';
import { type Db, driver } from './database.ts';
import { readLevel, refuse } from './level.ts';
import { requiredLevel } from './required-level.ts';
import { transaction } from './transaction.ts';

/** What `database migrate` did, or would do. */
export interface Migration {
  /** Level before; null for an empty database. */
  readonly from: string | null;
  readonly to: string;
  /** Steps carried out, or open when nothing was changed. */
  readonly applied: readonly string[];
  /** Whether the database is one the original made, taken over without a change to its tables. */
  readonly adopted: boolean;
  readonly changed: boolean;
}

/** Migrations of other programs use other keys; this one is arbitrary but fixed. */
const migrationLock = 4_041_001;

const journal = sql`drizzle.__drizzle_migrations`;

/**
 * Creates the whole schema in an empty database, adopts a database that the original migrated to exactly the
 * required level, and does nothing to one that is up to date. One transaction; a second run waits for the first.
 *
 * @throws DatabaseError `schema_mismatch` for any other level
 * @throws InvalidTransitionError for tables without a migration history
 * @throws LockTimeoutError when another migration does not end in time
 */
export function migrate(db: Db, { dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<Migration> {
  return transaction(db, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${migrationLock}::bigint)`);
    const steps = readSteps();
    const level = await readLevel(tx);
    const recorded = await readJournal(tx);
    if (level.state === 'empty') {
      await refuseForeignTables(tx);
      if (!dryRun) await apply(tx, steps);
      return {
        from: null,
        to: requiredLevel,
        applied: steps.map(({ name }) => name),
        adopted: false,
        changed: !dryRun,
      };
    }
    refuse(level);
    compareJournal(recorded, steps);
    const open = steps.slice(recorded.length);
    if (open.length > 0 && !dryRun) await record(tx, open);
    return {
      from: requiredLevel,
      to: requiredLevel,
      applied: [],
      adopted: recorded.length === 0,
      changed: open.length > 0 && !dryRun,
    };
  });
}

async function apply(tx: Db, steps: readonly Step[]): Promise<void> {
  // Several statements in one message: one round trip for each file.
  for (const step of steps) await driver(tx).unsafe(step.sql).simple();
  await record(tx, steps);
}

/** Writes the journal that Drizzle's own migrator keeps, so that either can go on from here. */
async function record(tx: Db, steps: readonly Step[]): Promise<void> {
  await tx.execute(sql`create schema if not exists drizzle`);
  await tx.execute(
    sql`create table if not exists ${journal} (id serial primary key, hash text not null, created_at bigint)`,
  );
  await tx.execute(sql`insert into ${journal} (hash, created_at)
    select hash, created_at from jsonb_to_recordset(${JSON.stringify(
      steps.map(({ hash, when }) => ({ hash, created_at: when })),
    )}::jsonb) as m (hash text, created_at bigint)`);
}

async function readJournal(tx: Db): Promise<readonly string[]> {
  const [table] = await tx.execute<{ present: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`,
  );
  if (table?.present !== true) return [];
  const rows = await tx.execute<{ hash: string }>(sql`select hash from ${journal} order by created_at, id`);
  return rows.map(({ hash }) => hash);
}

/** Drizzle's migrator never compares what was applied with the files; a changed or later file would go unnoticed. */
function compareJournal(recorded: readonly string[], steps: readonly Step[]): void {
  const different = recorded.findIndex((hash, at) => hash !== steps[at]?.hash);
  if (different < 0) return;
  throw new DatabaseError(
    'schema_mismatch',
    `the database's own journal has a step ${different + 1} that this release does not know`,
    { hint: 'use the release of debusine-admin that migrated the database' },
  );
}

async function refuseForeignTables(tx: Db): Promise<void> {
  const [found] = await tx.execute<{ name: string }>(sql`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and (c.relname like 'db\\_%' or c.relname like 'auth\\_%')
    order by c.relname limit 1`);
  if (found === undefined) return;
  throw new InvalidTransitionError(`the database has tables (${found.name}) but no migration history`, {
    hint: 'give an empty database, or one the original has migrated',
  });
}

/** One file of `drizzle/`. */
interface Step {
  readonly name: string;
  /** SHA-256 of the file, as Drizzle's journal records it. */
  readonly hash: string;
  /** Milliseconds since 1970; orders the steps. */
  readonly when: number;
  readonly sql: string;
}

function readSteps(): readonly Step[] {
  const folder = migrationsFolder();
  const { entries } = JSON.parse(readFileSync(path.join(folder, 'meta', '_journal.json'), 'utf8')) as {
    readonly entries: readonly { readonly tag: string; readonly when: number }[];
  };
  return entries.map(({ tag, when }) => {
    const text = readFileSync(path.join(folder, `${tag}.sql`), 'utf8');
    return { name: tag, when, sql: text, hash: createHash('sha256').update(text).digest('hex') };
  });
}

/** The folder `drizzle` of this package, above the sources as well as above the bundle. */
function migrationsFolder(): string {
  for (let at = path.dirname(fileURLToPath(import.meta.url)); ; at = path.dirname(at)) {
    const folder = path.join(at, 'drizzle');
    if (existsSync(path.join(folder, 'meta', '_journal.json'))) return folder;
    if (at === path.dirname(at))
      throw new StorageError('the package lacks its folder "drizzle"', { hint: 'install it again' });
  }
}
