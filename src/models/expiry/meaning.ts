/** What expiry means at one instant, as pieces of SQL that every part uses. Source: expiry.md, "Meaning". */
import { type SQL, sql } from 'drizzle-orm';
import type { Timestamp } from '../../timestamp.ts';
import { effectiveDelay, hasExpired } from '../artifact-expiry.ts';
import { idList } from '../lists.ts';

/** Whether artifact `a` of workspace `w` has expired at T. */
export const isExpired = hasExpired;

/** Whether artifact `a` never expires. */
export const neverExpires = sql`(${effectiveDelay} = interval '0')`;

/** A period the server can calculate with, though it be two million years; null stays null. */
const manageable = (period: SQL): SQL => sql`case when ${period} is not null
  then greatest(least(${period}, interval '1000000 days'), interval '-1000000 days') end`;

/** How long collection `c` holds the artifacts of removed items; null for ever. */
export const fullHistory = manageable(sql`c.full_history_retention_period`);

/** Whether item `i` of collection `c` has lost its claim on its artifact at T. */
export const historyIsOver = (at: Timestamp): SQL =>
  sql`coalesce(i.removed_at < ${at}::timestamptz - ${fullHistory}, false)`;

/** Whether item `i` of collection `c` has no place in its history any more at T. */
export const itemIsOver = (at: Timestamp): SQL => sql`coalesce(
  i.removed_at < ${at}::timestamptz - ${fullHistory} - ${manageable(sql`c.metadata_only_retention_period`)}, false)`;

/** When the time of item `i` of collection `c` in its history ends; null for never, and while it is active. */
export const itemIsOverSince = sql`(
  i.removed_at + ${fullHistory} + ${manageable(sql`c.metadata_only_retention_period`)})`;

/** Whether item `i` of collection `c` does not hold its artifact any more once history has been trimmed at T. */
export const letsGo = (at: Timestamp): SQL => sql`(${historyIsOver(at)} or ${itemIsOver(at)})`;

/**
 * Whether collection `c` holds what its items point at: any but the internal one of a workflow that has ended.
 */
export const collectionHolds = sql`(c.category <> 'debusine:workflow-internal' or exists (
  select 1 from db_workrequest r
  where r.internal_collection_id = c.id and r.status in ('pending', 'running', 'blocked')))`;

/** Whether upload `u` was active within 24 hours before T. */
export const activeUpload = (at: Timestamp): SQL =>
  sql`(u.last_activity_at >= ${at}::timestamptz - interval '24 hours')`;

/** Whether an item holds artifact `a`. History has been trimmed by then. */
export const isHeld = sql`exists (
  select 1 from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
  where i.artifact_id = a.id and ${collectionHolds})`;

/** Whether an unfinished upload of artifact `a` was active within 24 hours before T. */
const isBeingUploaded = (at: Timestamp): SQL => sql`exists (
  select 1 from db_fileinartifact p join db_fileupload u on u.file_in_artifact_id = p.id
  where p.artifact_id = a.id and ${activeUpload(at)})`;

/** Whether artifact `a` of workspace `w` is kept for its own sake. */
export const isRoot = (at: Timestamp): SQL =>
  sql`(not ${isExpired(at)} or ${isHeld} or ${isBeingUploaded(at)})`;

/** Condition on the workspace of collection `c` or artifact: one of these, or any when none is named. */
export const inWorkspaces = (column: SQL, ids: readonly number[] | undefined): SQL =>
  ids === undefined ? sql`true` : sql`${column} in ${idList(ids)}`;
