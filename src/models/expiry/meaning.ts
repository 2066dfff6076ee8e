/** What expiry means at one instant, as pieces of SQL that every part uses. Source: expiry.md, "Meaning". */
import { type SQL, sql } from 'drizzle-orm';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';

/** Delay of artifact `a` in workspace `w`. */
const delay = sql`coalesce(a.expiration_delay, w.default_expiration_delay)`;

/** Whether artifact `a` of workspace `w` has expired at T. */
export const isExpired = (at: Timestamp): SQL =>
  sql`(${delay} <> interval '0' and a.created_at + ${delay} <= ${at}::timestamptz)`;

/** Whether artifact `a` never expires. */
export const neverExpires = sql`(${delay} = interval '0')`;

/** Whether item `i` of collection `c` has lost its claim on its artifact at T. */
export const historyIsOver = (at: Timestamp): SQL =>
  sql`coalesce(i.removed_at < ${at}::timestamptz - c.full_history_retention_period, false)`;

/**
 * Whether collection `c` holds what its items point at: any but the internal one of a workflow that has ended.
 */
export const collectionHolds = sql`(c.category <> 'debusine:workflow-internal' or exists (
  select 1 from db_workrequest r
  where r.internal_collection_id = c.id and r.status in ('pending', 'running', 'blocked')))`;

/**
 * Whether an item holds artifact `a`.
 * @param trimmed judge as if history had been trimmed, in the collections for which this condition on `c` holds
 */
export const isHeld = (at: Timestamp, trimmed: SQL): SQL => sql`exists (
  select 1 from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
  where i.artifact_id = a.id and ${collectionHolds} and not (${trimmed} and ${historyIsOver(at)}))`;

/** Whether an unfinished upload of artifact `a` was active within 24 hours before T. */
export const isBeingUploaded = (at: Timestamp): SQL => sql`exists (
  select 1 from db_fileinartifact p join db_fileupload u on u.file_in_artifact_id = p.id
  where p.artifact_id = a.id and u.last_activity_at >= ${at}::timestamptz - interval '24 hours')`;

/** Whether artifact `a` is kept for its own sake. */
export const isRoot = (at: Timestamp, trimmed: SQL): SQL =>
  sql`(not ${isExpired(at)} or ${isHeld(at, trimmed)} or ${isBeingUploaded(at)})`;

/** `with recursive expired, kept`: ids of what has expired, and of what of it is kept. */
export const marking = (at: Timestamp, trimmed: SQL): SQL => sql`
  expired as materialized (
    select a.id, a.workspace_id, a.created_at + ${delay} as expire_at,
      ${isHeld(at, trimmed)} or ${isBeingUploaded(at)} as is_root
    from db_artifact a join db_workspace w on w.id = a.workspace_id
    where ${isExpired(at)}
  ), kept (id) as (
    select e.id from expired e where e.is_root
    union
    -- What is pointed at by an artifact that has not expired; such an artifact is a root.
    select e.id from expired e join db_artifactrelation l on l.target_id = e.id
    where not exists (select 1 from expired o where o.id = l.artifact_id)
    union
    select e.id from kept k join db_artifactrelation l on l.artifact_id = k.id join expired e on e.id = l.target_id
  )`;

/** Condition on the workspace of collection `c` or artifact: one of these, or any when none is named. */
export const inWorkspaces = (column: SQL, ids: readonly number[] | undefined): SQL =>
  ids === undefined ? sql`true` : sql`${column} in ${idList(ids)}`;
