/** Deletes one batch: lock, look again, delete what still qualifies. Source: expiry.md, "Sweeping". */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';
import { type Belongings, deleteWithAll } from './delete.ts';
import { inWorkspaces, isRoot } from './meaning.ts';

export interface Swept extends Belongings {
  /** What is gone. */
  readonly deleted: readonly number[];
}

/**
 * @param ids artifacts to try; every cycle they are part of is among them as a whole
 * @param workspaceIds when given, expired artifacts of other workspaces stay though nothing needs them
 */
export function sweep(
  db: Db,
  ids: readonly number[],
  { at, workspaceIds }: { readonly at: Timestamp; readonly workspaceIds?: readonly number[] | undefined },
): Promise<Swept> {
  return transaction(db, async (tx) => {
    // The race: another session adds a relation, an item or an upload for one of these. Keys are checked at its
    // commit, where it waits for this lock and then fails if the artifact has gone. What was committed before is
    // seen by the statements below. Rows that somebody else holds are left for the next run.
    const locked = numbers(
      await tx.execute<{ id: string }>(
        sql`select id from db_artifact where id in ${idList(ids)} order by id for update skip locked`,
      ),
    );
    if (locked.length === 0) return { deleted: [], relations: 0, items: 0, uploads: [] };
    const deleted = numbers(
      await tx.execute<{ id: string }>(sql`
        with recursive batch as materialized (
          select a.id, ${isRoot(at, sql`false`)} as is_root
          from db_artifact a join db_workspace w on w.id = a.workspace_id where a.id in ${idList(locked)}
        ), needed (id) as (
          select id from batch where is_root
          union
          -- An artifact outside of the batch points at it. One that stays only because its workspace was not
          -- selected, and that nothing needs, does not count.
          select b.id from batch b join db_artifactrelation l on l.target_id = b.id
          where l.artifact_id not in (select id from batch) and l.artifact_id not in (select id from strangers)
          union
          select b.id from needed n join db_artifactrelation l on l.artifact_id = n.id join batch b on b.id = l.target_id
        ), above (id) as (
          -- Whatever leads to the batch from other workspaces, when not all were selected.
          select l.artifact_id from db_artifactrelation l join batch b on b.id = l.target_id
          where ${workspaceIds === undefined ? sql`false` : sql`true`} and l.artifact_id not in (select id from batch)
          union
          select l.artifact_id from above u join db_artifactrelation l on l.target_id = u.id
          where l.artifact_id not in (select id from batch)
        ), living (id) as (
          select a.id from above u join db_artifact a on a.id = u.id join db_workspace w on w.id = a.workspace_id
          where ${isRoot(at, sql`false`)} or ${inWorkspaces(sql`a.workspace_id`, workspaceIds)}
          union
          select u.id from living v join db_artifactrelation l on l.artifact_id = v.id join above u on u.id = l.target_id
        ), strangers as (
          select id from above where id not in (select id from living)
        )
        select id from batch where id not in (select id from needed) order by id`),
    );
    if (deleted.length === 0) return { deleted, relations: 0, items: 0, uploads: [] };
    return { deleted, ...(await deleteWithAll(tx, deleted, at)) };
  });
}

const numbers = (rows: readonly { readonly id: string }[]): number[] => rows.map(({ id }) => Number(id));
