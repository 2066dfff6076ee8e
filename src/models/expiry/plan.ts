/** Finds what to try to delete, in order. It runs without locks: it decides what to try, never what to do. */
import { type SQL, sql } from 'drizzle-orm';
import { type Db, driver } from '../../db/database.ts';
import { one } from '../../db/rows.ts';
import { stream } from '../../db/stream.ts';
import { transaction } from '../../db/transaction.ts';
import type { IdSpool } from '../../storage/spool.ts';
import type { Timestamp } from '../../timestamp.ts';
import { expiryInstant } from '../artifact-expiry.ts';
import { activeUpload, collectionHolds, inWorkspaces, isExpired, letsGo, neverExpires } from './meaning.ts';
import { untangle } from './order.ts';

export interface Scope {
  readonly at: Timestamp;
  /** Only artifacts of these are deleted; retention looks at all. Absent: all. */
  readonly workspaceIds?: readonly number[] | undefined;
  /** Judge as if history had been trimmed: for a dry run. A real run trims first. */
  readonly asIfTrimmed: boolean;
  /** At most so many artifacts. */
  readonly limit?: number | undefined;
}

/** Artifacts by their fate. */
export interface Counts {
  readonly total: number;
  readonly never_expire: number;
  readonly not_yet_expired: number;
  readonly expired: number;
  readonly kept: number;
}

/** Why expired artifacts are kept: the first of these that applies; `related` when no other does. */
export interface KeptBy {
  readonly related: number;
  readonly collection: number;
  readonly collection_history: number;
  readonly workflow: number;
  readonly upload_in_progress: number;
}

export interface Plan {
  readonly counts: Counts;
  readonly keptBy: KeptBy;
  /** Artifacts that could go. */
  readonly deletable: number;
  /** How many of these are within the limit: the rows of `chosenArtifacts`. */
  readonly chosen: number;
}

/**
 * `id`, `position` from 1, `grp`, which is the same for members of a cycle, and `level`, which is 0 where no other one
 * points at them, of the artifacts to delete. They exist for as long as the work that `planning` was given.
 */
export const chosenArtifacts = sql`pg_temp.expiry_plan`;

// The server keeps all of it in temporary tables of one transaction, which works behind a pooler too. The transaction
// is rolled back, so nothing of them stays and nothing was written.
const expired = sql`pg_temp.expiry_expired`;
const kept = sql`pg_temp.expiry_kept`;
const deletable = sql`pg_temp.expiry_deletable`;
const links = sql`pg_temp.expiry_link`;
const nodes = sql`pg_temp.expiry_node`;

/** How often what nothing points at is taken away before the rest is put in order here. */
const mostRounds = 32;

/**
 * Marks, on one snapshot, and gives `work` the plan while it can be asked about. All statements take time in
 * proportion to the number of artifacts and relations.
 */
export function planning<T>(db: Db, scope: Scope, work: (tx: Db, plan: Plan) => Promise<T>): Promise<T> {
  return transaction(
    db,
    async (tx) => {
      await run(tx, `set local work_mem = '32MB'`);
      await findExpired(tx, scope);
      await findKept(tx);
      const { counts, keptBy } = await count(tx, scope);
      await findDeletable(tx, scope);
      await findLevels(tx);
      return work(tx, { counts, keptBy, ...(await choose(tx, scope)) });
    },
    { isolation: 'repeatable read', dryRun: true },
  );
}

/**
 * Puts the chosen artifacts into spools, those of a cycle as one group: what nothing points at into the first one,
 * what only those point at into the second one, and so on; the last one has all that lies deeper, in order.
 */
export async function spoolChosen(tx: Db, spools: readonly IdSpool[]): Promise<void> {
  let last: string | undefined;
  const query = sql`select id, grp, level from ${chosenArtifacts} order by position`;
  for await (const rows of stream<{ id: string; grp: string; level: number }>(tx, query)) {
    for (const { id, grp, level } of rows) {
      spools[Math.min(level, spools.length - 1)]?.add(Number(id), grp === last);
      last = grp;
    }
  }
}

const run = (tx: Db, ...statements: readonly string[]) => driver(tx).unsafe(statements.join('; ')).simple();

/** Whether item `i` of collection `c` has let go of its artifact though the row does not say so yet. */
export const isTrimmed = ({ at, workspaceIds, asIfTrimmed }: Scope): SQL =>
  asIfTrimmed ? sql`(${inWorkspaces(sql`c.workspace_id`, workspaceIds)} and ${letsGo(at)})` : sql`false`;

/** What has expired, and why it is kept for its own sake; without a reason when it is not. */
async function findExpired(tx: Db, scope: Scope): Promise<void> {
  const { at } = scope;
  await tx.execute(sql`
    create temp table expiry_expired on commit drop as
    select a.id, a.workspace_id, ${expiryInstant} as expire_at,
      coalesce(h.reason, case when u.artifact_id is not null then 4 end) as reason
    from db_artifact a join db_workspace w on w.id = a.workspace_id
    left join (
      select i.artifact_id, min(case when c.category = 'debusine:workflow-internal' then 3
        when i.removed_at is not null then 2 else 1 end) as reason
      from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
      where i.artifact_id is not null and ${collectionHolds} and not ${isTrimmed(scope)}
      group by i.artifact_id
    ) h on h.artifact_id = a.id
    left join (
      select distinct p.artifact_id from db_fileupload u join db_fileinartifact p on p.id = u.file_in_artifact_id
      where ${activeUpload(at)}
    ) u on u.artifact_id = a.id
    where ${isExpired(at)}`);
  await run(
    tx,
    'create unique index on pg_temp.expiry_expired (id) include (reason)',
    'analyze pg_temp.expiry_expired',
  );
}

/** What of it is kept: the closure along the relations. */
async function findKept(tx: Db): Promise<void> {
  await tx.execute(sql`
    create temp table expiry_kept on commit drop as
    select id from ${expired} where reason is not null
    union
    -- What is pointed at by an artifact that has not expired; such an artifact is kept for its own sake.
    select e.id from db_artifactrelation l join ${expired} e on e.id = l.target_id
    where not exists (select 1 from ${expired} o where o.id = l.artifact_id)`);
  await run(
    tx,
    'create unique index on pg_temp.expiry_kept (id)',
    'analyze pg_temp.expiry_kept',
    // Each step must cost what it finds, not what there is: a chain may have as many steps as artifacts.
    'set local enable_hashjoin = off',
    'set local enable_mergejoin = off',
  );
  await tx.execute(sql`
    insert into ${kept}
    with recursive reached (id) as (
      select id from ${kept}
      union
      select e.id from reached r
      join db_artifactrelation l on l.artifact_id = r.id join ${expired} e on e.id = l.target_id
    )
    select id from reached on conflict do nothing`);
  await run(
    tx,
    'set local enable_hashjoin to default',
    'set local enable_mergejoin to default',
    'analyze pg_temp.expiry_kept',
  );
}

/** How many artifacts there are, and why expired ones are kept. */
async function count(
  tx: Db,
  { at, workspaceIds }: Scope,
): Promise<{ readonly counts: Counts; readonly keptBy: KeptBy }> {
  const rows = await tx.execute<{ record: string }>(sql`
    select json_build_object('total', a.total, 'never_expire', a.never, 'not_yet_expired', a.not_yet,
      'expired', a.expired, 'kept', k.kept, 'related', k.related, 'collection', k.collection,
      'collection_history', k.history, 'workflow', k.workflow, 'upload_in_progress', k.upload)::text as record
    from (
      select count(*) as total, count(*) filter (where ${neverExpires}) as never,
        count(*) filter (where ${isExpired(at)}) as expired,
        count(*) filter (where not ${neverExpires} and not ${isExpired(at)}) as not_yet
      from db_artifact a join db_workspace w on w.id = a.workspace_id
      where ${inWorkspaces(sql`a.workspace_id`, workspaceIds)}
    ) a, (
      select count(*) as kept, count(*) filter (where e.reason is null) as related,
        count(*) filter (where e.reason = 1) as collection, count(*) filter (where e.reason = 2) as history,
        count(*) filter (where e.reason = 3) as workflow, count(*) filter (where e.reason = 4) as upload
      from ${kept} k join ${expired} e on e.id = k.id
      where ${inWorkspaces(sql`e.workspace_id`, workspaceIds)}
    ) k`);
  const {
    total,
    never_expire,
    not_yet_expired,
    expired: due,
    kept: stay,
    ...keptBy
  } = JSON.parse(one(rows, 'the count gave no row').record) as Counts & KeptBy;
  return { counts: { total, never_expire, not_yet_expired, expired: due, kept: stay }, keptBy };
}

/**
 * What could go, and the relations among them. Artifacts of workspaces that were not selected are among them too,
 * since a way from one selected artifact to another may lead through them.
 */
async function findDeletable(tx: Db, { workspaceIds }: Scope): Promise<void> {
  await tx.execute(sql`
    create temp table expiry_deletable on commit drop as
    select e.id, e.expire_at, ${inWorkspaces(sql`e.workspace_id`, workspaceIds)} as is_selected
    from ${expired} e where not exists (select 1 from ${kept} k where k.id = e.id)`);
  await run(tx, 'create unique index on pg_temp.expiry_deletable (id)', 'analyze pg_temp.expiry_deletable');
  await tx.execute(sql`
    create temp table expiry_link on commit drop as
    select distinct l.artifact_id as source, l.target_id as target
    from db_artifactrelation l join ${deletable} a on a.id = l.artifact_id join ${deletable} t on t.id = l.target_id
    where l.artifact_id <> l.target_id`);
  await run(tx, 'analyze pg_temp.expiry_link');
  // `missing`: how many that point at it have no level yet; `cycle`: the same for all members of one.
  await tx.execute(sql`
    create temp table expiry_node on commit drop as
    select n.id, coalesce(i.missing, 0) as missing, 0 as level, null::bigint as cycle
    from (select source as id from ${links} union select target from ${links}) n
    left join (select target as id, count(*) as missing from ${links} group by target) i on i.id = n.id`);
  await run(
    tx,
    'create unique index on pg_temp.expiry_node (id)',
    'create index on pg_temp.expiry_link (source)',
    'analyze pg_temp.expiry_node',
  );
}

/** Gives each artifact that has something to do with another one its level: 0 when nothing points at it. */
async function findLevels(tx: Db): Promise<void> {
  for (let level = 0; level < mostRounds; level += 1) {
    const [row] = await tx.execute<{ touched: string; ready: string }>(sql`
      with hit as (
        select l.target as id, count(*) as pointing
        from ${nodes} n join ${links} l on l.source = n.id
        where n.level = ${level}::int and n.missing = 0 group by l.target
      ), touched as (
        update ${nodes} n set missing = n.missing - hit.pointing, level = ${level}::int + 1
        from hit where hit.id = n.id returning n.missing
      )
      select count(*) as touched, count(*) filter (where missing = 0) as ready from touched`);
    if (Number(row?.ready ?? 0) === 0) break;
  }
  await findCycles(tx);
}

/** Puts in order what is left: cycles, what they lead to, and what lies deeper than there were rounds. */
async function findCycles(tx: Db): Promise<void> {
  const left = sql`(select id, level from ${nodes} where missing > 0 or level >= ${mostRounds}::int)`;
  const [size] = await tx.execute<{ nodes: string; links: string }>(sql`
    select (select count(*) from ${left} n) as nodes,
      (select count(*) from ${links} l where exists (select 1 from ${left} n where n.id = l.source)) as links`);
  const count = Number(size?.nodes ?? 0);
  if (count === 0) return;
  const linkCount = Number(size?.links ?? 0);
  const tangle = {
    ids: new Float64Array(count),
    floors: new Int32Array(count),
    sources: new Int32Array(linkCount),
    targets: new Int32Array(linkCount),
  };
  let filled = 0;
  const members = sql`select id, level from ${left} n order by id`;
  for await (const rows of stream<{ id: string; level: number }>(tx, members)) {
    for (const { id, level } of rows) {
      tangle.ids[filled] = Number(id);
      tangle.floors[filled] = level;
      filled += 1;
    }
  }
  filled = 0;
  const relations = sql`with n as materialized (select id, row_number() over (order by id) - 1 as place from ${left} x)
      select s.place as source, t.place as target
      from ${links} l join n s on s.id = l.source join n t on t.id = l.target`;
  for await (const rows of stream<{ source: string; target: string }>(tx, relations)) {
    for (const { source, target } of rows) {
      tangle.sources[filled] = Number(source);
      tangle.targets[filled] = Number(target);
      filled += 1;
    }
  }
  const { levels, cycles } = untangle(tangle);
  const chunk = 5000;
  for (let from = 0; from < count; from += chunk) {
    const rows = Array.from({ length: Math.min(chunk, count - from) }, (_, at) => [
      tangle.ids[from + at],
      levels[from + at],
      tangle.ids[cycles[from + at] ?? 0],
    ]);
    await tx.execute(sql`
      update ${nodes} n set missing = 0, level = (r.value ->> 1)::int, cycle = (r.value ->> 2)::bigint
      from jsonb_array_elements(${JSON.stringify(rows)}::text::jsonb) r where n.id = (r.value ->> 0)::bigint`);
  }
}

/**
 * Puts all of them in order and cuts at the limit. A cycle goes as one: where the limit falls into it, it stays, and
 * so does what comes after it.
 */
async function choose(
  tx: Db,
  { limit }: Scope,
): Promise<{ readonly deletable: number; readonly chosen: number }> {
  await run(tx, 'analyze pg_temp.expiry_node');
  await tx.execute(sql`
    create temp table expiry_plan on commit drop as
    select row_number() over (order by level, first, grp, expire_at, id) as position, id, grp, level
    from (
      select d.id, d.expire_at, coalesce(n.level, 0) as level, coalesce(n.cycle, d.id) as grp,
        coalesce(c.first, d.expire_at) as first
      from ${deletable} d left join ${nodes} n on n.id = d.id
      left join (
        select m.cycle, min(e.expire_at) as first
        from ${nodes} m join ${deletable} e on e.id = m.id
        where m.cycle is not null and e.is_selected group by m.cycle
      ) c on c.cycle = n.cycle
      where d.is_selected
    ) o`);
  let cut = 0;
  if (limit !== undefined) {
    const removed = await tx.execute<{ count: string }>(sql`
      with gone as (
        delete from ${chosenArtifacts} p using (
          select grp from ${chosenArtifacts} group by grp having max(position) > ${limit}::bigint
        ) g where g.grp = p.grp returning 1
      )
      select count(*) as count from gone`);
    cut = Number(removed[0]?.count ?? 0);
  }
  await run(tx, 'create unique index on pg_temp.expiry_plan (id)', 'analyze pg_temp.expiry_plan');
  const [row] = await tx.execute<{ count: string }>(sql`select count(*) as count from ${chosenArtifacts}`);
  const chosen = Number(row?.count ?? 0);
  return { deletable: chosen + cut, chosen };
}
