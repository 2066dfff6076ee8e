import { sql } from 'drizzle-orm';
import { check, pgTable, unique } from 'drizzle-orm/pg-core';
import { bigint, bytea, primaryKey } from '../db/columns.ts';

/** One content each, identified by its SHA-256 (32 bytes) and its size in bytes. */
export const files = pgTable(
  'db_file',
  {
    id: primaryKey<'File'>(),
    sha256: bytea('sha256').notNull(),
    size: bigint('size').notNull(),
  },
  (t) => [
    check('db_file_sha256_not_empty', sql`(NOT (sha256 = '\\x'::bytea))`),
    check('db_file_size_check', sql`(size >= 0)`),
    unique('db_file_unique_sha256_size').on(t.sha256, t.size),
  ],
);

/** A row of `files`. */
export type File = typeof files.$inferSelect;
