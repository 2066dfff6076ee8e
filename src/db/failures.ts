/** PostgreSQL's error codes as our errors. Nobody else reads codes. */
import { notPostgres, silent } from './connection/wire.ts';
import {
  ConcurrentChangeError,
  ConnectionLostError,
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

/** What Node says when a length in an answer points beyond its end. */
const unreadable = new Set(['ERR_OUT_OF_RANGE', 'ERR_BUFFER_OUT_OF_BOUNDS']);

/** Codes of losses whose message is ours. */
const ownWords = new Set([notPostgres, silent]);

const lost = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  notPostgres,
  silent,
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P04', // database_dropped
  '57P05', // idle_session_timeout
  '53300', // too_many_connections
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
    return new ConcurrentChangeError('another session changed the same rows at the same moment', {
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
  // Of the login, but a pooler lets us in before it logs in itself.
  if (code.startsWith('28')) {
    return new DatabaseError('database_auth', `the database refuses the login: ${failure.message}`, {
      hint: 'look at user and password',
    });
  }
  if (code === '3D000') {
    return new DatabaseError('database_missing', failure.message, {
      hint: 'look at the name of the database',
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
  // The driver reads what it cannot make sense of beyond its end.
  if (isLost(code) || unreadable.has(code)) {
    return lostConnection(failure);
  }
  return error;
}

function isLost(code: string): boolean {
  return lost.has(code) || code.startsWith('08');
}

function lostConnection({ code, message }: ServerFailure): DatabaseError {
  // The words of the server and of the wire say more than those of the system.
  const [reason = ''] = /^[0-9A-Z]{5}$/.test(code) || ownWords.has(code) ? message.split('\n') : [];
  return new ConnectionLostError(
    `the connection to the database was lost${reason === '' ? '' : `: ${reason}`}`,
    {
      hint: 'see whether the server is running, then try again; nothing was half done',
      // Whoever set a limit to the silence does not want to wait for it several times.
      isWorthAnother: code !== silent,
    },
  );
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
    if (code !== undefined && (/^[0-9A-Z]{5}$/.test(code) || lost.has(code) || unreadable.has(code))) {
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
