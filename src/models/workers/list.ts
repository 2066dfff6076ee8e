/** Workers with what they have to do. Source: cli.md 8.3. */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { all, instant, type Listing, listing, type Page } from '../../db/listing.ts';
import { one } from '../../db/rows.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';

/** A worker as lists show it. */
export interface WorkerSummary {
  readonly id: Id<'Worker'>;
  readonly name: string;
  /** `celery` for internal workers, `external` for others: the original's words. */
  readonly type: 'celery' | 'external';
  readonly internal: boolean;
  readonly registered: Timestamp;
  readonly connected: Timestamp | null;
  /** By its token; null for an internal worker without one. */
  readonly enabled: boolean | null;
  readonly concurrency: number;
  readonly running: number;
  readonly pending: number;
  readonly busy: boolean;
  readonly token_id: Id<'Token'> | null;
  readonly hash: string | null;
}

/** All that is given must hold. */
export interface WorkerFilter {
  readonly ids?: readonly Id<'Worker'>[] | undefined;
  /** An internal worker without token counts as enabled. */
  readonly enabled?: boolean | undefined;
  readonly connected?: boolean | undefined;
  /** As many pending or running work requests as its concurrency, or more. */
  readonly busy?: boolean | undefined;
  readonly internal?: boolean | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
}

// All loads in one scan of the partial index db_workrequest_worker_idx, which has just the requests counted here.
const workersWithLoad = sql`db_worker w
  left join db_token t on t.id = w.token_id
  left join (
    select r.worker_id,
      count(*) filter (where r.status = 'running') as running,
      count(*) filter (where r.status = 'pending') as pending,
      count(*) as total
    from db_workrequest r
    where r.worker_id is not null and r.status in ('pending', 'running')
    group by r.worker_id
  ) load on load.worker_id = w.id`;

const busy = sql`coalesce(load.total, 0) >= w.concurrency`;

/** Workers by the instant of registration, and id. One query, whatever their number. */
export function list(db: Db, filter: WorkerFilter = {}, page: Page = {}): Listing<WorkerSummary> {
  return listing(
    db,
    {
      select: sql`w.id, w.name, case when w.internal then 'celery' else 'external' end as type, w.internal,
        ${instant(sql`w.registered_at`)} as registered, ${instant(sql`w.connected_at`)} as connected,
        t.enabled, w.concurrency, coalesce(load.running, 0) as running, coalesce(load.pending, 0) as pending,
        ${busy} as busy, w.token_id, t.hash`,
      from: workersWithLoad,
      where: conditions(filter),
      orderKeys: {
        id: sql`w.id`,
        name: sql`w.name`,
        internal: sql`w.internal`,
        registered: sql`w.registered_at`,
        connected: sql`w.connected_at`,
        enabled: sql`t.enabled`,
        concurrency: sql`w.concurrency`,
        running: sql`coalesce(load.running, 0)`,
        pending: sql`coalesce(load.pending, 0)`,
        busy,
      },
      defaultOrder: ['registered'],
      tieBreaker: sql`w.id`,
    },
    page,
  );
}

function conditions({
  ids,
  enabled,
  connected,
  busy: isBusy,
  internal,
  nameLike,
}: WorkerFilter): readonly SQL[] {
  return [
    ids === undefined ? undefined : sql`w.id in ${idList(ids)}`,
    enabled === undefined ? undefined : sql`coalesce(t.enabled, w.internal) = ${enabled}::boolean`,
    connected === undefined ? undefined : sql`(w.connected_at is not null) = ${connected}::boolean`,
    isBusy === undefined ? undefined : sql`(${busy}) = ${isBusy}::boolean`,
    internal === undefined ? undefined : sql`w.internal = ${internal}::boolean`,
    nameLike === undefined ? undefined : sql`w.name like ${nameLike}::text`,
  ].filter((condition) => condition !== undefined);
}

/** One worker as lists show it. @throws NotFoundError */
export async function summary(db: Db, id: Id<'Worker'>): Promise<WorkerSummary> {
  return one(await all(list(db, { ids: [id] })), `worker ${id} not found`);
}
