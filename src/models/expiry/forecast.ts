/** What the runs of the next days or weeks would delete, as things are now. Source: issue 4, expiry.md "Meaning". */
import { type SQL, sql } from 'drizzle-orm';
import { type Db, driver } from '../../db/database.ts';
import { interruptible } from '../../db/interruptible.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import type { Timestamp } from '../../timestamp.ts';
import { expiryInstant } from '../artifact-expiry.ts';
import { collectionHolds, fullHistory, inWorkspaces, itemIsOverSince } from './meaning.ts';

export interface ForecastOptions {
  /** Where the first period begins. */
  readonly at: Timestamp;
  readonly unit: 'day' | 'week';
  /** How many periods. */
  readonly periods: number;
  /** Only artifacts of these are counted, as if only these were expired; retention looks at all. Absent: all. */
  readonly workspaces?: readonly { readonly id: number; readonly name: string }[] | undefined;
}

/** How much goes. */
export interface Amount {
  readonly artifacts: number;
  /** That no artifact names then, each once, with the last one that names it; files of read-only stores stay. */
  readonly files: number;
  readonly bytes: number;
}

export interface ForecastGroup extends Amount {
  readonly workspace: string;
  readonly category: string;
}

export interface ForecastPeriod extends Amount {
  /** Null for what could go already. */
  readonly from: Timestamp | null;
  readonly until: Timestamp;
  /** By workspace, then category; none of them is empty. */
  readonly groups: readonly ForecastGroup[];
}

export interface Forecast {
  readonly command: 'expiry-forecast';
  readonly at: Timestamp;
  readonly unit: ForecastOptions['unit'];
  /** Names of the workspaces that are counted; null for all. */
  readonly workspaces: readonly string[] | null;
  /** All periods together. */
  readonly total: Amount;
  /** What a run at `at` would delete, then each period: after `from`, up to and including `until`. */
  readonly periods: readonly ForecastPeriod[];
  readonly by_workspace: readonly (Amount & { readonly workspace: string })[];
  readonly by_category: readonly (Amount & { readonly category: string })[];
  /** What goes at a known time after the last period. */
  readonly later: Amount;
  /** What does not go until somebody changes something: a delay, a collection, a workflow. */
  readonly kept: Amount;
}

const steps = { day: sql`interval '24 hours'`, week: sql`interval '168 hours'` };

/** `id`, `workspace_id` and `period` of each artifact: 0 for what may go already; see `later` and `never`. */
const fates = sql`pg_temp.expiry_fate`;

/**
 * An artifact goes in the first run for which its own time is over and that of everything that leads to it by
 * relations, too: so its period is the last one among all of these. New artifacts, relations, items and uploads are
 * not foreseen, nor that a workflow ends.
 * @param db not a transaction; nothing is written
 * @throws InterruptedError
 */
export function forecast(db: Db, options: ForecastOptions, signal: AbortSignal): Promise<Forecast> {
  return interruptible(db, signal, () =>
    transaction(
      db,
      async (tx) => {
        await run(tx, `set local work_mem = '32MB'`);
        await findOwn(tx, options);
        await spread(tx);
        return report(tx, options);
      },
      { isolation: 'repeatable read', dryRun: true },
    ),
  );
}

const idsOf = ({ workspaces }: ForecastOptions): readonly number[] | undefined =>
  workspaces?.map(({ id }) => id);

const run = (tx: Db, ...statements: readonly string[]) => driver(tx).unsafe(statements.join('; ')).simple();

const later = ({ periods }: ForecastOptions): number => periods + 1;
const never = ({ periods }: ForecastOptions): number => periods + 2;

/** The period in which each artifact could go if nothing led to it. */
async function findOwn(tx: Db, options: ForecastOptions): Promise<void> {
  const { at, unit } = options;
  // What is over only after an instant, not at it, is over a microsecond later.
  const after = (instant: SQL): SQL => sql`${instant} + interval '1 microsecond'`;
  // A run for some workspaces does not trim the collections of others.
  const released = sql`case when i.removed_at is not null and ${inWorkspaces(sql`c.workspace_id`, idsOf(options))}
    then coalesce(${after(sql`least(i.removed_at + ${fullHistory}, ${itemIsOverSince})`)}, 'infinity') else 'infinity' end`;
  await tx.execute(sql`
    create temp table expiry_fate on commit drop as
    select id, workspace_id,
      case when free_at <= ${at}::timestamptz then 0 when free_at = 'infinity' then ${never(options)}::int
        else least(ceil(extract(epoch from free_at - ${at}::timestamptz) / extract(epoch from ${steps[unit]})),
          ${later(options)}::int) end::int as period
    from (
      select a.id, a.workspace_id,
        greatest(coalesce(${expiryInstant}, 'infinity'), h.free_at, u.free_at) as free_at
      from db_artifact a join db_workspace w on w.id = a.workspace_id
      left join (
        select i.artifact_id, max(${released}) as free_at
        from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
        where i.artifact_id is not null and ${collectionHolds} group by i.artifact_id
      ) h on h.artifact_id = a.id
      left join (
        select p.artifact_id, max(${after(sql`u.last_activity_at + interval '24 hours'`)}) as free_at
        from db_fileupload u join db_fileinartifact p on p.id = u.file_in_artifact_id group by p.artifact_id
      ) u on u.artifact_id = a.id
    ) f`);
  await run(
    tx,
    'create unique index on pg_temp.expiry_fate (id) include (period)',
    'create index on pg_temp.expiry_fate (period)',
    'analyze pg_temp.expiry_fate',
  );
}

/**
 * From the last period to the first: what an artifact leads to stays as long as it does. Each step costs what is found
 * in its period, so all of them together what there is.
 */
async function spread(tx: Db): Promise<void> {
  const rows = await tx.execute<{ period: number }>(
    sql`select distinct period from ${fates} where period > 0 order by period desc`,
  );
  await run(tx, 'set local enable_hashjoin = off', 'set local enable_mergejoin = off');
  for (const { period } of rows) {
    await tx.execute(sql`
      with recursive reached (id) as (
        select t.id from ${fates} s
        join db_artifactrelation l on l.artifact_id = s.id join ${fates} t on t.id = l.target_id
        where s.period = ${period}::int and t.period < ${period}::int
        union
        select t.id from reached r
        join db_artifactrelation l on l.artifact_id = r.id join ${fates} t on t.id = l.target_id
        where t.period < ${period}::int
      )
      update ${fates} f set period = ${period}::int from reached r where r.id = f.id`);
  }
  await run(
    tx,
    'set local enable_hashjoin to default',
    'set local enable_mergejoin to default',
    'analyze pg_temp.expiry_fate',
  );
}

interface Row extends ForecastGroup {
  readonly period: number;
}

async function report(tx: Db, options: ForecastOptions): Promise<Forecast> {
  const { at, unit, periods: count, workspaces } = options;
  const isCounted = inWorkspaces(sql`f.workspace_id`, idsOf(options));
  const rows = await tx.execute<{ record: string }>(sql`
    with last as (
      -- The artifact that keeps each file longest; one that is not counted keeps it for ever.
      select distinct on (p.file_id) p.file_id, f.id,
        case when ${isCounted} then f.period else ${never(options)}::int end as period
      from db_fileinartifact p join ${fates} f on f.id = p.artifact_id
      order by p.file_id, period desc, f.id
    ), freed as (
      select l.id, count(*) as files,
        coalesce(sum(f.size) filter (where exists (select 1 from db_fileinstore s where s.file_id = f.id)), 0) as bytes
      from last l join db_file f on f.id = l.file_id
      where not exists (select 1 from db_fileinstore s join db_filestore t on t.id = s.store_id
        where s.file_id = f.id and t.backend = 'ExternalDebianSuite')
      group by l.id
    )
    select json_build_object('period', f.period, 'workspace', w.name, 'category', a.category, 'artifacts', count(*),
      'files', coalesce(sum(x.files), 0), 'bytes', coalesce(sum(x.bytes), 0))::text as record
    from ${fates} f join db_artifact a on a.id = f.id join db_workspace w on w.id = a.workspace_id
    left join freed x on x.id = f.id
    where ${isCounted}
    group by f.period, w.name, a.category order by f.period, w.name collate "C", a.category collate "C"`);
  const groups = rows.map(({ record }) => JSON.parse(record) as Row);
  const of = (wanted: number): readonly ForecastGroup[] =>
    groups.filter(({ period }) => period === wanted).map(({ period: _, ...group }) => group);
  const [row] = await tx.execute<{ instants: string }>(sql`
    select json_agg(to_char((${at}::timestamptz + n * ${steps[unit]}) at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') order by n)::text as instants
    from generate_series(0, ${count}::int) n`);
  const instants = JSON.parse(
    one([row ?? { instants: '[]' }], 'no instants').instants,
  ) as readonly Timestamp[];
  const periods = instants.map((until, number) => {
    const found = of(number);
    return { from: instants[number - 1] ?? null, until, ...sum(found), groups: found };
  });
  const all = periods.flatMap((period) => period.groups);
  return {
    command: 'expiry-forecast',
    at,
    unit,
    workspaces: workspaces?.map(({ name }) => name) ?? null,
    total: sum(all),
    periods,
    by_workspace: together(all, 'workspace').map(([workspace, amount]) => ({ workspace, ...amount })),
    by_category: together(all, 'category').map(([category, amount]) => ({ category, ...amount })),
    later: sum(of(later(options))),
    kept: sum(of(never(options))),
  };
}

/** By name, in the order of the names. */
function together(
  groups: readonly ForecastGroup[],
  key: 'workspace' | 'category',
): readonly (readonly [string, Amount])[] {
  const names = [...new Set(groups.map((group) => group[key]))].sort();
  return names.map((name) => [name, sum(groups.filter((group) => group[key] === name))]);
}

/** How much it is together. */
function sum(amounts: readonly Amount[]): Amount {
  let [artifacts, files, bytes] = [0, 0, 0];
  for (const amount of amounts) {
    artifacts += amount.artifacts;
    files += amount.files;
    bytes += amount.bytes;
  }
  return { artifacts, files, bytes };
}
