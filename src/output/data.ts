/** Records as the plain data that JSON, YAML and CSV share. Source: cli.md 4.4. */
import type { Column } from './columns.ts';

/** A value of a record, as its column finds it; undefined counts as null because keys are never left out. */
export function valueOf<Row>(row: Row, column: Column<Row>): unknown {
  return row[column.key] ?? null;
}

/** The record reduced to the given columns, in their order, every key present. */
export function recordOf<Row>(row: Row, columns: readonly Column<Row>[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column) => [column.key, valueOf(row, column)]));
}

/** An integer as a number, or as text when a number would lose digits (above 2^53 - 1). */
export function exactInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
