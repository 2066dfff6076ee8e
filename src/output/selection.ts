/** Which columns are shown, and in which order. Source: cli.md 4.1 (`--columns`). */
import { quote } from '../data/quote.ts';
import { UsageError } from '../errors.ts';
import type { Column } from './columns.ts';
import { isMachineFormat, type OutputOptions } from './options.ts';

/**
 * The columns to print: those named by `--columns`, in that order; without it all columns in formats for programs,
 * and those that are not hidden for people.
 * @throws UsageError for an unknown, repeated or missing key
 */
export function selectColumns<Row>(
  columns: readonly Column<Row>[],
  options: Pick<OutputOptions, 'format' | 'columns'>,
): readonly Column<Row>[] {
  if (options.columns === undefined) {
    return isMachineFormat(options.format)
      ? columns.filter(({ peopleOnly }) => peopleOnly !== true)
      : columns.filter(({ hidden }) => hidden !== true);
  }
  const known: ReadonlyMap<string, Column<Row>> = new Map(columns.map((column) => [column.key, column]));
  const hint = `columns are ${[...known.keys()].join(', ')}`;
  if (options.columns.length === 0) throw new UsageError('option --columns: no column is named', { hint });
  const selected = options.columns.map((key) => {
    const column = known.get(key) ?? columns.find(({ alsoCalled }) => alsoCalled === key);
    if (column === undefined)
      throw new UsageError(`option --columns: ${quote(key)} is not a column`, { hint });
    return column;
  });
  if (new Set(selected).size < selected.length) {
    throw new UsageError('option --columns: a column is named twice', { hint });
  }
  return selected;
}
