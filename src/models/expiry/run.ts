/** A whole run: history, artifacts, files, each in batches of their own transactions. Source: expiry.md; cli.md 8.8. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { timestampFromServer, type Timestamp } from '../../timestamp.ts';
import { DatabaseError, DebusineError } from '../../errors.ts';
import type { StoreSettings } from '../file-backends.ts';
import { countHistory, trimHistory } from './history.ts';
import { count, type Counts, type KeptBy, mark, type Scope } from './mark.ts';
import { deletionOrder, type Group } from './order.ts';
import { idList } from '../lists.ts';

import { removeUnusedFiles, storeBackends } from './unused-files.ts';
import { sweep } from './sweep.ts';

export interface ExpiryOptions {
  /** The instant everything is judged at. */
  readonly at: Timestamp;
  readonly workspaceIds?: readonly number[] | undefined;
  /** Delete at most so many artifacts. */
  readonly limit?: number | undefined;
  /** Artifacts, and files, in one transaction. */
  readonly batchSize: number;
  /** Start no new batch after so many milliseconds. */
  readonly maxTimeMs?: number | undefined;
  /** Whether to trim the history of collections. */
  readonly history: boolean;
  /** Whether to remove files that nothing names. */
  readonly files: boolean;
  readonly uploadDirectory: string;
  readonly stores: StoreSettings;
}

export interface ExpiryHooks {
  /** No new batch is started once it is aborted. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  elapsedMs(): number;
  now(): Timestamp;
  progress(done: number, total: number, bytes: number): void;
}

/** One document that says what was done. Source: cli.md 8.8. */
export interface ExpirySummary {
  readonly command: 'expire-artifacts';
  readonly dry_run: boolean;
  readonly at: Timestamp;
  readonly started_at: Timestamp;
  readonly finished_at: Timestamp;
  /** False when something that could go remains. */
  readonly complete: boolean;
  readonly stopped_by: null | 'limit' | 'max_time' | 'lock_timeout' | 'signal' | 'error';
  readonly workspaces: readonly string[] | null;
  readonly artifacts: Counts & {
    readonly deleted: number;
    readonly skipped: number;
    readonly remaining: number;
  };
  readonly kept_by: KeptBy;
  readonly relations_deleted: number;
  readonly collection_items: {
    readonly unlinked: number;
    readonly deleted: number;
    readonly removed_from_finished_workflows: number;
  };
  readonly files: {
    readonly unused: number;
    readonly removed: number;
    readonly failed: number;
    readonly external: number;
    readonly still_used: number;
  };
  readonly bytes: { readonly freed: number; readonly still_used: number };
  readonly stores: readonly { readonly name: string; readonly files: number; readonly bytes: number }[];
  readonly seconds: number;
  readonly errors: readonly string[];
  readonly items?: readonly ExpiryItem[];
}

/** An artifact that would go. */
export interface ExpiryItem {
  readonly id: number;
  readonly category: string;
  readonly workspace: string;
  readonly created_at: Timestamp;
  readonly expired_at: Timestamp;
  readonly files: number;
  readonly size_bytes: number;
}

/** The instant by the database's clock. */
export async function databaseNow(db: Db): Promise<Timestamp> {
  const [row] = await db.execute<{ now: string }>(sql`select clock_timestamp() as now`);
  return timestampFromServer(row?.now ?? '');
}

/** Deletes what has expired and what nothing needs. Finished batches stay whatever happens later. */
export async function run(db: Db, options: ExpiryOptions, hooks: ExpiryHooks): Promise<ExpirySummary> {
  const { at, workspaceIds, batchSize } = options;
  const began = hooks.elapsedMs();
  const startedAt = hooks.now();
  const scope: Scope = { at, workspaceIds, asIfTrimmed: false };
  const errors: string[] = [];
  let stoppedBy: ExpirySummary['stopped_by'] = null;
  const mayGoOn = (): boolean => {
    if (hooks.signal.aborted) stoppedBy = 'signal';
    else if (options.maxTimeMs !== undefined && hooks.elapsedMs() - began >= options.maxTimeMs)
      stoppedBy = 'max_time';
    return stoppedBy === null;
  };

  const history = options.history ? await trimHistory(db, scope, mayGoOn) : { unlinked: 0, deleted: 0 };
  const { counts, keptBy, ids, edges } = await transaction(
    db,
    async (tx) => ({ ...(await count(tx, scope)), ...(await mark(tx, scope)) }),
    { isolation: 'repeatable read', readOnly: true },
  );
  const { chosen, isCut } = upTo(deletionOrder(ids, edges), options.limit);
  const total = chosen.reduce((sum, group) => sum + group.length, 0);
  const done = { deleted: 0, tried: 0, relations: 0, items: 0 };

  for (const batch of batches(chosen, batchSize)) {
    if (!mayGoOn()) break;
    await attempt(
      db,
      batch,
      async (groups) => {
        const swept = await sweep(db, groups.flat(), { at, workspaceIds });
        done.deleted += swept.deleted.length;
        done.relations += swept.relations;
        done.items += swept.items;
        await Promise.all(
          swept.uploads.map((upload) => removeUpload(options.uploadDirectory, upload, errors)),
        );
      },
      errors,
    );
    done.tried += batch.reduce((sum, group) => sum + group.length, 0);
    hooks.progress(done.tried, total, 0);
  }

  const files = { unused: 0, removed: 0, failed: 0, external: 0, freed: 0 };
  const stores = new Map<string, { files: number; bytes: number }>();
  if (options.files) {
    const backends = await storeBackends(db, options.stores);
    for (let after: number | undefined = 0; after !== undefined && mayGoOn();) {
      const batch: Awaited<ReturnType<typeof removeUnusedFiles>> = await removeUnusedFiles(db, backends, {
        after,
        limit: batchSize,
      });
      files.external += batch.external;
      files.unused += batch.outcomes.length + batch.external;
      for (const { sha256, size, stores: names, problem } of batch.outcomes) {
        if (problem !== undefined) {
          files.failed += 1;
          errors.push(`file ${sha256.slice(0, 12)} (${size} bytes) stays: ${problem}`);
          continue;
        }
        files.removed += 1;
        if (names.length > 0) files.freed += size;
        for (const name of names) {
          const store = stores.get(name) ?? { files: 0, bytes: 0 };
          stores.set(name, { files: store.files + 1, bytes: store.bytes + size });
        }
      }
      hooks.progress(done.tried, total, files.freed);
      after = batch.next;
    }
  }

  const remaining = ids.length - done.deleted;
  const skipped = done.tried - done.deleted;
  if (stoppedBy === null && isCut) stoppedBy = 'limit';
  else if (stoppedBy === null && errors.length > 0) stoppedBy = 'error';
  return {
    command: 'expire-artifacts',
    dry_run: false,
    at,
    started_at: startedAt,
    finished_at: hooks.now(),
    complete: stoppedBy === null && files.failed === 0,
    stopped_by: stoppedBy,
    workspaces: null,
    artifacts: { ...counts, deleted: done.deleted, skipped, remaining: remaining - skipped },
    kept_by: keptBy,
    relations_deleted: done.relations,
    collection_items: { ...history, removed_from_finished_workflows: done.items },
    files: {
      unused: files.unused,
      removed: files.removed,
      failed: files.failed,
      external: files.external,
      still_used: 0,
    },
    bytes: { freed: files.freed, still_used: 0 },
    stores: [...stores].map(([name, store]) => ({ name, ...store })),
    seconds: (hooks.elapsedMs() - began) / 1000,
    errors,
  };
}

/** What `run` would do at the same instant to an idle database. Writes nothing; to be called in one snapshot. */
export async function plan(db: Db, options: ExpiryOptions, hooks: ExpiryHooks): Promise<ExpirySummary> {
  const { at, workspaceIds } = options;
  const began = hooks.elapsedMs();
  const startedAt = hooks.now();
  const scope: Scope = { at, workspaceIds, asIfTrimmed: options.history };
  const history = options.history ? await countHistory(db, scope) : { unlinked: 0, deleted: 0 };
  const { counts, keptBy } = await count(db, scope);
  const { ids, edges } = await mark(db, scope);
  const { chosen, isCut } = upTo(deletionOrder(ids, edges), options.limit);
  const gone = chosen.flat();
  const items = await describeItems(db, gone, at);
  const facts = await effects(db, gone);
  return {
    command: 'expire-artifacts',
    dry_run: true,
    at,
    started_at: startedAt,
    finished_at: hooks.now(),
    complete: !isCut,
    stopped_by: isCut ? 'limit' : null,
    workspaces: null,
    artifacts: { ...counts, deleted: gone.length, skipped: 0, remaining: ids.length - gone.length },
    kept_by: keptBy,
    relations_deleted: facts.relations,
    collection_items: { ...history, removed_from_finished_workflows: facts.items },
    files: options.files
      ? {
          unused: facts.files + facts.external,
          removed: facts.files,
          failed: 0,
          external: facts.external,
          still_used: 0,
        }
      : { unused: 0, removed: 0, failed: 0, external: 0, still_used: 0 },
    bytes: { freed: options.files ? facts.bytes : 0, still_used: 0 },
    stores: options.files ? facts.stores : [],
    seconds: (hooks.elapsedMs() - began) / 1000,
    errors: [],
    items,
  };
}

async function describeItems(db: Db, ids: readonly number[], at: Timestamp): Promise<readonly ExpiryItem[]> {
  const rows = await db.execute<{ record: string }>(sql`
    select json_build_object('id', a.id, 'category', a.category, 'workspace', w.name,
      'created_at', to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'expired_at', to_char((a.created_at + coalesce(a.expiration_delay, w.default_expiration_delay))
        at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'files', (select count(*) from db_fileinartifact p where p.artifact_id = a.id),
      'size_bytes', (select coalesce(sum(f.size), 0) from db_file f
        where f.id in (select p.file_id from db_fileinartifact p where p.artifact_id = a.id)))::text as record
    from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) with ordinality as g(id, position)
    join db_artifact a on a.id = g.id::bigint join db_workspace w on w.id = a.workspace_id
    where a.created_at <= ${at}::timestamptz
    order by g.position`);
  return rows.map(({ record }) => JSON.parse(record) as ExpiryItem);
}

interface Effects {
  readonly relations: number;
  readonly items: number;
  readonly files: number;
  readonly external: number;
  readonly bytes: number;
  readonly stores: readonly { readonly name: string; readonly files: number; readonly bytes: number }[];
}

/** What would go with these artifacts. */
async function effects(db: Db, ids: readonly number[]): Promise<Effects> {
  const [row] = await db.execute<{ record: string }>(sql`
    with gone as materialized (select value as id from ${idList(ids)} g(value)), unused as materialized (
      select f.id, f.size,
        exists (select 1 from db_fileinstore s join db_filestore t on t.id = s.store_id
          where s.file_id = f.id and t.backend = 'ExternalDebianSuite') as is_external,
        exists (select 1 from db_fileinstore s where s.file_id = f.id) as is_stored
      from db_file f
      where not exists (
        select 1 from db_fileinartifact p where p.file_id = f.id and p.artifact_id not in (select id from gone))
    )
    select json_build_object(
      'relations', (select count(*) from db_artifactrelation l
        where l.artifact_id in (select id from gone) or l.target_id in (select id from gone)),
      'items', (select count(*) from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
        where i.artifact_id in (select id from gone) and c.category = 'debusine:workflow-internal'),
      'files', (select count(*) from unused where not is_external),
      'external', (select count(*) from unused where is_external),
      'bytes', (select coalesce(sum(size), 0) from unused where not is_external and is_stored),
      'stores', coalesce((select json_agg(json_build_object('name', t.name, 'files', t.files, 'bytes', t.bytes) order by t.name)
        from (select s.name, count(*) as files, sum(u.size) as bytes
          from unused u join db_fileinstore x on x.file_id = u.id join db_filestore s on s.id = x.store_id
          where not u.is_external group by s.name) t), '[]'))::text as record`);
  return JSON.parse(row?.record ?? '{}') as Effects;
}

/** Whole groups from the beginning while they fit. */
function upTo(
  groups: readonly Group[],
  limit: number | undefined,
): { readonly chosen: readonly Group[]; readonly isCut: boolean } {
  if (limit === undefined) return { chosen: groups, isCut: false };
  let size = 0;
  const end = groups.findIndex((group) => (size += group.length) > limit);
  return end < 0 ? { chosen: groups, isCut: false } : { chosen: groups.slice(0, end), isCut: true };
}

/** Groups put together up to the size of a batch; a larger group is a batch of its own. */
function* batches(groups: readonly Group[], size: number): Generator<readonly Group[]> {
  let batch: Group[] = [];
  let length = 0;
  for (const group of groups) {
    if (length > 0 && length + group.length > size) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(group);
    length += group.length;
  }
  if (length > 0) yield batch;
}

/** Tries a batch; when it fails again, its halves; a culprit that is left alone in the end is reported and skipped. */
async function attempt(
  db: Db,
  groups: readonly Group[],
  work: (groups: readonly Group[]) => Promise<void>,
  errors: string[],
): Promise<void> {
  try {
    await work(groups).catch((error: unknown) => {
      if (error instanceof DatabaseError) throw error;
      return work(groups);
    });
  } catch (error) {
    // Without a connection nothing can be tried; everything else belongs to some row.
    if (error instanceof DatabaseError || !(error instanceof DebusineError)) throw error;
    if (groups.length === 1) {
      errors.push(`artifact ${groups[0]?.join(', ') ?? ''} stays: ${error.message}`);
      return;
    }
    const middle = Math.ceil(groups.length / 2);
    await attempt(db, groups.slice(0, middle), work, errors);
    await attempt(db, groups.slice(middle), work, errors);
  }
}

/** The partial file of an upload whose rows are gone. A path that leaves the directory is nobody's upload. */
async function removeUpload(directory: string, upload: string, errors: string[]): Promise<void> {
  const file = path.resolve(directory, upload);
  if (!file.startsWith(`${path.resolve(directory)}${path.sep}`)) {
    errors.push(`upload ${JSON.stringify(upload)} lies outside of the upload directory and stays`);
    return;
  }
  try {
    await rm(file, { force: true });
  } catch {
    errors.push(`upload ${JSON.stringify(upload)} cannot be removed`);
  }
}
