/** PostgreSQL's error codes as our errors. Nobody else reads codes. */
import {
  type ConstraintKind,
  ConstraintError,
  DatabaseError,
  DataError,
  DebusineError,
  LockTimeoutError,
} from '../errors.ts';

/** What the driver tells of a failure; a subset, since its errors also carry the statement and its parameters. */
interface ServerFailure {
  readonly code: string;
  readonly message: string;
  readonly constraint: string | undefined;
  readonly column: string | undefined;
  readonly table: string | undefined;
}

const constraintKinds: Readonly<Record<string, ConstraintKind>> = {
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'exclusion',
  '23503': 'foreign-key',
  '23502': 'not-null',
};

const lost = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/**
 * The error as one of ours when it comes from the database; any other error unchanged. Neither the statement nor
 * its parameters go with it, since they may hold secrets.
 */
export function translateFailure(error: unknown): unknown {
  if (error instanceof DebusineError) return error;
  const failure = serverFailure(error);
  if (failure === undefined) return error;
  const { code } = failure;
  const kind = constraintKinds[code];
  if (kind !== undefined) {
    const constraint = failure.constraint ?? failure.column ?? 'unknown';
    const message = `the database refuses the change: ${kind} constraint "${constraint}"`;
    return new ConstraintError(kind, constraint, message, {
      details: { constraint, kind, table: failure.table ?? null },
    });
  }
  if (code === '55P03') {
    return new LockTimeoutError('a row or table is locked by another session', {
      hint: 'try again, or wait longer with --lock-timeout',
    });
  }
  if (code === '40P01' || code === '40001') {
    return new LockTimeoutError('another session changed the same rows at the same moment', {
      hint: 'try again',
    });
  }
  if (code === '57014') {
    return new LockTimeoutError('a statement took too long and was cancelled', {
      hint: 'try again, or allow more time with --statement-timeout',
    });
  }
  if (code === '22021' || code === '22P05') {
    return new DataError('text with a NUL character or an invalid character cannot be stored');
  }
  if (code.startsWith('22')) return new DataError(`the database refuses a value: ${failure.message}`);
  if (code === '42501') {
    return new DatabaseError('database_auth', `the database role may not do this: ${failure.message}`, {
      hint: 'grant the right, or connect as the owner of the tables',
    });
  }
  if (code === '25006') {
    return new DatabaseError('database_unreachable', 'the database server is read-only', {
      hint: 'connect to the primary server',
    });
  }
  if (code === '42P01') {
    return new DatabaseError('schema_missing', `the database lacks a table: ${failure.message}`, {
      hint: 'debusine-admin database info',
    });
  }
  if (code.startsWith('53')) {
    return new DatabaseError(
      'database_unreachable',
      `the database server has run out of something: ${failure.message}`,
      {
        hint: 'look at its disk, memory and connection limits',
      },
    );
  }
  if (lost.has(code) || code.startsWith('08')) {
    return new DatabaseError('database_unreachable', 'the connection to the database was lost', {
      hint: 'see whether the server is running, then try again; nothing was half done',
    });
  }
  return error;
}

/** SQLSTATE, or the driver's word, of a failed statement; undefined when the error is of another kind. */
export function failureCode(error: unknown): string | undefined {
  return serverFailure(error)?.code;
}

/** Drizzle wraps the driver's errors, so the chain of causes is followed. */
function serverFailure(error: unknown): ServerFailure | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof DebusineError) return undefined;
    const code = text(at, 'code');
    if (code !== undefined && (/^[0-9A-Z]{5}$/.test(code) || lost.has(code))) {
      return {
        code,
        message: at.message,
        constraint: text(at, 'constraint_name'),
        column: text(at, 'column_name'),
        table: text(at, 'table_name'),
      };
    }
  }
  return undefined;
}

function text(error: Error, property: string): string | undefined {
  const value: unknown = Reflect.get(error, property);
  return typeof value === 'string' ? value : undefined;
}
