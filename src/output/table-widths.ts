/** Which columns of a table give way when it is wider than the terminal. Source: cli.md 4.2. */
import type { Column } from './columns.ts';

/** Below this a shortened value says nothing. */
const narrowest = 6;

/** Width of a date: what is left of an instant that has to give way. */
export const dateWidth = 10;

/** Columns of the terminal that a table with these widths takes. */
export const totalWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 3 * widths.length + 1);

/**
 * Which columns there is room for, in order, by their places: those with the highest `leaveOut` go first, and only
 * where shortening does not help.
 */
export function fittingColumns<Row>(
  natural: readonly number[],
  columns: readonly Column<Row>[],
  available: number,
): readonly number[] {
  let kept = columns.map((_, place) => place);
  const pick = <T>(values: readonly T[]): T[] => values.filter((_, place) => kept.includes(place));
  const candidates = columns
    .map(({ leaveOut }, place) => ({ place, leaveOut }))
    .filter((column): column is typeof column & { leaveOut: number } => column.leaveOut !== undefined)
    .sort((a, b) => b.leaveOut - a.leaveOut);
  for (const { place: first } of candidates) {
    if (totalWidth(fittedWidths(pick(natural), pick(columns), available)) <= available) break;
    kept = kept.filter((place) => place !== first);
  }
  return kept;
}

/**
 * Widths of the columns such that the table fits. Columns with the highest `shrink` give way first, the widest of
 * equals before the others, none below six columns; those without `shrink` never. A table that does not fit even so
 * is left too wide.
 * @param natural width of the widest value of each column
 * @param available columns of the terminal
 */
export function fittedWidths<Row>(
  natural: readonly number[],
  columns: readonly Column<Row>[],
  available: number,
): number[] {
  const widths = [...natural];
  let excess = totalWidth(widths) - available;
  const order = columns
    .map(({ shrink }, index) => ({ index, shrink, width: natural[index] ?? 0 }))
    .filter((column): column is typeof column & { shrink: number } => column.shrink !== undefined)
    .sort((a, b) => b.shrink - a.shrink || b.width - a.width);
  for (const { index, width } of order) {
    if (excess <= 0) break;
    // Half a date helps nobody, so an instant keeps its day.
    const least = columns[index]?.type === 'instant' ? dateWidth : narrowest;
    const cut = Math.max(0, Math.min(excess, width - least));
    widths[index] = width - cut;
    excess -= cut;
  }
  return widths;
}
