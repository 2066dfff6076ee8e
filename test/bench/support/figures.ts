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
