/** A whole run: history, artifacts, files, each in batches of their own transactions. Source: expiry.md; cli.md 8.8. */
import { sql } from 'drizzle-orm';
import { type Db, limits } from '../../db/database.ts';
import { interruptible } from '../../db/interruptible.ts';
import { transaction } from '../../db/transaction.ts';
import {
  DatabaseError,
  type DebusineError,
  InterruptedError,
  LockTimeoutError,
  StorageError,
} from '../../errors.ts';
import { IdSpool } from '../../storage/spool.ts';
import { removeUpload } from '../../storage/uploads.ts';
import { timestampFromServer, type Timestamp } from '../../timestamp.ts';
import { attempt, BatchSize, inBatches, RowsBusyError, untilDurable } from './batch.ts';
import { countStillUsed } from './effects.ts';
import { keepReasons } from './explain.ts';
import { trimHistory } from './history.ts';
import { type Plan, planning, spoolChosen } from './plan.ts';
import { FileProblems, unusableStores } from './store-problems.ts';
import type { ExpiryHooks, ExpiryOptions, ExpiryRun, ExpirySummary, SkipReason } from './summary.ts';
import { sweep, type Swept } from './sweep.ts';
import { type FileBatch, removeIfUnused, spoolUnusedFiles, storeBackends } from './unused-files.ts';

/** The instant by the database's clock. */
export async function databaseNow(db: Db): Promise<Timestamp> {
  const [row] = await db.execute<{ now: string }>(sql`select clock_timestamp() as now`);
  return timestampFromServer(row?.now ?? '');
}

/**
 * Deletes what has expired and what nothing needs. Finished batches stay whatever happens later; what ended the run
 * early is part of the result.
 * @param db not a transaction
 */
export async function run(db: Db, options: ExpiryOptions, hooks: ExpiryHooks): Promise<ExpiryRun> {
  const one = new Run(db, options, hooks);
  try {
    return await one.all();
  } finally {
    one.close();
  }
}

/** How long to wait for rows of others when nothing is said of it; milliseconds. Source: cli.md 7.2. */
const defaultWaitMs = 5000;

/** Artifacts in one transaction when nothing is said of it: at first, and at most. Source: cli.md 8.8. */
const usualBatch = { first: 200, most: 1000 };

/** Files are lighter than artifacts, there are more of them, and hardly anybody waits for one. */
const filesForEachArtifact = 5;

/** Files in one transaction at most, when nothing is said of it: each of the connections holds so many in memory. */
const mostFiles = 2000;

/**
 * So many levels of artifacts are swept one after the other, each on two connections; what lies deeper goes in order
 * on one.
 */
const levelsApart = 8;

/** A second connection, opened when it is worth that, for the rest of the run. Nobody waits until it is there. */
class Helper {
  readonly #open: NonNullable<ExpiryHooks['another']>;
  #opening: ReturnType<NonNullable<ExpiryHooks['another']>> | undefined;
  #isOpen = false;

  constructor(open: NonNullable<ExpiryHooks['another']>) {
    this.#open = open;
  }

  call(): void {
    if (this.#opening !== undefined) return;
    this.#opening = this.#open();
    this.#opening.then(
      () => (this.#isOpen = true),
      () => undefined,
    );
  }

  /** The connection, as soon as it is open; undefined when it is not to be had, or not before `work` ends. */
  async beforeEndOf(work: Promise<void>): Promise<Db | undefined> {
    const opened = await Promise.race([this.#opening, work]);
    return opened?.db;
  }

  async close(): Promise<void> {
    const closed = this.#opening?.then((helper) => helper?.close()).catch(() => undefined);
    if (this.#isOpen) await closed;
  }
}

class Run {
  readonly #db: Db;
  readonly #options: ExpiryOptions;
  readonly #hooks: ExpiryHooks;
  readonly #began: number;
  readonly #startedAt: Timestamp;
  /** By level; see `spoolChosen`. */
  readonly #chosen = Array.from({ length: levelsApart + 1 }, () => new IdSpool());
  readonly #sharedFiles = new IdSpool();
  /** What was refused or busy in the last pass. */
  #again = new IdSpool();
  #stoppedBy: ExpirySummary['stopped_by'] = null;
  #failure: unknown;
  #plan: Plan | undefined;
  readonly #helper: Helper | undefined;
  /** What batches have told so far. */
  #told: Promise<void> = Promise.resolve();
  #history = { unlinked: 0, deleted: 0 };
  #artifacts = { deleted: 0, tried: 0, skipped: 0, relations: 0, items: 0 };
  #files = { unused: 0, removed: 0, external: 0, freed: 0 };
  #stillUsed = { files: 0, bytes: 0 };
  readonly #stores = new Map<string, { files: number; bytes: number }>();
  readonly #errors: string[] = [];
  readonly #problems = new FileProblems();
  readonly #batchSize: BatchSize;
  readonly #fileBatchSize: BatchSize;

  constructor(db: Db, options: ExpiryOptions, hooks: ExpiryHooks) {
    this.#db = db;
    this.#options = options;
    this.#hooks = hooks;
    this.#began = hooks.elapsedMs();
    this.#startedAt = hooks.now();
    const { first, most } =
      options.batchSize === undefined ? usualBatch : { first: options.batchSize, most: options.batchSize };
    this.#helper = hooks.another && new Helper(hooks.another.bind(hooks));
    this.#batchSize = new BatchSize(first, most);
    const files = first * filesForEachArtifact;
    this.#fileBatchSize = new BatchSize(files, options.batchSize === undefined ? mostFiles : files);
  }

  async all(): Promise<ExpiryRun> {
    try {
      if (this.#options.history) {
        this.#history = await trimHistory(this.#db, this.#options, () => this.#mayGoOn());
      }
      if (this.#mayGoOn()) {
        await this.#mark();
        await this.#sweep();
      }
      if (this.#options.files && this.#mayGoOn()) await this.#removeFiles();
      this.#stillUsed = await countStillUsed(this.#db, this.#sharedFiles);
    } catch (error) {
      this.#end(error);
    }
    await this.#helper?.close();
    return { summary: this.#summary(), failure: this.#failure };
  }

  close(): void {
    for (const spool of [...this.#chosen, this.#sharedFiles, this.#again]) spool.close();
  }

  /** Whether another batch may begin. */
  #mayGoOn(): boolean {
    const { signal, elapsedMs } = this.#hooks;
    const { maxTimeMs } = this.#options;
    if (this.#stoppedBy !== null) return this.#stoppedBy === 'lock_timeout' && !signal.aborted;
    if (signal.aborted) this.#end(new InterruptedError(String(signal.reason) as NodeJS.Signals));
    else if (maxTimeMs !== undefined && elapsedMs() - this.#began >= maxTimeMs) this.#stoppedBy = 'max_time';
    return this.#stoppedBy === null;
  }

  /** The run ends here. */
  #end(error: unknown): void {
    this.#failure = error;
    if (error instanceof InterruptedError) this.#stoppedBy = 'signal';
    else if (error instanceof LockTimeoutError) this.#stoppedBy = 'lock_timeout';
    else this.#stoppedBy = 'error';
  }

  async #mark(): Promise<void> {
    const { at, workspaceIds, limit, files, stores } = this.#options;
    const { signal, warn, tell } = this.#hooks;
    const scope = { at, workspaceIds, limit, asIfTrimmed: false };
    const unusable = await interruptible(this.#db, signal, () =>
      planning(this.#db, scope, async (tx, plan) => {
        this.#plan = plan;
        await spoolChosen(tx, this.#chosen);
        return files && warn !== undefined ? unusableStores(tx, await storeBackends(tx, stores)) : [];
      }),
    );
    for (const problem of unusable) await warn?.(problem);
    await tell?.({
      event: 'start',
      dry_run: false,
      at,
      started_at: this.#startedAt,
      artifacts: this.#plan?.chosen ?? 0,
    });
  }

  async #sweep(): Promise<void> {
    const total = this.#plan?.chosen ?? 0;
    this.#hooks.progress(0, total, 0);
    if (total > 2 * this.#batchSize.value) this.#helper?.call();
    let busy = new Busy();
    for (const [level, spool] of this.#chosen.entries()) {
      // Of one level none points at another one, so it does not matter which goes first.
      await this.#pass(spool, busy, level < levelsApart ? this.#helper : undefined, (ids) => {
        this.#artifacts.tried += ids.length;
        this.#hooks.progress(this.#artifacts.tried, total, 0);
      });
    }
    // What somebody held is tried again until he has let go, and with it what had to wait for it.
    const waitMs = limits(this.#db).lockTimeoutMs ?? defaultWaitMs;
    const until = this.#hooks.elapsedMs() + waitMs;
    while (busy.first !== undefined && this.#mayGoOn() && this.#hooks.elapsedMs() < until) {
      await this.#waitFor(busy.first, until - this.#hooks.elapsedMs());
      const last = this.#again;
      this.#again = new IdSpool();
      busy = new Busy();
      await this.#pass(last, busy, undefined, () => undefined);
      last.close();
    }
    // Bytes are removed next: what named them must not come back.
    await untilDurable(this.#db);
    await this.#settle(busy);
  }

  /**
   * Works on all batches.
   * @param helper works beside us, where the batches have nothing to do with each other
   * @returns whether that is done; false when the run must not go on
   */
  async #onAll(
    helper: Helper | undefined,
    batches: Generator<readonly (readonly number[])[]>,
    work: (db: Db, batch: readonly (readonly number[])[]) => Promise<void>,
  ): Promise<boolean> {
    const failures: unknown[] = [];
    let isDone = true;
    const goOn = async (db: Db | undefined): Promise<void> => {
      // Not `for of`: that would close the batches for all when one of them ends.
      while (db !== undefined && failures.length === 0) {
        const { value: batch, done } = batches.next();
        if (done === true) return;
        if (!this.#mayGoOn()) {
          isDone = false;
          return;
        }
        await work(db, batch);
      }
    };
    // Each one finishes its batch before the run goes on, or ends.
    const failed = (error: unknown): void => void failures.push(error);
    const ours = goOn(this.#db).catch(failed);
    const theirs = helper?.beforeEndOf(ours).then(goOn).catch(failed);
    await Promise.all([ours, theirs]);
    if (failures.length > 0) throw failures[0];
    return isDone;
  }

  /** Runs the transaction of a batch, and keeps the size of the next ones by how long it takes. */
  async #timed<T>(size: BatchSize, rows: number, work: () => Promise<T>): Promise<T> {
    const began = this.#hooks.elapsedMs();
    try {
      return await work();
    } finally {
      size.took(rows, this.#hooks.elapsedMs() - began);
    }
  }

  /**
   * Tries all groups of the spool once.
   * @param busy is told which artifacts others hold
   * @param done is told what has been tried
   */
  async #pass(
    spool: IdSpool,
    busy: Busy,
    helper: Helper | undefined,
    done: (ids: readonly number[]) => void,
  ): Promise<void> {
    const { at, workspaceIds } = this.#options;
    const options = { at, workspaceIds, describe: this.#hooks.tell !== undefined };
    const batches = inBatches(spool.groups(), this.#batchSize);
    const isDone = await this.#onAll(helper, batches, async (db, batch) => {
      await attempt(
        batch,
        async (ids) => {
          const swept = await this.#timed(this.#batchSize, ids.length, () => sweep(db, ids, options));
          await this.#account(swept);
          if (swept.busy.length > 0) busy.add(swept.busy);
          if (swept.busy.length + swept.refused.length > 0) this.#remember(batch, swept);
        },
        (ids, error) => {
          if (error instanceof RowsBusyError) {
            busy.add(ids);
            this.#again.addGroup(ids);
          } else this.#culprit(ids, error);
        },
      );
      done(batch.flat());
    });
    if (!isDone) busy.isUnfinished = true;
  }

  /** One batch after the other, as lines and their headers must not come between those of another one. */
  #account(swept: Swept): Promise<void> {
    const turn = this.#told.then(() => this.#accountNow(swept));
    this.#told = turn.catch(() => undefined);
    return turn;
  }

  async #accountNow(swept: Swept): Promise<void> {
    const { tell } = this.#hooks;
    this.#artifacts.deleted += swept.deleted.length;
    this.#artifacts.relations += swept.relations;
    this.#artifacts.items += swept.items;
    for (const id of swept.sharedFiles) this.#sharedFiles.add(id);
    for (const item of swept.descriptions) {
      await tell?.({ event: 'artifact', action: 'delete', reason: null, ...item });
    }
    for (const upload of swept.uploads) {
      await removeUpload(this.#options.uploadDirectory, upload).catch((error: unknown) => {
        if (!(error instanceof StorageError)) throw error;
        this.#errors.push(`the file of an unfinished upload stays: ${error.message}`);
      });
    }
  }

  /** Groups of which not all could be decided about are for another pass. */
  #remember(batch: readonly (readonly number[])[], { refused, busy }: Swept): void {
    const open = new Set([...refused, ...busy]);
    for (const group of batch) {
      const left = group.filter((id) => open.has(id));
      if (left.length > 0) this.#again.addGroup(left);
    }
  }

  #culprit(ids: readonly number[], error: DebusineError): void {
    this.#errors.push(
      `${ids.length > 1 ? 'artifacts' : 'artifact'} ${ids.join(', ')} stays: ${error.message}`,
    );
  }

  /** Until somebody has let go of an artifact. We hold nothing meanwhile, so nobody waits for us. */
  async #waitFor(id: number, waitMs: number): Promise<void> {
    await transaction(this.#db, async (tx) => {
      await tx.execute(
        sql`select set_config('lock_timeout', ${String(Math.max(1, Math.ceil(waitMs)))}::text, true)`,
      );
      await tx.execute(sql`select 1 from db_artifact where id = ${id}::bigint for update`);
    }).catch((error: unknown) => {
      if (!(error instanceof LockTimeoutError) || error instanceof DatabaseError) throw error;
    });
  }

  /** What is left after the last pass was refused, or is busy still. */
  async #settle(busy: Busy): Promise<void> {
    const { at } = this.#options;
    const { tell } = this.#hooks;
    for (const batch of inBatches(this.#again.groups(), 500)) {
      const ids = batch.flat();
      // Whatever had to wait for a busy one remains for the next run as well.
      if (busy.first === undefined && !busy.isUnfinished) this.#artifacts.skipped += ids.length;
      if (tell === undefined) continue;
      const reasons = await keepReasons(this.#db, ids, at);
      for (const id of ids) {
        const reason: SkipReason = busy.has(id) ? 'locked' : (reasons.get(id) ?? 'gone');
        await tell({ event: 'artifact', action: 'skip', id, reason });
      }
    }
    if (busy.first !== undefined && this.#stoppedBy === null) {
      this.#end(
        new LockTimeoutError(`${busy.count} artifacts stay because others have locked them`, {
          hint: 'try again later, or wait longer with --lock-timeout',
        }),
      );
    }
  }

  async #removeFiles(): Promise<void> {
    const candidates = new IdSpool();
    try {
      await interruptible(this.#db, this.#hooks.signal, () => spoolUnusedFiles(this.#db, candidates));
      const backends = await storeBackends(this.#db, this.#options.stores);
      const batches = inBatches(candidates.groups(), this.#fileBatchSize);
      if (candidates.count > 2 * this.#fileBatchSize.value && this.#mayGoOn()) this.#helper?.call();
      await this.#onAll(this.#helper, batches, async (db, batch) => {
        await attempt(
          batch,
          async (ids) => {
            const removed = await this.#timed(this.#fileBatchSize, ids.length, () =>
              removeIfUnused(db, backends, ids),
            );
            await this.#accountFiles(removed);
          },
          (ids, error) => this.#errors.push(`file ${ids.join(', ')} stays: ${error.message}`),
        );
        this.#hooks.progress(this.#artifacts.tried, this.#plan?.chosen ?? 0, this.#files.freed);
      });
      // What the report says must be true after a crash, too.
      if (candidates.count > 0) await untilDurable(this.#db);
    } finally {
      candidates.close();
    }
  }

  async #accountFiles({ outcomes, external }: Omit<FileBatch, 'next'>): Promise<void> {
    const { tell } = this.#hooks;
    this.#files.external += external;
    this.#files.unused += outcomes.length + external;
    for (const outcome of outcomes) {
      const { sha256, size, stores, problem } = outcome;
      if (problem === undefined) {
        this.#files.removed += 1;
        if (stores.length > 0) this.#files.freed += size;
        for (const name of stores) {
          const store = this.#stores.get(name) ?? { files: 0, bytes: 0 };
          this.#stores.set(name, { files: store.files + 1, bytes: store.bytes + size });
        }
      } else this.#problems.add(outcome);
      const action = problem === undefined ? 'removed' : 'failed';
      for (const store of stores.length === 0 ? [null] : stores) {
        await tell?.({ event: 'file', action, sha256, size, store });
      }
    }
  }

  #summary(): ExpirySummary {
    const { at } = this.#options;
    const { deleted, skipped, relations, items } = this.#artifacts;
    const { counts, keptBy, deletable, chosen } = this.#plan ?? nothingPlanned;
    const errors = [...this.#errors, ...this.#problems.lines()];
    const remaining = deletable - deleted - skipped;
    let stoppedBy = this.#stoppedBy;
    if (stoppedBy === null && errors.length > 0) stoppedBy = 'error';
    if (stoppedBy === null && chosen < deletable) stoppedBy = 'limit';
    return {
      command: 'expire-artifacts',
      dry_run: false,
      at,
      started_at: this.#startedAt,
      finished_at: this.#hooks.now(),
      complete: stoppedBy === null,
      stopped_by: stoppedBy,
      workspaces: null,
      artifacts: { ...counts, deleted, skipped, remaining },
      kept_by: keptBy,
      relations_deleted: relations,
      collection_items: { ...this.#history, removed_from_finished_workflows: items },
      files: {
        unused: this.#files.unused,
        removed: this.#files.removed,
        failed: this.#problems.count,
        external: this.#files.external,
        still_used: this.#stillUsed.files,
      },
      bytes: { freed: this.#files.freed, still_used: this.#stillUsed.bytes },
      stores: [...this.#stores]
        .map(([name, store]) => ({ name, ...store }))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
      seconds: (this.#hooks.elapsedMs() - this.#began) / 1000,
      errors,
    };
  }
}

/** Artifacts that others held. */
class Busy {
  /** Only the first few are remembered one by one. */
  readonly #ids = new Set<number>();
  count = 0;
  /** Whether the pass ended before its end. */
  isUnfinished = false;

  get first(): number | undefined {
    const [id] = this.#ids;
    return id;
  }

  add(ids: readonly number[]): void {
    this.count += ids.length;
    for (const id of ids) if (this.#ids.size < 10_000) this.#ids.add(id);
  }

  has(id: number): boolean {
    return this.#ids.has(id);
  }
}

const nothingPlanned: Plan = {
  counts: { total: 0, never_expire: 0, not_yet_expired: 0, expired: 0, kept: 0 },
  keptBy: { related: 0, collection: 0, collection_history: 0, workflow: 0, upload_in_progress: 0 },
  deletable: 0,
  chosen: 0,
};
