/** Everything about one work request. Source: cli.md 8.10 (show-work-request). */
import { sql } from 'drizzle-orm';
import type { Json } from '../../data/json.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { all, listing } from '../../db/listing.ts';
import { workRequestsNotFound } from './find.ts';
import { summaryColumns, summaryTables, type WorkRequestSummary } from './list.ts';

export interface WorkRequestDetails extends WorkRequestSummary {
  /** The top of its workflow; itself for a root workflow, null outside of workflows. */
  readonly workflow_root: Id<'WorkRequest'> | null;
  /** As they are stored, which may be any JSON. */
  readonly task_data: Json;
  readonly event_reactions: Json;
  readonly workflow_data: Json;
  /** What it waits for, what waits for it, what is directly inside of it, what it made: ids, ascending. */
  readonly dependencies: readonly Id<'WorkRequest'>[];
  readonly reverse_dependencies: readonly Id<'WorkRequest'>[];
  readonly children: readonly Id<'WorkRequest'>[];
  readonly artifacts: readonly Id<'Artifact'>[];
}

/**
 * The work request with all that belongs to it, as it was at one moment: one statement.
 * @throws NotFoundError when there is no such work request
 */
export async function show(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequestDetails> {
  const [details] = await all(
    listing<WorkRequestDetails>(db, {
      select: sql`${summaryColumns},
        case when r.parent_id is not null or r.task_type = 'Workflow' then (
          with recursive up (id, parent_id) as (
            select r.id, r.parent_id
            union
            select p.id, p.parent_id from up join db_workrequest p on p.id = up.parent_id
          )
          select id from up where parent_id is null
        ) end as workflow_root,
        r.task_data, r.event_reactions, r.workflow_data,
        (
          select coalesce(json_agg(l.to_workrequest_id order by l.to_workrequest_id), '[]')
          from db_workrequest_dependencies l
          where l.from_workrequest_id = r.id
        ) as dependencies,
        (
          select coalesce(json_agg(l.from_workrequest_id order by l.from_workrequest_id), '[]')
          from db_workrequest_dependencies l
          where l.to_workrequest_id = r.id
        ) as reverse_dependencies,
        (select coalesce(json_agg(c.id order by c.id), '[]') from db_workrequest c where c.parent_id = r.id) as children,
        (
          select coalesce(json_agg(a.id order by a.id), '[]')
          from db_artifact a
          where a.created_by_work_request_id = r.id
        ) as artifacts`,
      from: summaryTables,
      where: [sql`r.id = ${id}::bigint`],
      orderKeys: {},
      defaultOrder: [],
      tieBreaker: sql`r.id`,
    }),
  );
  if (details === undefined) throw workRequestsNotFound([id]);
  return details;
}
