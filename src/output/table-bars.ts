/** Bars behind the numbers of a table, on a terminal: so that the eye compares what a number only tells. */
import { barOf } from './bars.ts';
import type { Cell } from './cells.ts';
import type { Column } from './columns.ts';
import type { OutputOptions } from './options.ts';
import { textWidth } from './width.ts';

/** With fewer columns a bar says nothing; more of them say no more. */
const [shortest, longest] = [8, 16];

/** What the bars of one column of a table have in common. */
export interface Chart {
  /** Width of the widest number. */
  readonly numbers: number;
  /** What the longest bar stands for. */
  readonly largest: number;
}

/**
 * The charts of the columns, each in the place of its column; undefined where there is none, or nothing to compare.
 * @param measured the records of which the table takes its widths
 */
export function chartsOf<Row>(
  columns: readonly Column<Row>[],
  measured: readonly (readonly Cell[])[],
  { isTerminal }: OutputOptions,
): readonly (Chart | undefined)[] {
  return columns.map(({ bar }, place) => {
    if (bar !== true || !isTerminal) return undefined;
    let [numbers, largest] = [0, 0];
    for (const cells of measured) {
      const { text = '', amount = 0 } = cells[place] ?? {};
      numbers = Math.max(numbers, textWidth(text));
      largest = Math.max(largest, amount);
    }
    return largest > 0 ? { numbers, largest } : undefined;
  });
}

/** The width of a column that has so many columns without its bar, with the shortest one. */
export function widthWithBar(width: number, chart: Chart | undefined): number {
  return chart === undefined ? width : Math.max(width, chart.numbers + 1 + shortest);
}

/** Lets the bars grow, one column after the other, into room that is left. */
export function grown(
  widths: readonly number[],
  charts: readonly (Chart | undefined)[],
  room: number,
): readonly number[] {
  let left = Math.max(0, room);
  return widths.map((width, place) => {
    const chart = charts[place];
    if (chart === undefined) return width;
    const more = Math.max(0, Math.min(left, chart.numbers + 1 + longest - width));
    left -= more;
    return width + more;
  });
}

/** The number of a cell with its bar. */
export function barCell(cell: Cell, { numbers, largest }: Chart, width: number, unicode: boolean): Cell {
  const bar = barOf(cell.amount ?? 0, largest, Math.min(longest, width - numbers - 1), unicode);
  return { ...cell, text: `${cell.text.padStart(numbers)} ${bar}`.trimEnd() };
}
