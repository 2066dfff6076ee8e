/** What a run tells while it goes on, and at its end. Source: cli.md 8.9. */
import type { Timestamp } from '../../timestamp.ts';

/** Kinds of things that are deleted; the keys of `deleted` in the summary are their plurals. */
export const deletedKinds = ['store_file', 'file_record', 'artifact', 'upload_file', 'directory'] as const;

export type DeletedKind = (typeof deletedKinds)[number];

/** Something that was deleted, or in a dry run would be. */
export interface Deletion {
  readonly event: 'deleted' | 'would-delete';
  readonly kind: DeletedKind;
  /** Name of the store; null for what is in none, or in several. */
  readonly store: string | null;
  /** Below the directory of the store, or the upload directory; null for an artifact. */
  readonly path: string | null;
  /** Number of the artifact. */
  readonly artifact: number | null;
  /** Bytes that get free on the disk. */
  readonly size: number;
}

export type ProblemCode =
  'missing_bytes' | 'wrong_size' | 'wrong_hash' | 'missing_upload' | 'foreign' | 'store_unreachable';

/** Something that a person has to look at; a run does not change it. */
export interface Problem {
  readonly code: ProblemCode;
  /** Name of the store; null for the upload directory. */
  readonly store: string | null;
  /** Below the directory of the store, or the upload directory; of a store that is not reachable its directory. */
  readonly path: string | null;
  /** Of the content that the records name: hexadecimal digits, and bytes. */
  readonly sha256?: string;
  readonly size?: number;
  /** What the disk has instead. */
  readonly found_size?: number;
  readonly found_sha256?: string;
  /** Number of the artifact that waits for an upload. */
  readonly artifact?: number;
  /** Why a store is not reachable. */
  readonly reason?: string;
}

export type VacuumEvent =
  | Deletion
  | ({ readonly event: 'problem' } & Problem)
  /** A repair that failed, or something that could not be looked at. */
  | { readonly event: 'error'; readonly message: string };

/** One document that says what was done. Problems and errors are told as events only. */
export interface VacuumSummary {
  readonly command: 'vacuum-storage';
  readonly dry_run: boolean;
  readonly at: Timestamp;
  readonly started_at: Timestamp;
  readonly finished_at: Timestamp;
  /** False when the run was stopped before its end, or something failed. */
  readonly complete: boolean;
  readonly stopped_by: null | 'max_time' | 'signal';
  /** Names of the stores looked at. */
  readonly stores: readonly string[];
  readonly checked: {
    /** Files found below the stores. */
    readonly store_files: number;
    /** Records of files in local stores, whose sizes were compared. */
    readonly file_records: number;
    /** Contents that were read and hashed. */
    readonly contents: number;
    readonly uploads: number;
  };
  readonly deleted: {
    readonly store_files: number;
    readonly file_records: number;
    readonly artifacts: number;
    readonly upload_files: number;
    readonly directories: number;
  };
  readonly freed_bytes: number;
  /** Incomplete artifacts that stay because a collection holds them. */
  readonly kept_artifacts: number;
  readonly problem_counts: Readonly<Record<ProblemCode, number>>;
  readonly error_count: number;
  readonly seconds: number;
}
