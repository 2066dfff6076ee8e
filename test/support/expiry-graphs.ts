/**
 * Random retention graphs, and what is left of them: a model of expiry without SQL, written from its description
 * alone (expiry.md, "Meaning"), so that it shares no mistake with the program.
 */
import { sql } from 'drizzle-orm';
import type { Db } from '../../src/db/database.ts';
import { transaction } from '../../src/db/transaction.ts';
import type { Timestamp } from '../../src/timestamp.ts';

/** Times are whole hours before T; delays and periods are hours. */
interface ModelArtifact {
  readonly createdHoursAgo: number;
  /** Null: that of the workspace. */
  readonly delay: number | null;
  readonly workspace: number;
  /** Numbers of contents; several artifacts may have the same. */
  readonly files: readonly number[];
  /** How long ago an unfinished upload of its first file was active; null without one. */
  readonly uploadHoursAgo: number | null;
}

interface ModelItem {
  readonly artifact: number;
  readonly collection: number;
  /** Null while it is active. */
  readonly removedHoursAgo: number | null;
}

interface ModelCollection {
  readonly workspace: number;
  readonly full: number | null;
  readonly metadata: number | null;
  /** State of its workflow when it is an internal collection; `none` when no workflow has it. */
  readonly workflow: 'pending' | 'running' | 'blocked' | 'completed' | 'aborted' | 'none' | null;
}

export interface Graph {
  /** Default delays. */
  readonly workspaces: readonly number[];
  readonly artifacts: readonly ModelArtifact[];
  readonly relations: readonly (readonly [from: number, to: number, type: string])[];
  readonly collections: readonly ModelCollection[];
  readonly items: readonly ModelItem[];
}

export interface Outcome {
  /** Artifacts that stay. */
  readonly artifacts: ReadonlySet<number>;
  /** Contents that some artifact names still. */
  readonly files: ReadonlySet<number>;
  readonly items: readonly ('deleted' | 'empty' | 'holds')[];
}

/** What a run leaves. @param selected only artifacts and collections of these workspaces are touched */
export function leftOver(graph: Graph, selected: ReadonlySet<number>): Outcome {
  const items = graph.items.map(({ collection: number, removedHoursAgo: removed }) => {
    const collection = graph.collections[number];
    if (collection === undefined || removed === null || !selected.has(collection.workspace)) return 'holds';
    const { full, metadata } = collection;
    if (full !== null && metadata !== null && removed > full + metadata) return 'deleted';
    return full !== null && removed > full ? 'empty' : 'holds';
  });
  const isExpired = ({ createdHoursAgo, delay, workspace }: ModelArtifact): boolean => {
    const effective = delay ?? graph.workspaces[workspace] ?? 0;
    return effective !== 0 && createdHoursAgo >= effective;
  };
  const holds = (number: number): boolean => {
    const workflow = graph.collections[number]?.workflow ?? null;
    return workflow === null || ['pending', 'running', 'blocked'].includes(workflow);
  };
  const kept = new Set<number>();
  for (const [number, artifact] of graph.artifacts.entries()) {
    const isHeld = graph.items.some(
      ({ artifact: held, collection }, at) => held === number && items[at] === 'holds' && holds(collection),
    );
    const isUploading = artifact.uploadHoursAgo !== null && artifact.uploadHoursAgo <= 24;
    if (!isExpired(artifact) || isHeld || isUploading) kept.add(number);
  }
  const todo = [...kept];
  for (let from = todo.pop(); from !== undefined; from = todo.pop()) {
    for (const [source, target] of graph.relations) {
      if (source !== from || kept.has(target)) continue;
      kept.add(target);
      todo.push(target);
    }
  }
  const artifacts = new Set(
    graph.artifacts.flatMap(({ workspace }, number) =>
      kept.has(number) || !selected.has(workspace) ? [number] : [],
    ),
  );
  return {
    artifacts,
    files: new Set(graph.artifacts.flatMap(({ files }, number) => (artifacts.has(number) ? files : []))),
    // An artifact that goes takes its places with it.
    items: items.map((fate, at) =>
      fate === 'holds' && !artifacts.has(graph.items[at]?.artifact ?? -1) ? 'empty' : fate,
    ),
  };
}

/** Numbers that look random, the same for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const types = ['extends', 'relates-to', 'built-using'];
const workflows = [
  null,
  null,
  null,
  'pending',
  'running',
  'blocked',
  'completed',
  'aborted',
  'none',
] as const;

/** Many small graphs side by side, which share workspaces and contents only. */
export function randomGraph(count: number, seed: number): Graph {
  const random = randomNumbers(seed);
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const hours = [0, 1, 23, 24, 25, 48, 72, 73];
  const period = (): number | null => pick([null, 0, 1, 24, 48]);
  const workspaces = [0, 24, 48];
  const artifacts: ModelArtifact[] = [];
  const relations: (readonly [number, number, string])[] = [];
  const collections: ModelCollection[] = [];
  const items: ModelItem[] = [];
  for (let graph = 0; graph < count; graph += 1) {
    const first = artifacts.length;
    const size = 1 + random(10);
    const contents = graph * 4;
    for (let at = 0; at < size; at += 1) {
      const files = [contents + random(4), contents + random(4)].slice(0, random(3));
      artifacts.push({
        createdHoursAgo: pick(hours),
        delay: pick([null, null, 0, 1, 24, 24, 24, 48]),
        workspace: random(workspaces.length),
        files: [...new Set(files)],
        uploadHoursAgo: files.length > 0 && random(8) === 0 ? pick(hours) : null,
      });
    }
    for (let at = random(14); at > 0; at -= 1) {
      const relation = [first + random(size), first + random(size), pick(types)] as const;
      if (
        !relations.some(
          ([from, to, type]) => from === relation[0] && to === relation[1] && type === relation[2],
        )
      )
        relations.push(relation);
    }
    for (let at = random(3); at > 0; at -= 1) {
      collections.push({
        workspace: random(workspaces.length),
        full: period(),
        metadata: period(),
        workflow: pick(workflows),
      });
      for (let item = random(3); item > 0; item -= 1) {
        items.push({
          artifact: first + random(size),
          collection: collections.length - 1,
          removedHoursAgo: random(3) === 0 ? null : pick(hours),
        });
      }
    }
  }
  return { workspaces, artifacts, relations, collections, items };
}

/** Numbers in the model and ids in the database differ by this. */
const offset = 1000;

/** Puts the graph into an otherwise empty database. */
export function insertGraph(db: Db, graph: Graph, at: Timestamp): Promise<void> {
  const rows = (
    values: readonly unknown[],
  ) => sql`jsonb_array_elements(${JSON.stringify(values)}::text::jsonb)
    with ordinality as g (v, n)`;
  const ago = (key: string) => sql`${at}::timestamptz - make_interval(hours => (v ->> ${key}::text)::int)`;
  const delay = (key: string) => sql`make_interval(hours => (v ->> ${key}::text)::int)`;
  return transaction(db, async (tx) => {
    await tx.execute(sql`insert into db_workspace (id, name, public, default_file_store_id, default_expiration_delay)
      select ${offset}::int + n - 1, 'graph-' || n, false, 1, make_interval(hours => (v #>> '{}')::int)
      from ${rows(graph.workspaces)} on conflict do nothing`);
    await tx.execute(sql`insert into db_user (id, password, is_superuser, username, first_name, last_name, is_staff,
        is_active, date_joined, email)
      values (${offset}::int, '!', false, 'graph', '', '', false, true, now(), 'graph@example.org') on conflict do nothing`);
    await tx.execute(sql`insert into db_artifact (id, category, data, created_at, expiration_delay, workspace_id)
      select ${offset}::int + n - 1, 'debusine:test', '{}', ${ago('createdHoursAgo')}, ${delay('delay')},
        ${offset}::int + (v ->> 'workspace')::int from ${rows(graph.artifacts)}`);
    await tx.execute(sql`insert into db_artifactrelation (artifact_id, target_id, type)
      select ${offset}::int + (v ->> 0)::int, ${offset}::int + (v ->> 1)::int, v ->> 2 from ${rows(graph.relations)}`);
    await tx.execute(sql`insert into db_file (id, sha256, size)
      select distinct ${offset}::int + f.v::int, sha256(f.v::bytea), length(f.v)
      from ${rows(graph.artifacts)}, jsonb_array_elements_text(v -> 'files') f (v)`);
    await tx.execute(
      sql`insert into db_fileinstore (file_id, store_id, data) select id, 1, '{}' from db_file`,
    );
    await tx.execute(sql`insert into db_fileinartifact (artifact_id, file_id, path)
      select ${offset}::int + n - 1, ${offset}::int + f.v::int, f.v
      from ${rows(graph.artifacts)}, jsonb_array_elements_text(v -> 'files') f (v)`);
    await tx.execute(sql`insert into db_fileupload (path, last_activity_at, file_in_artifact_id)
      select 'upload-' || n, ${ago('uploadHoursAgo')}, (select min(p.id) from db_fileinartifact p
        where p.artifact_id = ${offset}::int + n - 1)
      from ${rows(graph.artifacts)} where v ->> 'uploadHoursAgo' is not null`);
    await tx.execute(sql`insert into db_collection (id, name, category, data, workspace_id,
        full_history_retention_period, metadata_only_retention_period)
      select ${offset}::int + n - 1, 'c-' || n,
        case when v ->> 'workflow' is null then 'debian:suite' else 'debusine:workflow-internal' end, '{}',
        ${offset}::int + (v ->> 'workspace')::int, ${delay('full')}, ${delay('metadata')}
      from ${rows(graph.collections)}`);
    await tx.execute(sql`insert into db_workrequest (created_at, task_type, task_name, task_data, status, result,
        priority_base, priority_adjustment, unblock_strategy, internal_collection_id, workspace_id, created_by_id,
        workflow_data, event_reactions)
      select now(), 'workflow', 'noop', '{}', v ->> 'workflow', '', 0, 0, 'deps', ${offset}::int + n - 1, ${offset}::int,
        ${offset}::int, '{}', '{}'
      from ${rows(graph.collections)} where v ->> 'workflow' <> 'none'`);
    await tx.execute(sql`insert into db_collectionitem (id, name, child_type, category, data, created_at, removed_at,
        artifact_id, created_by_user_id, parent_collection_id)
      select ${offset}::int + n - 1, 'i-' || n, 'a', 'debusine:test', '{}', ${at}::timestamptz - interval '100 days',
        ${ago('removedHoursAgo')}, ${offset}::int + (v ->> 'artifact')::int, ${offset}::int,
        ${offset}::int + (v ->> 'collection')::int
      from ${rows(graph.items)}`);
  });
}

/** Ids of the workspaces, as the database has them. */
export const workspaceIds = (selected: ReadonlySet<number>): readonly number[] =>
  [...selected].map((number) => offset + number);

/** What is in the database, in the numbers of the model. */
export async function readOutcome(db: Db, graph: Graph): Promise<Outcome> {
  const numbers = async (table: string): Promise<ReadonlySet<number>> =>
    new Set(
      (await db.execute<{ id: string }>(sql`select id from ${sql.identifier(table)} order by id`)).map(
        ({ id }) => Number(id) - offset,
      ),
    );
  const items = await db.execute<{ id: string; artifact_id: string | null }>(
    sql`select id, artifact_id from db_collectionitem`,
  );
  const holds = new Map(
    items.map(({ id, artifact_id: artifact }) => [Number(id) - offset, artifact !== null]),
  );
  return {
    artifacts: await numbers('db_artifact'),
    files: await numbers('db_file'),
    items: graph.items.map((_, at) => {
      const held = holds.get(at);
      return held === undefined ? 'deleted' : held ? 'holds' : 'empty';
    }),
  };
}
