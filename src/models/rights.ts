/**
 * What a role of the database needs for each command. Measured, not thought out: test/cli/examples.test.ts runs the
 * commands as a role that may do nothing else.
 */
import { sql } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import measured from './rights.json' with { type: 'json' };

export type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

const privileges: readonly Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** Table names with what may be done with each. */
export type Rights = Readonly<Record<string, readonly Privilege[]>>;

/** By command; a command that needs no table has an empty record. */
export const rights: Readonly<Record<string, Rights>> = Object.fromEntries(
  Object.entries(measured).map(([command, tables]) => [command, parseRights(tables)]),
);

/** Reads `db_token:SI db_user:S`, the short form that the file has; it is in every copy of the program. */
export function parseRights(text: string): Rights {
  return Object.fromEntries(
    text
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => {
        const [table = '', letters = ''] = word.split(':');
        return [table, privileges.filter(([letter = '']) => letters.includes(letter))];
      }),
  );
}

/** The short form. */
export function rightsText(granted: Rights): string {
  return Object.entries(granted)
    .map(([table, own]) => `${table}:${own.map((privilege) => privilege.slice(0, 1)).join('')}`)
    .join(' ');
}

/** What this session's role lacks, by command: `INSERT on db_token`. Commands that lack nothing are not in it. */
export async function lackingRights(db: Db): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await db.execute<{ name: string; privilege: string }>(sql`
    select c.relname as name, p.privilege
    from pg_class c
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as p(privilege)
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not has_table_privilege(c.oid, p.privilege)`);
  const lacking = new Set(rows.map(({ name, privilege }) => `${privilege} on ${name}`));
  return new Map(
    Object.entries(rights).flatMap(([command, tables]) => {
      const missing = Object.entries(tables)
        .flatMap(([table, granted]) => granted.map((privilege) => `${privilege} on ${table}`))
        .filter((right) => lacking.has(right));
      return missing.length === 0 ? [] : [[command, missing] as const];
    }),
  );
}
