/**
 * Which work requests a change of one affects, as queries for ids. Source: models.md 3.17.1
 * (`unblock_reverse_dependencies`).
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Result } from '../../schema/work-requests.ts';

/**
 * Whether the end of the request in row `alias` is a bad one for those that wait for it: no success, and its
 * workflow data does not allow it to fail.
 * @param result instead of the one that is stored
 */
function endsBadly(alias: SQL, result?: Result): SQL {
  const isFailure =
    result === undefined ? sql`${alias}.result <> 'success'` : sql`${result}::text <> 'success'`;
  return sql`(${isFailure} and coalesce(${alias}.workflow_data -> 'allow_failure' <> 'true'::jsonb, true))`;
}

interface Spreading {
  /** The result that the first ones are about to get; absent: they keep what they have. */
  readonly result?: Result;
  /** Whether unfinished children go as well, and what waits for them. */
  readonly withChildren?: boolean;
}

/**
 * The first ones, and whatever is aborted when they end, directly or through others: those that wait for one that
 * ends badly and are blocked, whatever else they wait for. Circles end by themselves, as no id comes twice.
 * @param first `select id from …`
 */
export function abortedWith(first: SQL, { result, withChildren = false }: Spreading = {}): SQL {
  const child = sql`
    union all
    (
      select c.id, ${endsBadly(sql`c`)} as spreads
      from db_workrequest c
      where c.parent_id = gone.id and c.status in ('pending', 'running', 'blocked')
      offset 0
    )`;
  // `offset 0` makes the server look up the dependants of the few rows of each step by index. It would otherwise
  // read the whole table at each step, and a chain of n requests has n steps.
  return sql`
    with recursive gone (id, spreads) as (
      select r.id, ${endsBadly(sql`r`, result)} from db_workrequest r where r.id in (${first})
      union
      select next.id, next.spreads
      from gone
      cross join lateral (
        (
          select d.id, ${endsBadly(sql`d`)} as spreads
          from db_workrequest_dependencies l
          cross join lateral (select * from db_workrequest d where d.id = l.from_workrequest_id offset 0) d
          where l.to_workrequest_id = gone.id and gone.spreads and d.status = 'blocked'
          offset 0
        )
        ${withChildren ? child : sql``}
      ) next
    )
    select distinct gone.id from gone`;
}

/**
 * Requests that wait for this one, which has ended well, and for nothing else any more: blocked ones of strategy
 * `deps` all of whose dependencies are completed, with whatever result, and whose workflow, if any, is running.
 */
export function unblockedBy(id: number): SQL {
  return sql`
    select d.id
    from db_workrequest r
    join db_workrequest_dependencies l on l.to_workrequest_id = r.id
    join db_workrequest d on d.id = l.from_workrequest_id
    left join db_workrequest p on p.id = d.parent_id
    where r.id = ${id}::bigint
      and not ${endsBadly(sql`r`)}
      and d.status = 'blocked'
      and d.unblock_strategy = 'deps'
      and (d.parent_id is null or p.status = 'running')
      and not exists (
        select from db_workrequest_dependencies l2
        join db_workrequest o on o.id = l2.to_workrequest_id
        where l2.from_workrequest_id = d.id and o.status <> 'completed'
      )`;
}

/**
 * The request and everything that its end may change. More than that is no harm: the rows are locked, then judged.
 * @param result as for {@link abortedWith}
 */
export function affectedByEndOf(id: number, result?: Result): SQL {
  const self = sql`select ${id}::bigint as id`;
  return sql`
    select a.id from (${abortedWith(self, result === undefined ? {} : { result })}) a
    union
    select d.id
    from db_workrequest_dependencies l
    join db_workrequest d on d.id = l.from_workrequest_id
    where l.to_workrequest_id = ${id}::bigint and d.status = 'blocked'`;
}
