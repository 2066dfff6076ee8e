/** A whole run: compares the disk with the database, repairs what is safe to repair, tells of the rest. Source: cli.md 8.9. */
import type { Db } from '../../db/database.ts';
import { one } from '../../db/rows.ts';
import { type Timestamp, timestampFromServer } from '../../timestamp.ts';
import { sql } from 'drizzle-orm';
import { untilDurable } from '../expiry/batch.ts';
import type { StoreSettings } from '../file-backends.ts';
import * as fileStores from '../file-stores.ts';
import {
  deletedKinds,
  type DeletedKind,
  type ProblemCode,
  type VacuumEvent,
  type VacuumSummary,
} from './events.ts';
import { unusedFileRecords } from './file-records.ts';
import { countKept, incompleteArtifacts } from './incomplete-artifacts.ts';
import type { Job, Step } from './job.ts';
import { findPlaces } from './places.ts';
import { emptyDirectories, unaccountedFiles } from './store-files.ts';
import { wrongBytes } from './stored-bytes.ts';
import { missingUploads, orphanUploads } from './uploads.ts';

export interface VacuumOptions {
  readonly dryRun: boolean;
  /** Names of the stores to look at; then nothing else is. Undefined for everything. */
  readonly stores?: readonly string[] | undefined;
  /** What is younger is left alone; seconds. */
  readonly graceSeconds: number;
  /** Share of the stored contents to read and hash, 0 to 1. */
  readonly verifiedShare: number;
  /** Whether to look at uploads. */
  readonly uploads: boolean;
  /** Start no new batch after so many milliseconds. */
  readonly maxTimeMs?: number | undefined;
  readonly uploadDirectory: string;
  readonly storeSettings: StoreSettings;
}

export interface VacuumHooks {
  /** No new batch is started once it is aborted. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  elapsedMs(): number;
  now(): Timestamp;
  /** From 0 to 1, as Math.random gives it. */
  random(): number;
  /** Told how many files and records have been looked at, of about how many. */
  progress(done: number, total: number): void;
}

/**
 * Six steps, in the order of cli.md 8.9, each in batches of transactions of its own. A dry run goes the same way, and
 * writes nothing.
 * @param db not a transaction
 * @returns the summary, after all events
 * @throws NotFoundError for a store that does not exist, before anything else; DatabaseError when the connection is lost
 */
export async function* vacuum(
  db: Db,
  options: VacuumOptions,
  hooks: VacuumHooks,
): AsyncGenerator<readonly VacuumEvent[], VacuumSummary> {
  const began = hooks.elapsedMs();
  const startedAt = hooks.now();
  const selected = options.stores === undefined ? undefined : new Set(options.stores);
  for (const name of selected ?? []) await fileStores.getByName(db, name);
  const places = await findPlaces(db, selected, options.storeSettings, options.uploadDirectory);
  const chosen = places.places.filter(({ isSelected }) => isSelected);
  const { at, records } = await beginning(db);

  let stoppedBy: VacuumSummary['stopped_by'] = null;
  const job: Job = {
    db,
    places,
    selected,
    dryRun: options.dryRun,
    uploads: options.uploads,
    uploadDirectory: options.uploadDirectory,
    at,
    graceSeconds: options.graceSeconds,
    before: Date.parse(startedAt) - options.graceSeconds * 1000,
    verifiedShare: options.verifiedShare,
    random: () => hooks.random(),
    checked: { store_files: 0, file_records: 0, contents: 0, uploads: 0 },
    mayGoOn() {
      if (hooks.signal.aborted) stoppedBy = 'signal';
      else if (options.maxTimeMs !== undefined && hooks.elapsedMs() - began >= options.maxTimeMs)
        stoppedBy ??= 'max_time';
      return stoppedBy === null;
    },
  };

  const totals = new Totals();
  const steps = function* (): Generator<Step> {
    for (const place of chosen) yield unaccountedFiles(job, place);
    yield unusedFileRecords(job);
    if (selected === undefined) {
      yield incompleteArtifacts(job);
      if (options.uploads) yield orphanUploads(job);
    }
    for (const place of chosen) yield emptyDirectories(job, place);
    for (const place of chosen) {
      for (const store of place.stores) {
        if (selected === undefined || selected.has(store.name)) yield wrongBytes(job, place, store);
      }
    }
    if (selected === undefined && options.uploads) yield missingUploads(job);
  };
  const unreachable = places.unreachable.map((problem) => ({ event: 'problem', ...problem }) as const);
  totals.add(unreachable);
  yield unreachable;
  for (const step of steps()) {
    if (!job.mayGoOn()) break;
    for await (const events of step) {
      totals.add(events);
      // Each record stands for a file below a store, and is looked at once more by itself.
      hooks.progress(job.checked.store_files + job.checked.file_records, 2 * records);
      if (events.length > 0) yield events;
    }
  }
  // What the report says must be true after a crash of the server, too: records go without waiting for its disk.
  if (totals.deleted().file_records > 0 && !options.dryRun) await untilDurable(db);
  const kept = selected === undefined && stoppedBy === null ? await countKept(job) : 0;
  return {
    command: 'vacuum-storage',
    dry_run: options.dryRun,
    at,
    started_at: startedAt,
    finished_at: hooks.now(),
    complete: stoppedBy === null && totals.errors === 0,
    stopped_by: stoppedBy,
    stores: chosen.flatMap(({ stores }) => stores.map(({ name }) => name)),
    checked: { ...job.checked },
    deleted: totals.deleted(),
    freed_bytes: totals.freedBytes,
    kept_artifacts: kept,
    problem_counts: totals.problems,
    error_count: totals.errors,
    seconds: (hooks.elapsedMs() - began) / 1000,
  };
}

async function beginning(db: Db): Promise<{ readonly at: Timestamp; readonly records: number }> {
  const row = one(
    await db.execute<{ now: string; records: string }>(sql`
      select clock_timestamp() as now, (select count(*) from db_fileinstore) as records`),
    'the clock gave no row',
  );
  return { at: timestampFromServer(row.now), records: Number(row.records) };
}

/** Counts events. */
class Totals {
  readonly #deleted = new Map<DeletedKind, number>();
  readonly problems: Record<ProblemCode, number> = {
    missing_bytes: 0,
    wrong_size: 0,
    wrong_hash: 0,
    missing_upload: 0,
    foreign: 0,
    store_unreachable: 0,
  };
  errors = 0;
  freedBytes = 0;

  add(events: readonly VacuumEvent[]): void {
    for (const event of events) {
      switch (event.event) {
        case 'deleted':
        case 'would-delete':
          this.#deleted.set(event.kind, (this.#deleted.get(event.kind) ?? 0) + 1);
          this.freedBytes += event.size;
          break;
        case 'problem':
          this.problems[event.code] += 1;
          break;
        case 'error':
          this.errors += 1;
          break;
      }
    }
  }

  deleted(): VacuumSummary['deleted'] {
    const [storeFiles = 0, fileRecords = 0, artifacts = 0, uploadFiles = 0, directories = 0] =
      deletedKinds.map((kind) => this.#deleted.get(kind) ?? 0);
    return {
      store_files: storeFiles,
      file_records: fileRecords,
      artifacts,
      upload_files: uploadFiles,
      directories,
    };
  }
}
