/** Machines that execute work requests. Source: models.md 3.19, 3.20; cli.md 8.3. */
import { sql } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import { isWorkerName, workerNameCandidate, workerNameLimit, workerNameSlug } from '../data/worker-names.ts';
import type { JsonObject } from '../data/json.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { all, instant, type Listing, listing, type Page } from '../db/listing.ts';
import { one } from '../db/rows.ts';
import { ConflictError, InvalidInputError } from '../errors.ts';
import { type Worker, workers } from '../schema/workers.ts';
import type { Timestamp } from '../timestamp.ts';

export type { Worker } from '../schema/workers.ts';

/** A worker as lists show it. */
export interface WorkerSummary {
  readonly id: number;
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
  readonly token_id: number | null;
  readonly hash: string | null;
}

export interface WorkerFilter {
  readonly id?: Id<'Worker'> | undefined;
  /** An internal worker without token counts as enabled. */
  readonly enabled?: boolean | undefined;
  readonly connected?: boolean | undefined;
  /** As many pending or running work requests as its concurrency, or more. */
  readonly busy?: boolean | undefined;
  readonly internal?: boolean | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
}

/** Workers with what they have to do, by registration time and id. One query, whatever their number. */
export function list(db: Db, filter: WorkerFilter = {}, page: Page = {}): Listing<WorkerSummary> {
  const where = [
    filter.id === undefined ? undefined : sql`w.id = ${filter.id}::bigint`,
    filter.enabled === undefined ? undefined : sql`coalesce(t.enabled, true) = ${filter.enabled}::boolean`,
    filter.connected === undefined
      ? undefined
      : sql`(w.connected_at is not null) = ${filter.connected}::boolean`,
    filter.busy === undefined
      ? undefined
      : sql`(load.pending + load.running >= w.concurrency) = ${filter.busy}::boolean`,
    filter.internal === undefined ? undefined : sql`w.internal = ${filter.internal}::boolean`,
    filter.nameLike === undefined ? undefined : sql`w.name like ${filter.nameLike}::text`,
  ].filter((condition) => condition !== undefined);
  return listing(
    db,
    {
      select: sql`w.id, w.name, case when w.internal then 'celery' else 'external' end as type, w.internal,
        ${instant(sql`w.registered_at`)} as registered, ${instant(sql`w.connected_at`)} as connected,
        t.enabled, w.concurrency, load.running, load.pending,
        load.pending + load.running >= w.concurrency as busy, t.id as token_id, t.hash`,
      // The partial index db_workrequest_worker_idx holds just the requests that are counted here.
      from: sql`db_worker w
        left join db_token t on t.id = w.token_id
        cross join lateral (
          select count(*) filter (where r.status = 'running')::int as running,
            count(*) filter (where r.status = 'pending')::int as pending
          from db_workrequest r
          where r.worker_id = w.id and r.status in ('pending', 'running')
        ) load`,
      where,
      orderKeys: {
        id: sql`w.id`,
        name: sql`w.name`,
        registered: sql`w.registered_at`,
        connected: sql`w.connected_at`,
        enabled: sql`t.enabled`,
        concurrency: sql`w.concurrency`,
        running: sql`load.running`,
        pending: sql`load.pending`,
      },
      defaultOrder: ['registered'],
      tieBreaker: sql`w.id`,
    },
    page,
  );
}

/** One worker as lists show it. @throws NotFoundError */
export async function summary(db: Db, id: Id<'Worker'>): Promise<WorkerSummary> {
  return one(await all(list(db, { id })), `worker ${id} not found`);
}

export interface NewWorker {
  readonly fqdn: string;
  readonly tokenId: Id<'Token'>;
  /** Instead of the name made from the host name. */
  readonly name?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly staticMetadata?: JsonObject | undefined;
}

/**
 * Registers a worker; its name is the slug of its host name, with `-2`, `-3`, … appended while taken.
 *
 * Source: `WorkerManager.create_with_fqdn`; the slug is that of models.md 3.20.
 * @throws InvalidInputError when the name would be empty, too long, or a given name is refused
 * @throws ConflictError when a given name is taken
 * @throws ConstraintError `db_worker_token_id_key` when the token belongs to another worker
 */
export async function createWithFqdn(db: Db, given: NewWorker, at: Timestamp): Promise<Worker> {
  const slug = given.name ?? workerNameSlug(given.fqdn);
  if (given.name !== undefined && !isWorkerName(given.name)) {
    throw new InvalidInputError(`worker name ${quote(given.name)} is refused`, {
      hint: `1 to ${workerNameLimit} letters, digits, "-" and "_"`,
    });
  }
  if (slug === '') {
    throw new InvalidInputError(`host name ${quote(given.fqdn)} gives no worker name`, {
      hint: 'give one with --name',
    });
  }
  for (let attempt = 1; ; attempt += 1) {
    const name = given.name ?? workerNameCandidate(slug, attempt);
    if (name.length > workerNameLimit) {
      throw new InvalidInputError(`worker name ${quote(name)} is longer than ${workerNameLimit} characters`, {
        hint: 'give a shorter one with --name',
      });
    }
    const row = {
      name,
      registeredAt: at,
      tokenId: given.tokenId,
      concurrency: given.concurrency ?? 1,
      staticMetadata: given.staticMetadata ?? {},
      dynamicMetadata: {},
      internal: false,
    };
    // Race-free: whoever inserts the name first has it, everybody else goes on to the next one.
    const [created] = await db
      .insert(workers)
      .values(row)
      .onConflictDoNothing({ target: workers.name })
      .returning();
    if (created !== undefined) return created;
    if (given.name !== undefined) throw new ConflictError(`worker ${quote(name)} exists already`);
  }
}
