/** Trims the history of collections, in batches. Source: expiry.md, "Meaning" 3. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { historyIsOver, inWorkspaces } from './meaning.ts';
import type { Scope } from './mark.ts';

export interface Trimmed {
  /** Items that let go of their artifact. */
  readonly unlinked: number;
  readonly deleted: number;
}

const batchSize = 1000;

/** What trimming would do. */
export async function countHistory(db: Db, { at, workspaceIds }: Scope): Promise<Trimmed> {
  const [row] = await db.execute<{ unlinked: string; deleted: string }>(sql`
    select count(*) filter (where i.artifact_id is not null and ${historyIsOver(at)}) as unlinked,
      count(*) filter (
        where i.removed_at < ${at}::timestamptz - c.full_history_retention_period - c.metadata_only_retention_period
      ) as deleted
    from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
    where i.removed_at is not null and ${inWorkspaces(sql`c.workspace_id`, workspaceIds)}`);
  return { unlinked: Number(row?.unlinked ?? 0), deleted: Number(row?.deleted ?? 0) };
}

/**
 * Items removed before the full-history period let go of their artifact; those removed before both periods go.
 * @param mayGoOn asked between batches
 */
export async function trimHistory(
  db: Db,
  { at, workspaceIds }: Scope,
  mayGoOn: () => boolean,
): Promise<Trimmed> {
  const selected = inWorkspaces(sql`c.workspace_id`, workspaceIds);
  const due = (condition: ReturnType<typeof sql>) => sql`(
    select i.id from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
    where i.removed_at is not null and ${selected} and ${condition}
    order by i.id limit ${batchSize}::int for update of i skip locked)`;
  const repeat = async (statement: ReturnType<typeof sql>): Promise<number> => {
    let total = 0;
    for (let last = batchSize; last === batchSize && mayGoOn(); total += last) {
      last = (await transaction(db, (tx) => tx.execute(statement))).length;
    }
    return total;
  };
  const unlinked = await repeat(sql`
    update db_collectionitem set artifact_id = null
    where id in ${due(sql`i.artifact_id is not null and ${historyIsOver(at)}`)} returning 1`);
  const deleted = await repeat(sql`
    delete from db_collectionitem where id in ${due(sql`coalesce(
      i.removed_at < ${at}::timestamptz - c.full_history_retention_period - c.metadata_only_retention_period, false)`)}
    returning 1`);
  return { unlinked, deleted };
}
