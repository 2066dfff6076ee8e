/**
 * The order in which everything that changes work requests takes its locks, so that no two of them can wait for each
 * other:
 *
 * 1. the advisory lock of whoever adds dependencies (dependencies.ts) or asks for a workflow only if none is
 *    unfinished (workflows.ts);
 * 2. the row of the worker, if its capacity or the assignment to it matters;
 * 3. the rows of all work requests that may change, in one statement, by ascending id;
 * 4. what the reactions to an event need: collections and their items.
 *
 * The rows are locked `for no key update`, as an update of a status does it: whoever inserts a child, an artifact or
 * a dependency refers to them and only needs their keys to stay. Only a deletion locks `for update`.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { transaction } from '../../db/transaction.ts';

const strengths = { change: sql`no key update`, deletion: sql`update` } as const;

/** Rows that were not locked yet turned out to be affected as well. */
class MoreAffected extends Error {}

/**
 * Does `work` while holding the rows that it affects, and no longer than the transaction. Which rows these are
 * depends on rows that others may be changing: so they are found and locked, and found again in a new statement,
 * which sees what was committed meanwhile. If there are more then, the locks are given back, since further ones
 * would be out of order, and it begins anew.
 *
 * @param affected `select id from …`
 * @param work gets the ids that are affected, ascending; all of them are locked
 */
export async function holding<T>(
  db: Db,
  affected: SQL,
  work: (tx: Db, ids: readonly Id<'WorkRequest'>[]) => Promise<T>,
  { for: purpose = 'change' }: { readonly for?: keyof typeof strengths } = {},
): Promise<T> {
  for (;;) {
    try {
      return await transaction(db, async (tx) => {
        const locked = new Set(
          await idsOf(
            tx,
            sql`select r.id from db_workrequest r where r.id in (${affected}) order by r.id
              for ${strengths[purpose]} of r`,
          ),
        );
        const ids = await idsOf(tx, sql`select a.id from (${affected}) a order by a.id`);
        if (!ids.every((id) => locked.has(id))) throw new MoreAffected();
        return work(tx, ids);
      });
    } catch (error) {
      if (!(error instanceof MoreAffected)) throw error;
    }
  }
}

async function idsOf(db: Db, query: SQL): Promise<readonly Id<'WorkRequest'>[]> {
  const rows = await db.execute<{ id: string }>(query);
  return rows.map(({ id }) => Number(id) as Id<'WorkRequest'>);
}
