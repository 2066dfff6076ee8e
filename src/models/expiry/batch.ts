/** What all batches of a run have in common: how they lock, and what becomes of one that fails. */
import { sql } from 'drizzle-orm';
import { type Db, driver } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { translateFailure } from '../../db/failures.ts';
import { DatabaseError, DebusineError, InterruptedError, LockTimeoutError } from '../../errors.ts';

/** Rows that belong to a batch are held by somebody; the batch was rolled back. */
export class RowsBusyError extends LockTimeoutError {}

/**
 * How long a batch that holds its rows waits for one of somebody else's, in milliseconds. Less than the server's
 * `deadlock_timeout`: where a writer waits for us and we for it, it is us who give way. And others wait for the batch
 * meanwhile.
 */
const patienceMs = 100;

/**
 * Begins a batch: locks its tables, no stronger than any deletion does, waiting as long as the limits of the handle
 * say. Later statements wait for no table. They must be named in the order in which the original locks them
 * (artifacts, relations, files in artifacts, files in stores, files), so that it and we never wait for each other.
 * @throws LockTimeoutError when they are not free in time
 */
export async function beginBatch(tx: Db, ...tables: readonly string[]): Promise<void> {
  const statements = [
    `lock table ${tables.join(', ')} in row exclusive mode`,
    `set local lock_timeout = ${patienceMs}`,
    // A batch is small: the server must not read a whole table or index for it, which it may think cheaper for one.
    `set local enable_seqscan = off`,
    `set local enable_hashjoin = off`,
    `set local enable_mergejoin = off`,
  ];
  await driver(tx).unsafe(statements.join('; ')).simple();
}

/** Does what may have to wait for rows. @throws RowsBusyError when they are not free at once */
export async function givingWay<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = translateFailure(error);
    throw known instanceof LockTimeoutError ? new RowsBusyError(known.message, { hint: known.hint }) : known;
  }
}

/**
 * How long a transaction should take, in milliseconds: long enough for its fixed costs to hardly count, and short
 * enough that whoever waits for one waits five times less than they may, should the server suddenly be that much
 * slower.
 */
const aimMs = 45;

/**
 * How many rows go into a batch. Each one has its fixed cost, mostly the server's planning; others wait for one at
 * most, so it grows only while that is quick, and shrinks at once where the server is slow.
 */
export class BatchSize {
  #value: number;
  readonly #least: number;
  readonly #most: number;

  /** The same for both: a fixed size. */
  constructor(first: number, most: number) {
    this.#value = first;
    this.#least = first === most ? most : Math.min(first, Math.ceil(most / 20));
    this.#most = most;
  }

  get value(): number {
    return this.#value;
  }

  /**
   * Told how long a transaction with so many rows took. Half of the way is gone at a time, as one that took long may
   * have had bad luck.
   */
  took(rows: number, milliseconds: number): void {
    // What one with few rows took is mostly its fixed cost, and says nothing of larger ones.
    if (rows < this.#value / 2) return;
    const step = Math.min(2, Math.max(1 / 4, Math.sqrt(aimMs / Math.max(1, milliseconds))));
    this.#value =
      step > 1
        ? Math.min(this.#most, Math.floor(Math.max(this.#value, rows * step)))
        : Math.max(this.#least, Math.floor(Math.min(this.#value, rows * step)));
  }
}

/** Groups put together up to the size of a batch; a larger group is a batch of its own. */
export function* inBatches(
  groups: Iterable<readonly number[]>,
  size: number | BatchSize,
): Generator<readonly (readonly number[])[]> {
  let batch: (readonly number[])[] = [];
  let length = 0;
  for (const group of groups) {
    const most = typeof size === 'number' ? size : size.value;
    if (length > 0 && length + group.length > most) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(group);
    length += group.length;
  }
  if (length > 0) yield batch;
}

/**
 * Tries a batch; when it fails, again; then its halves, until the culprit is alone.
 * @param culprit told of a group that cannot be worked on, and why
 * @throws what concerns the whole run: a lost connection, a locked table, a defect
 */
export async function attempt(
  groups: readonly (readonly number[])[],
  work: (ids: readonly number[]) => Promise<void>,
  culprit: (ids: readonly number[], error: DebusineError) => void,
): Promise<void> {
  const ids = groups.flat();
  let failure: unknown;
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await work(ids);
      return;
    } catch (error) {
      failure = error;
      if (!isOfTheBatch(error)) throw error;
    }
  }
  if (groups.length > 1) {
    const middle = Math.ceil(groups.length / 2);
    await attempt(groups.slice(0, middle), work, culprit);
    await attempt(groups.slice(middle), work, culprit);
  } else if (failure instanceof DebusineError) culprit(ids, failure);
}

function isOfTheBatch(error: unknown): boolean {
  if (error instanceof RowsBusyError) return true;
  const ofTheRun = [DatabaseError, LockTimeoutError, InterruptedError];
  return error instanceof DebusineError && !ofTheRun.some((kind) => error instanceof kind);
}

/**
 * Until everything that was committed before, also without waiting for the disk, survives a crash of the server. The
 * commits of a server lie in one log, in order; so it is enough to write something and wait for that.
 */
export async function untilDurable(db: Db): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.execute(sql`set local synchronous_commit = on`);
    await tx.execute(sql`select pg_logical_emit_message(true, 'debusine-admin', '')`);
  });
}
