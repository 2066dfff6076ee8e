/** What all steps of a run share. */
import type { Db } from '../../db/database.ts';
import { ConstraintError, DatabaseError, DebusineError, LockTimeoutError } from '../../errors.ts';
import type { Timestamp } from '../../timestamp.ts';
import type { Deletion, VacuumEvent } from './events.ts';
import type { Places } from './places.ts';

/** One run. */
export interface Job {
  readonly db: Db;
  readonly places: Places;
  readonly dryRun: boolean;
  /** Names of stores; undefined for all. */
  readonly selected: ReadonlySet<string> | undefined;
  /** Whether uploads are looked at, and may be deleted. */
  readonly uploads: boolean;
  readonly uploadDirectory: string;
  /** By the clock of the database, for rows. */
  readonly at: Timestamp;
  readonly graceSeconds: number;
  /** What was changed before that is old: milliseconds since 1970 by the clock of this machine, for files. */
  readonly before: number;
  /** Share of the contents to read, 0 to 1. */
  readonly verifiedShare: number;
  /** From 0 to 1, as Math.random gives it. */
  random(): number;
  /** Asked between batches. */
  mayGoOn(): boolean;
  /** Counters of the summary. */
  readonly checked: { store_files: number; file_records: number; contents: number; uploads: number };
}

/** Steps tell what they do as batches of events. */
export type Step = AsyncGenerator<readonly VacuumEvent[], void>;

/** Files that are looked at with one statement. */
export const lookSize = 1000;

/** Files that are removed in one transaction. */
export const removeSize = 100;

/** A deletion as an event; in a dry run, one that would happen. Sizes are bytes. */
export function deletion(
  job: Job,
  given: Pick<Deletion, 'kind'> & Partial<Omit<Deletion, 'event' | 'kind'>>,
): Deletion {
  return {
    event: job.dryRun ? 'would-delete' : 'deleted',
    store: null,
    path: null,
    artifact: null,
    size: 0,
    ...given,
  };
}

/** A failure as an event. @throws what is no failure of the one thing that was tried */
export function failure(error: unknown): VacuumEvent {
  // Without a connection nothing can be tried any more.
  if (!(error instanceof DebusineError) || error instanceof DatabaseError) throw error;
  return { event: 'error', message: error.message };
}

/**
 * Does `work` for all of them at once; where that fails because of locks, for halves of them, and so on. A single one
 * that is locked for longer than we may wait is in use, and so is left alone.
 * @returns an event for each other failure
 */
export async function withoutBusyOnes<T>(
  all: readonly T[],
  work: (some: readonly T[]) => Promise<void>,
): Promise<readonly VacuumEvent[]> {
  if (all.length === 0) return [];
  try {
    await work(all);
    return [];
  } catch (error) {
    const isAboutOne = error instanceof LockTimeoutError || error instanceof ConstraintError;
    if (isAboutOne && all.length > 1) {
      const middle = Math.ceil(all.length / 2);
      return [
        ...(await withoutBusyOnes(all.slice(0, middle), work)),
        ...(await withoutBusyOnes(all.slice(middle), work)),
      ];
    }
    return error instanceof LockTimeoutError ? [] : [failure(error)];
  }
}

/** The same things in batches of up to that size, or a little more. */
export async function* inBatches<T>(
  source: AsyncIterable<readonly T[]>,
  size: number,
): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const some of source) {
    batch.push(...some);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Pieces of a list. */
export function* pieces<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}
