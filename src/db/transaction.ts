/** Transactions that nest, with work that waits for the outermost commit. */
import { ConnectionLostError } from '../errors.ts';
import { another, type Db, driver, limits } from './database.ts';
import { failureCode, translateFailure } from './failures.ts';

export type Isolation = 'read committed' | 'repeatable read';

export interface TransactionOptions {
  /**
   * `read committed` (default): each statement sees what is committed by then, which looking again under a
   * lock relies on. `repeatable read`: one snapshot for all statements.
   */
  readonly isolation?: Isolation;
  readonly readOnly?: boolean;
  /** Ends with a rollback after checking the deferred constraints: everything happened but the change. */
  readonly dryRun?: boolean;
  /**
   * Called when nothing is left to do but the commit; from then on giving up would hide what became of the change. What
   * it throws rolls back.
   */
  readonly onCommit?: () => void;
  /** What must hold of the database, or nothing is read. For outermost transactions that only read. */
  readonly guard?: Guard;
}

/** A statement that travels with the beginning of a transaction, and fails where the transaction must not go on. */
export interface Guard {
  readonly statement: string;
  /** Throws for the reason; the transaction has been rolled back by then. */
  explain(db: Db): Promise<void>;
}

/** Work to do after the outermost commit, in order; a rolled-back savepoint takes its part away again. */
const afterwards = new WeakMap<Db, (() => Promise<void> | void)[]>();

class RollBack extends Error {
  readonly value: unknown;
  constructor(value: unknown) {
    super('dry run');
    this.value = value;
  }
}

/**
 * Runs `work` in a transaction; inside another one in a savepoint, so that callers compose freely. Failures of
 * the database come out as our errors.
 *
 * @throws ConstraintError, DataError, LockTimeoutError, DatabaseError for what the server refuses, at the
 *   statement or at the commit (foreign keys are deferred), and whatever `work` throws
 */
export async function transaction<T>(
  db: Db,
  work: (tx: Db) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const outer = afterwards.get(db);
  if (reading.has(db)) return inside(db, work);
  if (outer === undefined && options.readOnly === true) return read(db, work, options);
  const pending = outer ?? [];
  const mark = pending.length;
  let result: T;
  let isCommitting = false;
  try {
    result = await db.transaction(async (tx) => {
      if (outer === undefined) begin(tx, db, options);
      afterwards.set(tx, pending);
      const value = await work(tx);
      if (options.dryRun === true) {
        await driver(tx).unsafe('set constraints all immediate');
        throw new RollBack(value);
      }
      if (outer === undefined && options.readOnly !== true) {
        options.onCommit?.();
        isCommitting = true;
      }
      return value;
    });
  } catch (error) {
    pending.length = mark;
    if (error instanceof RollBack) return error.value as T;
    const failure = translateFailure(error);
    throw isCommitting && failure instanceof ConnectionLostError ? withUnknownOutcome(failure) : failure;
  }
  if (outer === undefined) for (const task of pending) await task();
  return result;
}

/** Transactions whose statements all see the same rows. */
const snapshots = new WeakSet<Db>();

/** Whether all statements on this handle see the same rows, so that a list may be read by more than one. */
export const hasOneSnapshot = (db: Db): boolean => snapshots.has(db);

/** Transactions that only read. */
const reading = new WeakSet<Db>();

/**
 * A transaction that only reads. Nothing is lost when its end goes wrong, so neither its beginning nor its end is
 * waited for: both travel with what comes next. That saves three of five round trips of a list. The driver's own
 * transactions would wait; they also keep statements outside the transaction away, of which there are none here: the
 * connection is the only one, and never dialled again when it is lost.
 */
async function read<T>(db: Db, work: (tx: Db) => Promise<T>, options: TransactionOptions): Promise<T> {
  const { isolation = 'read committed', guard } = options;
  const client = driver(db);
  const tx = another(db);
  const pending: (() => Promise<void> | void)[] = [];
  reading.add(tx);
  if (isolation === 'repeatable read') snapshots.add(tx);
  afterwards.set(tx, pending);
  let refusal: unknown;
  const statements = [`begin isolation level ${isolation}, read only`, ...settingsOf(db)];
  if (guard !== undefined) statements.push(guard.statement);
  const begun = client
    .unsafe(statements.join('; '))
    .simple()
    .then(
      () => undefined,
      (error: unknown) => {
        refusal = error;
      },
    );
  const end = (how: 'commit' | 'rollback'): void => {
    client
      .unsafe(how)
      .simple()
      .catch(() => undefined);
  };
  let result: T;
  try {
    result = await work(tx);
    await begun;
    if (refusal !== undefined) throw refusal;
  } catch (error) {
    end('rollback');
    // When the beginning fails, everything after it only fails because of that.
    await begun;
    if (guard !== undefined && /^[0-9A-Z]{5}$/.test(failureCode(refusal) ?? '')) {
      await guard.explain(db).catch((reason: unknown) => {
        throw translateFailure(reason);
      });
    }
    throw translateFailure(refusal ?? error);
  }
  end('commit');
  for (const task of pending) await task();
  return result;
}

/** A transaction within one that only reads: there is nothing to take back, except that a statement failed. */
async function inside<T>(tx: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  const client = driver(tx);
  await client.unsafe('savepoint inside');
  try {
    const result = await work(tx);
    await client.unsafe('release savepoint inside');
    return result;
  } catch (error) {
    await client.unsafe('rollback to savepoint inside').catch(() => undefined);
    throw translateFailure(error);
  }
}

/** The answer to the commit was lost: only a look at the database tells what it was. */
function withUnknownOutcome({ message, cause }: ConnectionLostError): ConnectionLostError {
  return new ConnectionLostError(
    `${message}; it happened during the commit, so the change may have been made or not`,
    { hint: 'look whether it was made before you try again', isWorthAnother: false, cause },
  );
}

/**
 * Does `task` after the outermost transaction of `db` has been committed, or at once when none is open. It is
 * dropped when the transaction, or the savepoint it was registered in, is rolled back.
 */
export async function afterCommit(db: Db, task: () => Promise<void> | void): Promise<void> {
  const pending = afterwards.get(db);
  if (pending === undefined) await task();
  else pending.push(task);
}

/**
 * Sends the settings of a transaction without waiting for the answer: they travel with the first statement. They
 * are set locally, so that a pooler may hand the connection to somebody else afterwards.
 */
function begin(tx: Db, db: Db, { isolation = 'read committed', readOnly = false }: TransactionOptions): void {
  const settings = [
    `set transaction isolation level ${isolation}, ${readOnly ? 'read only' : 'read write'}`,
    ...settingsOf(db),
  ];
  driver(tx)
    .unsafe(settings.join('; '))
    .simple()
    // A failure here aborts the transaction, and the next statement says so.
    .catch(() => undefined);
}

function settingsOf(db: Db): readonly string[] {
  const { lockTimeoutMs, statementTimeoutMs } = limits(db);
  const settings = [
    `set local intervalstyle = 'postgres'`,
    // Compiling a statement takes longer than most of ours run.
    `set local jit = off`,
    // The server notices within a second that an interrupted command is gone, and stops its statement.
    `set local client_connection_check_interval = '1s'`,
  ];
  if (lockTimeoutMs !== undefined) {
    settings.push(`set local lock_timeout = ${Math.max(1, Math.round(lockTimeoutMs))}`);
  }
  if (statementTimeoutMs !== undefined) {
    settings.push(`set local statement_timeout = ${Math.ceil(statementTimeoutMs)}`);
  }
  return settings;
}
