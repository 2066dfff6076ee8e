/** Deletes one batch: lock, look again, delete what still qualifies. Source: expiry.md, "Sweeping". */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';
import { beginBatch, givingWay } from './batch.ts';
import { type Belongings, deleteWithAll } from './delete.ts';
import { describe, type ExpiryItem } from './describe.ts';
import { activeUpload, inWorkspaces, isRoot } from './meaning.ts';

export interface Swept extends Belongings {
  /** What is gone. */
  readonly deleted: readonly number[];
  /** What somebody needs by now, or has deleted already. */
  readonly refused: readonly number[];
  /** What another session holds, so that nothing could be said about it. */
  readonly busy: readonly number[];
  /** The deleted ones as they were; empty unless asked for. */
  readonly descriptions: readonly ExpiryItem[];
}

export interface SweepOptions {
  readonly at: Timestamp;
  /** When given, expired artifacts of other workspaces stay though nothing needs them. */
  readonly workspaceIds?: readonly number[] | undefined;
  /** Whether to describe what goes. */
  readonly describe?: boolean;
}

const nothing = { relations: 0, items: 0, uploads: [], sharedFiles: [], descriptions: [] };

/**
 * @param ids artifacts to try; every cycle they are part of is among them as a whole
 * @throws LockTimeoutError when somebody has locked one of the tables; RowsBusyError
 */
export function sweep(db: Db, ids: readonly number[], options: SweepOptions): Promise<Swept> {
  const { at } = options;
  return transaction(db, async (tx) => {
    await beginBatch(
      tx,
      'db_artifact',
      'db_artifactrelation',
      'db_fileinartifact',
      'db_fileupload',
      'db_collectionitem',
    );
    // The race: another session adds a relation, an item or a file for one of these. Keys are checked at its commit,
    // where it waits for this lock and then fails if the artifact has gone. What was committed before is seen by the
    // statements below. Rows that somebody else holds are left for later.
    const locked = numbers(
      await tx.execute<{ id: string }>(
        sql`select id from db_artifact where id in ${idList(ids)} order by id for update skip locked`,
      ),
    );
    const isLocked = new Set(locked);
    const others = ids.filter((id) => !isLocked.has(id));
    const busy =
      others.length === 0
        ? []
        : numbers(
            await tx.execute<{ id: string }>(
              sql`select id from db_artifact where id in ${idList(others)} order by id`,
            ),
          );
    const isBusy = new Set(busy);
    const gone = others.filter((id) => !isBusy.has(id));
    if (locked.length === 0) return { deleted: [], refused: gone, busy, ...nothing };
    return givingWay(async () => {
      const deleted = numbers(await tx.execute<{ id: string }>(stillDue(locked, options)));
      const isDeleted = new Set(deleted);
      const refused = [...gone, ...locked.filter((id) => !isDeleted.has(id))];
      if (deleted.length === 0) return { deleted, refused, busy, ...nothing };
      const items = options.describe === true ? await describe(tx, deleted) : [];
      // An upload that has become active since we looked stays, and with it, by its key, the artifact.
      const belongings = await deleteWithAll(tx, deleted, at, sql`not ${activeUpload(at)}`);
      // The files of uploads are unlinked after the commit, which must be on disk by then. Otherwise a crash of the
      // server may take back the last batches: the next run does them again. See `untilDurable`.
      if (belongings.uploads.length === 0) await tx.execute(sql`set local synchronous_commit = off`);
      return { deleted, refused, busy, descriptions: items, ...belongings };
    });
  });
}

/** Those of the locked artifacts that may go, by id. */
function stillDue(locked: readonly number[], { at, workspaceIds }: SweepOptions): SQL {
  const isOneOf = (table: SQL): SQL => sql`l.artifact_id in (select id from ${table})`;
  return sql`
    with recursive batch as materialized (
      select a.id, ${isRoot(at)} as is_root
      from ${idList(locked)} g (value) join db_artifact a on a.id = g.value join db_workspace w on w.id = a.workspace_id
    ), pointing as materialized (
      select l.artifact_id, l.target_id, ${isOneOf(sql`batch`)} as is_inside
      from batch b join db_artifactrelation l on l.target_id = b.id
    ), ${workspaceIds === undefined ? sql`` : strangers(at, workspaceIds)} needed (id) as (
      select id from batch where is_root
      union
      select l.target_id from pointing l
      where not is_inside ${workspaceIds === undefined ? sql`` : sql`and not ${isOneOf(sql`strangers`)}`}
      union
      select l.target_id from needed n join pointing l on l.artifact_id = n.id
    )
    select id from batch where id not in (select id from needed) order by id`;
}

/**
 * Artifacts outside of the batch that lead to it and stay only because their workspace was not selected: nothing
 * that lives needs them, so what they point at may go.
 */
const strangers = (at: Timestamp, workspaceIds: readonly number[]): SQL => sql`
  above (id) as (
    select l.artifact_id from pointing l where not is_inside
    union
    select l.artifact_id from above u join db_artifactrelation l on l.target_id = u.id
    where l.artifact_id not in (select id from batch)
  ), living (id) as (
    select a.id from above u join db_artifact a on a.id = u.id join db_workspace w on w.id = a.workspace_id
    where ${isRoot(at)} or ${inWorkspaces(sql`a.workspace_id`, workspaceIds)}
    union
    select u.id from living v join db_artifactrelation l on l.artifact_id = v.id join above u on u.id = l.target_id
  ), strangers as materialized (
    select id from above where id not in (select id from living)
  ),`;

const numbers = (rows: readonly { readonly id: string }[]): number[] => rows.map(({ id }) => Number(id));
