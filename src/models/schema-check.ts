/** Whether the live schema is the one this program was written for. Source: cli.md 8.13, `database check`. */
import { compareCatalogs, type Difference, readCatalog, requiredCatalog } from '../db/catalog.ts';
import type { Db } from '../db/database.ts';
import { readLevel, refuse } from '../db/level.ts';
import { requiredLevel } from '../db/required-level.ts';

export type { Difference } from '../db/catalog.ts';

export interface SchemaReport {
  /** What the migration history says: `0041`, or the newest step it has. */
  readonly level: string | null;
  /** Nothing is missing and nothing is different. */
  readonly ok: boolean;
  readonly drift: readonly Difference[];
  /** Objects that this level does not have; they do no harm. */
  readonly extra: readonly Difference[];
}

/** @throws DatabaseError `schema_missing` when there is no schema at all */
export async function checkSchema(db: Db): Promise<SchemaReport> {
  const level = await readLevel(db);
  if (level.state === 'empty') refuse(level);
  const differences = compareCatalogs(requiredCatalog, await readCatalog(db));
  const drift = differences.filter(({ kind }) => kind !== 'extra');
  return {
    level: 'at' in level ? level.at : requiredLevel,
    ok: drift.length === 0 && level.state === 'exact',
    drift,
    extra: differences.filter(({ kind }) => kind === 'extra'),
  };
}

/** Whether the migration history says that the schema is at the level of this release. */
export async function isAtLevel(db: Db): Promise<boolean> {
  return (await readLevel(db)).state === 'exact';
}
