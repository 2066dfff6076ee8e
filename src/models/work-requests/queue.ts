/** Work requests by state, as the scheduler asks for them. Source: models.md 3.17.6, 3.23. */
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { instant, type Listing, listing, type Page } from '../../db/listing.ts';
import { ArgumentError } from '../../errors.ts';
import { type WorkRequest, workRequests } from '../../schema/work-requests.ts';

export interface PendingFilter {
  /** Leaves out those that have a worker already. */
  readonly excludeAssigned?: boolean;
  /** Only those of this worker. */
  readonly workerId?: Id<'Worker'>;
}

/**
 * What waits to be run: higher effective priority first, then older, then by id.
 *
 * Source: `WorkRequestManager.pending`.
 * @throws ArgumentError when both filters are given
 */
export function pending(
  db: Db,
  { excludeAssigned = false, workerId }: PendingFilter = {},
  page: Pick<Page, 'limit' | 'offset'> = {},
): Listing<WorkRequest> {
  if (excludeAssigned && workerId !== undefined) {
    throw new ArgumentError('a worker is asked for, and that there be none');
  }
  const where = [
    sql`r.status = 'pending'`,
    ...(excludeAssigned ? [sql`r.worker_id is null`] : []),
    ...ofWorker(workerId),
  ];
  // The words of the index db_workrequest_pending_idx, so that the first few come without sorting all.
  const order = sql`(r.priority_base + r.priority_adjustment) desc, r.created_at, r.id`;
  return rows(db, where, order, page);
}

/** What is being run, by id. Source: `WorkRequestManager.running`. */
export function running(db: Db, { workerId }: Pick<PendingFilter, 'workerId'> = {}): Listing<WorkRequest> {
  return rows(db, [sql`r.status = 'running'`, ...ofWorker(workerId)]);
}

/** What has ended with a result, by id. Source: `WorkRequestManager.completed`. */
export function completed(db: Db): Listing<WorkRequest> {
  return rows(db, [sql`r.status = 'completed'`]);
}

/** What was given up, by id. Source: `WorkRequestManager.aborted`. */
export function aborted(db: Db): Listing<WorkRequest> {
  return rows(db, [sql`r.status = 'aborted'`]);
}

/** All work requests, by id. Source: `WorkRequest.objects`. */
export function all(db: Db): Listing<WorkRequest> {
  return rows(db, []);
}

function ofWorker(workerId: Id<'Worker'> | undefined): readonly SQL[] {
  return workerId === undefined ? [] : [sql`r.worker_id = ${workerId}::bigint`];
}

/** Whole rows as they are fetched. They may be many: nobody holds them all. */
function rows(
  db: Db,
  where: readonly SQL[],
  order: SQL = sql`r.id`,
  page: Pick<Page, 'limit' | 'offset'> = {},
): Listing<WorkRequest> {
  const select = Object.entries(getTableColumns(workRequests)).map(([property, { name }]) => {
    const column = sql`r.${sql.identifier(name)}`;
    return sql`${name.endsWith('_at') ? instant(column) : column} as ${sql.identifier(property)}`;
  });
  return listing(
    db,
    {
      select: sql.join(select, sql`, `),
      from: sql`db_workrequest r`,
      where,
      orderKeys: {},
      defaultOrder: [],
      tieBreaker: order,
    },
    page,
  );
}
