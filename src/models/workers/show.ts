/** Everything about one worker. Source: cli.md 8.3 (show-worker). */
import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../data/json.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { instant } from '../../db/listing.ts';
import { one } from '../../db/rows.ts';
import type { Result } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { getByName } from './find.ts';
import { summary, type WorkerSummary } from './list.ts';
import { metadata } from './metadata.ts';

/** A work request that a worker has to do. */
export interface CurrentWorkRequest {
  readonly id: Id<'WorkRequest'>;
  readonly task_name: string;
  readonly status: 'pending' | 'running';
  readonly started_at: Timestamp | null;
}

export interface WorkerDetails extends WorkerSummary {
  /** Set by administrators. */
  readonly static_metadata: JsonObject;
  /** Reported by the worker. */
  readonly dynamic_metadata: JsonObject;
  readonly dynamic_metadata_updated_at: Timestamp | null;
  /** Both; the static value of a key wins. */
  readonly metadata: JsonObject;
  /** Pending and running ones, by id. */
  readonly current_work_requests: readonly CurrentWorkRequest[];
  /** Completed work requests by result. */
  readonly finished: Readonly<Record<Exclude<Result, ''>, number>>;
}

/**
 * The worker of that name with its metadata and work; a fixed number of statements.
 * @throws NotFoundError
 */
export async function show(db: Db, name: string): Promise<WorkerDetails> {
  const worker = await getByName(db, name);
  const facts = await summary(db, worker.id);
  const work = await db.execute<{ record: Pick<WorkerDetails, 'current_work_requests' | 'finished'> }>(sql`
    select json_build_object(
      'current_work_requests', (
        select coalesce(json_agg(json_build_object(
          'id', r.id, 'task_name', r.task_name, 'status', r.status, 'started_at', ${instant(sql`r.started_at`)}
        ) order by r.id), '[]')
        from db_workrequest r
        where r.worker_id = ${worker.id}::bigint and r.status in ('pending', 'running')
      ),
      'finished', (
        select json_build_object(
          'success', count(*) filter (where r.result = 'success'),
          'failure', count(*) filter (where r.result = 'failure'),
          'error', count(*) filter (where r.result = 'error')
        )
        from db_workrequest r
        where r.worker_id = ${worker.id}::bigint and r.status = 'completed'
      )
    ) as record`);
  return {
    ...facts,
    static_metadata: worker.staticMetadata,
    dynamic_metadata: worker.dynamicMetadata,
    dynamic_metadata_updated_at: worker.dynamicMetadataUpdatedAt,
    metadata: metadata(worker),
    ...one(work, `worker ${worker.id} not found`).record,
  };
}
