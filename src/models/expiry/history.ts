/** Trims the history of collections, in batches. Source: expiry.md, "Meaning" 3. */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { historyIsOver, inWorkspaces, itemIsOver } from './meaning.ts';
import type { Timestamp } from '../../timestamp.ts';

/** Whose history, and when. */
export interface HistoryScope {
  readonly at: Timestamp;
  readonly workspaceIds?: readonly number[] | undefined;
}

export interface Trimmed {
  /** Items that let go of their artifact. */
  readonly unlinked: number;
  readonly deleted: number;
}

const batchSize = 1000;

/** What trimming would do. */
export async function countHistory(db: Db, { at, workspaceIds }: HistoryScope): Promise<Trimmed> {
  const [row] = await db.execute<{ unlinked: string; deleted: string }>(sql`
    select count(*) filter (where i.artifact_id is not null and ${historyIsOver(at)}) as unlinked,
      count(*) filter (
        where ${itemIsOver(at)}) as deleted
    from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
    where i.removed_at is not null and ${inWorkspaces(sql`c.workspace_id`, workspaceIds)}`);
  return { unlinked: Number(row?.unlinked ?? 0), deleted: Number(row?.deleted ?? 0) };
}

/**
 * Items removed before the full-history period let go of their artifact; those removed before both periods go.
 * @param mayGoOn asked between batches
 */
export async function trimHistory(db: Db, scope: HistoryScope, mayGoOn: () => boolean): Promise<Trimmed> {
  const { at } = scope;
  const unlinked = await inTurns(
    db,
    scope,
    sql`i.artifact_id is not null and ${historyIsOver(at)}`,
    (due) =>
      sql`update db_collectionitem i set artifact_id = null from ${due} d where d.id = i.id returning i.id`,
    mayGoOn,
  );
  const deleted = await inTurns(
    db,
    scope,
    itemIsOver(at),
    (due) => sql`delete from db_collectionitem i using ${due} d where d.id = i.id returning i.id`,
    mayGoOn,
  );
  return { unlinked, deleted };
}

/** Changes the items for which the condition holds, by id. @returns how many */
async function inTurns(
  db: Db,
  { workspaceIds }: HistoryScope,
  condition: SQL,
  change: (due: SQL) => SQL,
  mayGoOn: () => boolean,
): Promise<number> {
  let total = 0;
  // Each turn begins where the last one ended, so that it need not pass by what that one left behind.
  for (let after = 0, isLast = false; !isLast && mayGoOn();) {
    const due = sql`(
      select i.id from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
      where i.id > ${after}::bigint and i.removed_at is not null
        and ${inWorkspaces(sql`c.workspace_id`, workspaceIds)} and ${condition}
      order by i.id limit ${batchSize}::int for update of i skip locked)`;
    const changed = await transaction(db, (tx) => tx.execute<{ id: string }>(change(due)));
    total += changed.length;
    isLast = changed.length < batchSize;
    after = Math.max(after, ...changed.map(({ id }) => Number(id)));
  }
  return total;
}
