/** Transactions that nest, with work that waits for the outermost commit. */
import { ConnectionLostError } from '../errors.ts';
import { type Db, driver, limits } from './database.ts';
import { translateFailure } from './failures.ts';

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
      isCommitting = outer === undefined && options.readOnly !== true;
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
  const { lockTimeoutMs, statementTimeoutMs } = limits(db);
  const settings = [
    `set transaction isolation level ${isolation}, ${readOnly ? 'read only' : 'read write'}`,
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
  driver(tx)
    .unsafe(settings.join('; '))
    .simple()
    // A failure here aborts the transaction, and the next statement says so.
    .catch(() => undefined);
}
