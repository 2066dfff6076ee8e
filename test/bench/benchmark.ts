/** What a file `test/bench/NAME.ts` exports by default; `npm run bench -- NAME` runs it. */
import type { ParseArgsConfig } from 'node:util';

export interface Benchmark {
  /** What it measures, and its options, for `--help`. */
  readonly help: string;
  /** Options besides `--output` and `--help`, as `parseArgs` of Node takes them. */
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  run(setting: Setting): Promise<Outcome>;
}

export interface Setting {
  /** The parsed options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The checkout. */
  readonly root: string;
  /** The built program, to be started with Node. `npm run bench` builds it first. */
  readonly launcher: string;
  /** A line about what is being done now. */
  log(text: string): void;
}

export interface Outcome {
  readonly tables: readonly Table[];
  /** What must be true of the figures; the exit status says whether all of it is. */
  readonly limits: readonly Limit[];
  /** The figures as they were measured, for the JSON. */
  readonly measured: unknown;
}

/** Printed with one column for each key of the first row. */
export interface Table {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

export interface Limit {
  /** With both figures: `1M takes 9.8 times what 100k takes, at most 12`. */
  readonly claim: string;
  readonly holds: boolean;
}
