/** What a run tells of itself. Source: cli.md 8.8. */
import type { Db } from '../../db/database.ts';
import type { Timestamp } from '../../timestamp.ts';
import type { StoreSettings } from '../file-backends.ts';
import type { ExpiryItem } from './describe.ts';
import type { Counts, KeptBy } from './plan.ts';

export interface ExpiryOptions {
  /** The instant everything is judged at. */
  readonly at: Timestamp;
  readonly workspaceIds?: readonly number[] | undefined;
  /** Delete at most so many artifacts. */
  readonly limit?: number | undefined;
  /** Artifacts in one transaction. Absent: as many as are quickly done. */
  readonly batchSize?: number | undefined;
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
  /** No new batch is started once it is aborted, and a search is given up. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  elapsedMs(): number;
  now(): Timestamp;
  /** @param bytes freed so far */
  progress(done: number, total: number, bytes: number): void;
  /**
   * A second connection to the same database, on which batches are worked on beside the first; undefined where there is
   * none to be had. Most of a run's time the server checks foreign keys, one row after the other: two of its
   * processes halve that.
   */
  another?(): Promise<{ readonly db: Db; close(): Promise<void> } | undefined>;
  /** What should be known before anything is deleted. */
  warn?(message: string): Promise<void>;
  /** Each thing as it happens. Without it nothing is looked up for it. */
  tell?(event: ExpiryEvent): Promise<void>;
}

/** Why an artifact was not deleted though it was tried. */
export type SkipReason = 'gone' | 'locked' | 'error' | KeepReason;

/** Why an artifact is kept. */
export type KeepReason =
  | 'never_expires'
  | 'not_expired'
  | 'related'
  | 'collection'
  | 'collection_history'
  | 'workflow'
  | 'upload_in_progress';

export type ExpiryEvent =
  | {
      readonly event: 'start';
      readonly dry_run: boolean;
      readonly at: Timestamp;
      readonly started_at: Timestamp;
      /** How many artifacts are going to be tried. */
      readonly artifacts: number;
    }
  | ({
      readonly event: 'artifact';
      readonly action: 'delete' | 'would-delete';
      readonly reason: null;
    } & ExpiryItem)
  | { readonly event: 'artifact'; readonly action: 'skip'; readonly id: number; readonly reason: SkipReason }
  | {
      readonly event: 'file';
      readonly action: 'removed' | 'failed';
      readonly sha256: string;
      readonly size: number;
      /** One event for each store that has the file; null when none has it. */
      readonly store: string | null;
    };

/** One document that says what was done. */
export interface ExpirySummary {
  readonly command: 'expire-artifacts';
  readonly dry_run: boolean;
  readonly at: Timestamp;
  readonly started_at: Timestamp;
  readonly finished_at: Timestamp;
  /** False when something that could go remains. */
  readonly complete: boolean;
  /** Why something remains. */
  readonly stopped_by: null | 'limit' | 'max_time' | 'lock_timeout' | 'signal' | 'error';
  readonly workspaces: readonly string[] | null;
  readonly artifacts: Counts & {
    readonly deleted: number;
    /** Tried, but somebody needs them or has deleted them by then. */
    readonly skipped: number;
    /** Could be deleted, and were not. */
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
    /** That no artifact names; the sum of removed, failed and external when the run was complete. */
    readonly unused: number;
    readonly removed: number;
    readonly failed: number;
    readonly external: number;
    /** Of deleted artifacts, but other artifacts name them too. */
    readonly still_used: number;
  };
  /** Each content once. */
  readonly bytes: { readonly freed: number; readonly still_used: number };
  readonly stores: readonly { readonly name: string; readonly files: number; readonly bytes: number }[];
  readonly seconds: number;
  readonly errors: readonly string[];
}

/** How a run ended. */
export interface ExpiryRun {
  readonly summary: ExpirySummary;
  /** What ended it early; whatever was done before stays. */
  readonly failure: unknown;
}
