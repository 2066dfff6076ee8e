/** Why an artifact is kept: the chains that lead to it from what is kept for its own sake. Source: cli.md 8.8. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { one } from '../../db/rows.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';
import { collectionHolds, historyIsOver, isExpired, neverExpires } from './meaning.ts';

/** One step of a chain; `type` is how the step before points at it. */
export interface Link {
  readonly artifact: number;
  readonly type?: string;
}

export interface Reason {
  readonly code:
    | 'never_expires'
    | 'not_expired'
    | 'related'
    | 'collection'
    | 'collection_history'
    | 'workflow'
    | 'upload_in_progress';
  /** For the code `related`: the artifact that is kept for its own sake, and why. */
  readonly keeper?: number;
  readonly keeper_code?: string;
  readonly keeper_until?: Timestamp | null;
  readonly chain?: readonly Link[];
  /** Facts of the other codes: collection, item, workflow, path. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Explanation {
  readonly artifact: number;
  readonly workspace: string;
  readonly category: string;
  readonly created_at: Timestamp;
  readonly delay_seconds: number;
  readonly delay_from: 'artifact' | 'workspace';
  readonly expire_at: Timestamp | null;
  readonly expired: boolean;
  readonly decision: 'keep' | 'delete';
  /** Shortest chain first; empty when nothing keeps it. */
  readonly reasons: readonly Reason[];
  readonly more_chains: number;
  readonly files: number;
  readonly shared_files: number;
  readonly would_free_bytes: number;
}

const mostChains = 20;

interface Facts {
  readonly id: number;
  readonly own: Reason | null;
}

/**
 * @param at the instant it is judged at, as if history had been trimmed
 * @throws NotFoundError when there is no such artifact
 */
export async function explain(db: Db, id: number, at: Timestamp): Promise<Explanation> {
  const head = JSON.parse(one(await describeArtifact(db, id, at), `artifact ${id} not found`).record) as Omit<
    Explanation,
    'decision' | 'reasons' | 'more_chains'
  >;
  const reasons: Reason[] = [];
  let more = 0;
  // Against the direction of the relations, one statement for each step, so that shortest chains come first.
  const cameFrom = new Map<number, { readonly next: number; readonly type: string } | null>([[id, null]]);
  for (let level: readonly number[] = [id]; level.length > 0;) {
    for (const { id: found, own } of await ownReasons(db, level, at)) {
      if (own === null) continue;
      if (reasons.length >= mostChains) more += 1;
      else reasons.push(found === id ? own : related(found, own, cameFrom));
    }
    const pointing = await db.execute<{ artifact: string; target: string; type: string }>(sql`
      select distinct on (artifact_id) artifact_id as artifact, target_id as target, type from db_artifactrelation
      where target_id in ${idList(level)} order by artifact_id, target_id, type`);
    const fresh = pointing.filter(({ artifact }) => !cameFrom.has(Number(artifact)));
    for (const { artifact, target, type } of fresh)
      cameFrom.set(Number(artifact), { next: Number(target), type });
    level = fresh.map(({ artifact }) => Number(artifact));
  }
  return { ...head, decision: reasons.length > 0 ? 'keep' : 'delete', reasons, more_chains: more };
}

function related(
  keeper: number,
  own: Reason,
  cameFrom: ReadonlyMap<number, { readonly next: number; readonly type: string } | null>,
): Reason {
  const chain: Link[] = [{ artifact: keeper }];
  for (let step = cameFrom.get(keeper); step !== null && step !== undefined; step = cameFrom.get(step.next)) {
    chain.push({ artifact: step.next, type: step.type });
  }
  const until = own.details?.['until'];
  return {
    code: 'related',
    keeper,
    keeper_code: own.code,
    keeper_until: typeof until === 'string' ? (until as Timestamp) : null,
    chain,
  };
}

/** For each artifact the first reason for which it is kept for its own sake, or null. */
async function ownReasons(db: Db, ids: readonly number[], at: Timestamp): Promise<readonly Facts[]> {
  const rows = await db.execute<{ record: string }>(sql`
    select json_build_object('id', a.id, 'own', case
      when ${neverExpires} then json_build_object('code', 'never_expires')
      when not ${isExpired(at)} then json_build_object('code', 'not_expired', 'details', json_build_object('until',
        to_char((a.created_at + coalesce(a.expiration_delay, w.default_expiration_delay)) at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
      when item.record is not null then item.record
      when upload.record is not null then upload.record
      end)::text as record
    from db_artifact a join db_workspace w on w.id = a.workspace_id
    left join lateral (
      select json_build_object(
        'code', case when c.category = 'debusine:workflow-internal' then 'workflow'
          when i.removed_at is null then 'collection' else 'collection_history' end,
        'details', json_build_object('item', i.id, 'name', i.name, 'collection', c.name || '@' || c.category,
          'workflow', r.id, 'workflow_status', r.status, 'until',
          to_char((i.removed_at + c.full_history_retention_period) at time zone 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))) as record
      from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
      left join db_workrequest r on r.internal_collection_id = c.id and r.status in ('pending', 'running', 'blocked')
      where i.artifact_id = a.id and ${collectionHolds} and not ${historyIsOver(at)}
      order by i.removed_at is not null, i.id limit 1
    ) item on true
    left join lateral (
      select json_build_object('code', 'upload_in_progress', 'details', json_build_object('path', p.path,
        'last_activity_at', to_char(u.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))) as record
      from db_fileinartifact p join db_fileupload u on u.file_in_artifact_id = p.id
      where p.artifact_id = a.id and u.last_activity_at >= ${at}::timestamptz - interval '24 hours'
      order by u.id limit 1
    ) upload on true
    where a.id in ${idList(ids)} order by a.id`);
  return rows.map(({ record }) => JSON.parse(record) as Facts);
}

function describeArtifact(db: Db, id: number, at: Timestamp) {
  return db.execute<{ record: string }>(sql`
    select json_build_object('artifact', a.id, 'workspace', w.name, 'category', a.category,
      'created_at', to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'delay_seconds', extract(epoch from coalesce(a.expiration_delay, w.default_expiration_delay)),
      'delay_from', case when a.expiration_delay is null then 'workspace' else 'artifact' end,
      'expire_at', case when not ${neverExpires} then
        to_char((a.created_at + coalesce(a.expiration_delay, w.default_expiration_delay)) at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end,
      'expired', ${isExpired(at)},
      'files', files.count, 'shared_files', files.shared, 'would_free_bytes', files.bytes)::text as record
    from db_artifact a join db_workspace w on w.id = a.workspace_id
    cross join lateral (
      select count(*) as count, count(*) filter (where f.shared) as shared,
        coalesce(sum(f.size) filter (where not f.shared), 0) as bytes
      from (select distinct f.id, f.size, exists (
          select 1 from db_fileinartifact o where o.file_id = f.id and o.artifact_id <> a.id) as shared
        from db_fileinartifact p join db_file f on f.id = p.file_id where p.artifact_id = a.id) f
    ) files
    where a.id = ${id}::bigint`);
}
