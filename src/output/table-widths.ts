/** Which columns of a table give way when it is wider than the terminal. Source: cli.md 4.2. */
import type { Column } from './columns.ts';

/** Below this a shortened value says nothing. */
const narrowest = 6;

/** Width of a date: what is left of an instant that has to give way. */
export const dateWidth = 10;

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
  const borders = 3 * widths.length + 1;
  let excess = widths.reduce((sum, width) => sum + width, borders) - available;
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
