import type { Account } from '../config/accounts.ts';
import type { Settings } from '../config/settings.ts';
import type { Db } from '../db/database.ts';
import type { Listing, Page } from '../db/listing.ts';
import type { OutputOptions, Sink } from '../output/format.ts';
import type { Timestamp } from '../timestamp.ts';
import type { Prompt } from './prompts.ts';

export type { Listing };

/** A stream for text. */
export interface TextStream extends Sink {
  readonly isTerminal: boolean;
  /** Width in characters; undefined when it is not a terminal. */
  readonly columns: number | undefined;
  /** Height in lines; undefined when it is not a terminal. */
  readonly rows: number | undefined;
  /** As `write`, for the bytes of a file. */
  writeBytes(bytes: Uint8Array): Promise<void>;
}

/** What the process is, for the command line; the only place where it is touched makes one of these. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly stdin: {
    readonly isTerminal: boolean;
    /** All of it, as UTF-8. @throws InvalidInputError when it is longer than the limit in bytes */
    read(limitBytes: number): Promise<string>;
    /** Its first line, without waiting for the end. */
    line(): Promise<string>;
  };
  /** The streams for questions, progress and the editor: standard input and standard error. */
  readonly terminal: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };
  /** Effective user id; undefined where the platform has none. */
  readonly uid: number | undefined;
  /** Takes the identity of another account for good; only root can. @throws Error of the system when it cannot */
  become(account: Account): void;
  readonly clock: { now(): Timestamp; monotonicMs(): number };
  /** Aborted by SIGINT, SIGTERM or SIGHUP; the reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Asks for one line of progress (SIGUSR1). @returns a function that takes the listener away */
  onProgressRequest(listener: () => void): () => void;
}

/** Everything a command may use besides its own arguments. */
export interface Context {
  /** A transaction, or a connection for commands that work in batches. */
  readonly db: Db;
  readonly settings: Settings;
  readonly host: Host;
  /** The instant of this invocation. */
  readonly now: Timestamp;
  readonly signal: AbortSignal;
  readonly prompt: Prompt;
  /** Which part of a list is asked for. */
  readonly page: Page;
  readonly output: OutputOptions;
  /** −1 quiet, 0 normal, 1 verbose, 2 very verbose. */
  readonly verbosity: number;
  /** The original's name under which the command was called, if it was. */
  readonly alias: string | undefined;
  /** A line for people on standard error: shown on a terminal, or with --verbose; never with --quiet. */
  note(message: string): Promise<void>;
  /** Shown unless --quiet. */
  warn(message: string): Promise<void>;
  /** The failure of a part of the work while the rest goes on; always shown. */
  error(failure: { readonly message: string; readonly hint?: string | undefined }): Promise<void>;
  /** The text of a file, or of standard input for `-`. @throws StorageError naming path and reason */
  readText(file: string): Promise<string>;
  /** Replaces the exit status of a run that did not fail as a whole. */
  setExitCode(code: number): void;
}
