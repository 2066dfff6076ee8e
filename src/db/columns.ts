/** The column types of the Debusine schema, so that every table says them the same way. */
import { type SQL, sql } from 'drizzle-orm';
import { bigint as pgBigint, customType, integer, varchar } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../data/json.ts';
import { DataError } from '../errors.ts';
import { type Timestamp, timestampFromServer } from '../timestamp.ts';
import type { Id } from './ids.ts';

/**
 * `bigint` as a JavaScript number. A value that a number cannot hold exactly is refused rather than rounded.
 * @throws DataError when a stored value lies beyond ±(2^53 − 1)
 */
export const bigint = customType<{ data: number; driverData: string | number }>({
  dataType: () => 'bigint',
  fromDriver(value) {
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      throw new DataError(`the database holds ${value}, which is too large to handle`);
    return number;
  },
});

/** Primary key: identity "by default", so that explicit values are allowed, as the original's schema has it. */
export const primaryKey = <Model extends string>() =>
  pgBigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity().$type<Id<Model>>();

/** Primary key of the framework tables that count with `integer`. */
export const integerPrimaryKey = <Model extends string>() =>
  integer('id').primaryKey().generatedByDefaultAsIdentity().$type<Id<Model>>();

/** Foreign key column; the constraint itself is named in the table. */
export const reference = <Model extends string>(column: string) =>
  pgBigint(column, { mode: 'number' }).$type<Id<Model>>();

/** Foreign key to one of the framework tables that count with `integer`. */
export const integerReference = <Model extends string>(column: string) => integer(column).$type<Id<Model>>();

/** `timestamptz` with the database's microseconds. */
export const timestamp = customType<{ data: Timestamp; driverData: string }>({
  dataType: () => 'timestamp with time zone',
  fromDriver: timestampFromServer,
});

/** `interval`, as PostgreSQL writes it. Compare and add intervals in SQL only. */
export const interval = customType<{ data: string; driverData: string }>({ dataType: () => 'interval' });

/** Raw bytes. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

export type { Json, JsonObject } from '../data/json.ts';

/**
 * `jsonb`. The type says what we write; a row written by somebody else may hold any JSON, so readers that
 * depend on the shape parse it first.
 */
export const jsonb = customType<{ data: JsonObject; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (value): SQL => sql`${JSON.stringify(value)}::text::jsonb`,
});

/** `varchar(n)`: an over-long value is refused by the server, never cut. */
export const text = <T extends string = string>(column: string, length: number) =>
  varchar(column, { length }).$type<T>();

/** A closed set of words stored as `varchar(n)`. The database does not check it; other programs may store others. */
export const choice = text;
