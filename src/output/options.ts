/** What a printer is told about the wanted output, and where it writes. Source: cli.md 4.1. */
import type { Timestamp } from '../timestamp.ts';
import type { TimeForm } from './forms.ts';

export const formats = ['table', 'plain', 'json', 'jsonl', 'yaml', 'csv'] as const;

export type Format = (typeof formats)[number];

/** Formats made for programs: never coloured, every column in them, instants always UTC. */
export function isMachineFormat(format: Format): boolean {
  return format !== 'table' && format !== 'plain';
}

export interface OutputOptions {
  readonly format: Format;
  /** Whether somebody asked for this format; otherwise it follows from where the output goes. */
  readonly isAsked?: boolean;
  /** One of the further formats that the command declares, such as `mermaid`; `format` is then `plain`. */
  readonly picture?: string | undefined;
  /** `--columns`: keys in the wanted order; absent: all that the format shows by itself. */
  readonly columns?: readonly string[] | undefined;
  /** Whether table, plain and CSV begin with a header line. */
  readonly headers: boolean;
  /** Tables without any shortening. */
  readonly wide: boolean;
  /** How tables show instants. */
  readonly time: TimeForm;
  /** What wantsColour said of this stream; no effect on formats for programs. */
  readonly colour: boolean;
  /** Columns of the terminal, for tables. */
  readonly width: number;
  /** Whether borders and ellipsis may be other than ASCII. */
  readonly unicode: boolean;
  /** Whether the stream is a terminal: JSON is indented then. */
  readonly isTerminal: boolean;
  /** The present instant, for `--time relative`. */
  readonly now: Timestamp;
  /**
   * `original` under the original's command names (cli.md 6.4): YAML byte by byte as the original writes it, plain
   * output headed by labels instead of keys.
   */
  readonly flavour?: 'original' | undefined;
}

/** Where output goes. */
export interface Sink {
  /** Resolves when the stream can take more; rejects with the error of the write (EPIPE and others). */
  write(text: string): Promise<void>;
}

/** Turns the records of a list into text, piece by piece. */
export interface ListWriter<Row> {
  /** The text that can be written by now; empty while widths are not yet known. */
  add(rows: readonly Row[]): string;
  /** What remains to be written after the last record. */
  end(): string | Promise<string>;
  /** Labels of the columns for which there was no room; known once something has been written. */
  leftOut?(): readonly string[];
}
