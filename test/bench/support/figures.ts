/** Figures as the tables of benchmarks show them, and what is demanded of them. */
import type { Limit } from '../benchmark.ts';
import { median } from './processes.ts';

/** The times of one program, beside what they are measured against. */
export interface Compared {
  readonly name: string;
  readonly times: readonly number[];
  /** By the name of what it is compared with: its times. */
  readonly floors: Readonly<Record<string, readonly number[]>>;
}

export const ratio = (times: readonly number[], floor: readonly number[]): number =>
  median(times) / median(floor);

export const atMost = (what: string, value: number, limit: number, unit = ''): Limit => ({
  claim: `${what}: ${value.toFixed(2)}${unit}, at most ${limit}${unit}`,
  holds: value <= limit,
});

/** Milliseconds, for a table. */
export const ms = (times: readonly number[]): string => median(times).toFixed(1);

export const times = (value: number): string => value.toFixed(2);

/** A row for each program: its median, how often it runs in a second, and what it is of each floor. */
export function medianRows(
  took: ReadonlyMap<string, readonly number[]>,
  ...floors: readonly string[]
): readonly Readonly<Record<string, string>>[] {
  return [...took].map(([program, spent]) => ({
    program,
    ms: ms(spent),
    'a second': (1000 / median(spent)).toFixed(0),
    ...Object.fromEntries(floors.map((floor) => [`x ${floor}`, times(ratio(spent, took.get(floor) ?? []))])),
  }));
}
