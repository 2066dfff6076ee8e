/** Why an artifact is kept: the chains that lead to it from what is kept for its own sake. Source: cli.md 8.8. */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { instant, seconds } from '../../db/listing.ts';
import { one } from '../../db/rows.ts';
import type { Timestamp } from '../../timestamp.ts';
import { effectiveDelay, expiryInstant } from '../artifact-expiry.ts';
import { idList } from '../lists.ts';
import { activeUpload, collectionHolds, fullHistory, isExpired, letsGo, neverExpires } from './meaning.ts';
import type { KeepReason } from './summary.ts';

/** One step of a chain; `type` is how the step before points at it. */
export interface Link {
  readonly artifact: number;
  readonly type?: string;
}

/** Why an artifact is kept for its own sake. */
export type OwnReason =
  | { readonly code: 'never_expires' }
  | { readonly code: 'not_expired'; readonly until: Timestamp }
  | {
      readonly code: 'collection';
      readonly item: Item;
      readonly collection: string;
      readonly since: Timestamp;
    }
  | {
      readonly code: 'collection_history';
      readonly item: Item;
      readonly collection: string;
      /** Null: for ever. */
      readonly until: Timestamp | null;
    }
  | {
      readonly code: 'workflow';
      readonly item: Item;
      readonly collection: string;
      readonly workflow: number;
      readonly workflow_status: string;
    }
  | { readonly code: 'upload_in_progress'; readonly path: string; readonly last_activity_at: Timestamp };

/** An item of a collection. */
export interface Item {
  readonly id: number;
  readonly name: string;
}

/** Kept because another artifact is. */
export interface RelatedReason {
  readonly code: 'related';
  /** The artifact at the beginning of the chain, which is kept for its own sake. */
  readonly keeper: number;
  readonly keeper_code: OwnReason['code'];
  /** Until when that lasts, as far as it is known. */
  readonly keeper_until: Timestamp | null;
  readonly chain: readonly Link[];
}

export type Reason = OwnReason | RelatedReason;

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
  /** The artifact's own reasons, then chains, the shortest first; empty when nothing keeps it. */
  readonly reasons: readonly Reason[];
  /** How many chains were left out. */
  readonly more_chains: number;
  /** What deleting it alone would free: files that no other artifact names. */
  readonly would_free_bytes: number;
  readonly files: number;
  readonly shared_files: number;
}

const mostChains = 20;

/** How the step nearer to the artifact is called, and by which relation it is reached; null for the artifact itself. */
type CameFrom = ReadonlyMap<number, { readonly next: number; readonly type: string } | null>;

/**
 * @param at the instant it is judged at, as if history had been trimmed
 * @throws NotFoundError when there is no such artifact
 */
export async function explain(db: Db, id: number, at: Timestamp): Promise<Explanation> {
  const { would_free_bytes, files, shared_files, ...head } = JSON.parse(
    one(await facts(db, id, at), `artifact ${id} not found`).record,
  ) as Omit<Explanation, 'decision' | 'reasons' | 'more_chains'>;
  const own = (await ownReasons(db, [id], at)).get(id) ?? [];
  const { chains, more } = await chainsTo(db, id, at);
  const reasons = [...own, ...chains];
  return {
    ...head,
    decision: reasons.length > 0 ? 'keep' : 'delete',
    reasons,
    more_chains: more,
    would_free_bytes,
    files,
    shared_files,
  };
}

/** Against the direction of the relations, one statement for each step, so that the shortest chains come first. */
async function chainsTo(
  db: Db,
  id: number,
  at: Timestamp,
): Promise<{ readonly chains: readonly RelatedReason[]; readonly more: number }> {
  const chains: RelatedReason[] = [];
  let more = 0;
  const cameFrom = new Map<number, { readonly next: number; readonly type: string } | null>([[id, null]]);
  for (let level: readonly number[] = [id]; level.length > 0;) {
    const pointing = await db.execute<{ artifact: string; target: string; type: string }>(sql`
      select distinct on (artifact_id) artifact_id as artifact, target_id as target, type
      from db_artifactrelation where target_id in ${idList(level)} order by artifact_id, target_id, type`);
    const fresh = pointing.filter(({ artifact }) => !cameFrom.has(Number(artifact)));
    for (const { artifact, target, type } of fresh)
      cameFrom.set(Number(artifact), { next: Number(target), type });
    level = fresh.map(({ artifact }) => Number(artifact));
    const found = await ownReasons(db, level, at);
    for (const keeper of level) {
      const [reason] = found.get(keeper) ?? [];
      if (reason === undefined) continue;
      if (chains.length < mostChains) chains.push(related(keeper, reason, cameFrom));
      else more += 1;
    }
  }
  return { chains, more };
}

function related(keeper: number, reason: OwnReason, cameFrom: CameFrom): RelatedReason {
  const chain: Link[] = [{ artifact: keeper }];
  for (let step = cameFrom.get(keeper); step !== null && step !== undefined; step = cameFrom.get(step.next)) {
    chain.push({ artifact: step.next, type: step.type });
  }
  const until = 'until' in reason ? reason.until : null;
  return { code: 'related', keeper, keeper_code: reason.code, keeper_until: until, chain };
}

/** Why each of the artifacts is kept at the moment; nothing for one that does not exist. History has been trimmed. */
export async function keepReasons(
  db: Db,
  ids: readonly number[],
  at: Timestamp,
): Promise<ReadonlyMap<number, KeepReason>> {
  const own = await ownReasons(db, ids, at);
  const existing = await db.execute<{ id: string }>(
    sql`select id from db_artifact where id in ${idList(ids)} order by id`,
  );
  return new Map(existing.map(({ id }) => [Number(id), own.get(Number(id))?.[0]?.code ?? 'related']));
}

/** All reasons for which each artifact is kept for its own sake; time first, then items and uploads by id. */
async function ownReasons(
  db: Db,
  ids: readonly number[],
  at: Timestamp,
): Promise<ReadonlyMap<number, readonly OwnReason[]>> {
  if (ids.length === 0) return new Map();
  const rows = await db.execute<{ id: string; record: string }>(sql`
    with wanted as materialized (
      select a.* from db_artifact a where a.id in ${idList(ids)}
    )
    ${timeReasons(at)} union all ${itemReasons(at)} union all ${uploadReasons(at)}
    order by id, rank, number`);
  const reasons = new Map<number, OwnReason[]>();
  for (const { id, record } of rows) {
    const found = reasons.get(Number(id)) ?? [];
    reasons.set(Number(id), found);
    found.push(JSON.parse(record) as OwnReason);
  }
  return reasons;
}

const timeReasons = (at: Timestamp): SQL => sql`
  select a.id, 0 as rank, 0::bigint as number,
    case when ${neverExpires} then json_build_object('code', 'never_expires')
      else json_build_object('code', 'not_expired', 'until', ${instant(expiryInstant)}) end::text as record
  from wanted a join db_workspace w on w.id = a.workspace_id where not ${isExpired(at)}`;

const itemReasons = (at: Timestamp): SQL => sql`
  select i.artifact_id, 1 + (i.removed_at is not null)::int, i.id,
    case when c.category = 'debusine:workflow-internal' then json_build_object('code', 'workflow',
        'item', json_build_object('id', i.id, 'name', i.name), 'collection', c.name || '@' || c.category,
        'workflow', r.id, 'workflow_status', r.status)
      when i.removed_at is null then json_build_object('code', 'collection',
        'item', json_build_object('id', i.id, 'name', i.name), 'collection', c.name || '@' || c.category,
        'since', ${instant(sql`i.created_at`)})
      else json_build_object('code', 'collection_history',
        'item', json_build_object('id', i.id, 'name', i.name), 'collection', c.name || '@' || c.category,
        'until', ${instant(sql`i.removed_at + ${fullHistory}`)})
    end::text
  from wanted a join db_collectionitem i on i.artifact_id = a.id
  join db_collection c on c.id = i.parent_collection_id
  left join lateral (
    select w.id, w.status from db_workrequest w
    where w.internal_collection_id = c.id and w.status in ('pending', 'running', 'blocked') order by w.id limit 1
  ) r on true
  where ${collectionHolds} and not ${letsGo(at)}`;

const uploadReasons = (at: Timestamp): SQL => sql`
  select p.artifact_id, 3, u.id, json_build_object('code', 'upload_in_progress', 'path', p.path,
    'last_activity_at', ${instant(sql`u.last_activity_at`)})::text
  from wanted a join db_fileinartifact p on p.artifact_id = a.id
  join db_fileupload u on u.file_in_artifact_id = p.id
  where ${activeUpload(at)}`;

function facts(db: Db, id: number, at: Timestamp) {
  return db.execute<{ record: string }>(sql`
    select json_build_object('artifact', a.id, 'workspace', w.name, 'category', a.category,
      'created_at', ${instant(sql`a.created_at`)}, 'delay_seconds', ${seconds(effectiveDelay)},
      'delay_from', case when a.expiration_delay is null then 'workspace' else 'artifact' end,
      'expire_at', case when not ${neverExpires} then ${instant(expiryInstant)} end, 'expired', ${isExpired(at)},
      'would_free_bytes', files.bytes, 'files', files.count, 'shared_files', files.shared)::text as record
    from db_artifact a join db_workspace w on w.id = a.workspace_id
    cross join lateral (
      select count(*) as count, count(*) filter (where f.is_shared) as shared,
        coalesce(sum(f.size) filter (where not f.is_shared and f.is_local), 0) as bytes
      from (
        select distinct f.id, f.size,
          exists (select 1 from db_fileinartifact o where o.file_id = f.id and o.artifact_id <> a.id) as is_shared,
          exists (select 1 from db_fileinstore s where s.file_id = f.id) and not exists (
            select 1 from db_fileinstore s join db_filestore t on t.id = s.store_id
            where s.file_id = f.id and t.backend = 'ExternalDebianSuite') as is_local
        from db_fileinartifact p join db_file f on f.id = p.file_id where p.artifact_id = a.id
      ) f
    ) files
    where a.id = ${id}::bigint`);
}
