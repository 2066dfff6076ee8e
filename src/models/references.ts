/** Refusing to delete what other rows need. Source: models.md 2.4, rule PROTECT. */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import { ProtectedError } from '../errors.ts';

/** Rows of one kind that may refer to the row in question. */
export interface Reference {
  /** What such rows are called: one of them, and several. */
  readonly named: readonly [one: string, many: string];
  /** `select id from …`: their ids. */
  readonly rows: SQL;
}

const shown = 3;

/**
 * Looks for rows that refer to the subject, with one statement. Whoever calls this holds the subject's row
 * `for update`: a row that refers to it and is committed later waits for that lock and then fails.
 * @param subject how the message calls it: `artifact 12`
 * @throws ProtectedError naming what refers to the subject, with how many there are and the first ids
 */
export async function refuseWhenReferredTo(
  db: Db,
  subject: string,
  references: readonly Reference[],
): Promise<void> {
  const counts = references.map(
    ({ rows }, position) => sql`select ${position}::int as position, count(*)::int as count,
      to_json((array_agg(r.id order by r.id))[1:${shown}::int])::text as ids
      from (${rows}) r`,
  );
  const found = await db.execute<{ position: number; count: number; ids: string | null }>(
    sql`select * from (${sql.join(counts, sql` union all `)}) q where count > 0 order by position`,
  );
  if (found.length === 0) return;
  const details: Record<string, number> = {};
  const phrases = found.map(({ position, count, ids }) => {
    const [one, many] = references[position]?.named ?? ['row', 'rows'];
    details[many] = count;
    const numbers = (ids ?? '').replace(/[[\]]/g, '').replaceAll(',', ', ');
    return `${count} ${count === 1 ? one : many} (${count > shown ? `${numbers}, …` : numbers})`;
  });
  throw new ProtectedError(`${subject} is needed by ${phrases.join(' and ')}`, {
    details: { references: details },
  });
}
