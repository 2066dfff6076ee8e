/** The one handle every model function works on. */
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import type { Sql } from 'postgres';

/** A connection, or a transaction that is open on it: model functions do not care which. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, Record<string, never>>;

/** How long a transaction may wait; milliseconds, absent means the server's own setting. */
export interface Limits {
  /** For each lock; 0 means not at all, which PostgreSQL cannot say, so one millisecond is used. */
  readonly lockTimeoutMs?: number;
  /** For each statement; 0 means no limit, whatever the server's own setting is. */
  readonly statementTimeoutMs?: number | undefined;
}

export interface DatabaseOptions extends Limits {
  /** Called with each statement before it is sent; parameters may hold secrets. */
  readonly onQuery?: (query: string, parameters: readonly unknown[]) => void;
}

const limitsOf = new WeakMap<Db, Limits>();

/**
 * A Db on a connected driver. The driver must use one connection (`max: 1`), a UTC session and
 * `fetch_types: false`; whoever opened it closes it.
 */
export function openDatabase(client: Sql, options: DatabaseOptions = {}): Db {
  const { onQuery, ...limits } = options;
  const db: Db = drizzle(client, onQuery === undefined ? {} : { logger: { logQuery: onQuery } });
  limitsOf.set(db, limits);
  return db;
}

/** A handle of its own for the same connection. */
export function another(db: Db): Db {
  const made = Object.create(db) as Db;
  limitsOf.set(made, limits(db));
  return made;
}

/** The limits given when the handle was opened. */
export function limits(db: Db): Limits {
  return limitsOf.get(db) ?? {};
}

/**
 * The driver below a handle, for what Drizzle has no words for: cursors and several statements in one message.
 * Drizzle keeps it in its session, which its types do not show.
 */
export function driver(db: Db): Sql {
  const { session } = db as unknown as { readonly session: { readonly client: Sql } };
  return session.client;
}
