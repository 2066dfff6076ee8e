/** Two ways to draw the same table: cli-table3, and lines of our own where that library is too slow. */
import type { Cell } from './cells.ts';
import type { Paint } from './colour.ts';
import { textWidth } from './width.ts';

/** The characters of a border, each line as left end, line, crossing, right end. */
interface Frame {
  readonly top: readonly [string, string, string, string];
  readonly middle: readonly [string, string, string, string];
  readonly bottom: readonly [string, string, string, string];
  readonly side: string;
}

const asciiLine = ['+', '-', '+', '+'] as const;

export const frames = {
  light: {
    top: ['┌', '─', '┬', '┐'],
    middle: ['├', '─', '┼', '┤'],
    bottom: ['└', '─', '┴', '┘'],
    side: '│',
  },
  ascii: { top: asciiLine, middle: asciiLine, bottom: asciiLine, side: '|' },
} as const satisfies Record<string, Frame>;

/** What all lines of a table have in common. */
export interface TableShape {
  /** Widths of the contents, without the blank on either side. */
  readonly widths: readonly number[];
  readonly alignsRight: readonly boolean[];
  readonly frame: Frame;
}

/** The line above, between or below the records. */
export function borderLine(shape: TableShape, which: 'top' | 'middle' | 'bottom'): string {
  const [left, dash, crossing, right] = shape.frame[which];
  return `${left}${shape.widths.map((width) => dash.repeat(width + 2)).join(crossing)}${right}\n`;
}

/** One record between its borders. A cell wider than its column is left whole. */
export function drawRow(cells: readonly Cell[], shape: TableShape, paint: Paint): string {
  const { side } = shape.frame;
  const padded = cells.map(({ text, tone }, index) => {
    const padding = ' '.repeat(Math.max(0, (shape.widths[index] ?? 0) - textWidth(text)));
    const painted = paint.tone(text, tone);
    return shape.alignsRight[index] === true ? ` ${padding}${painted} ` : ` ${painted}${padding} `;
  });
  return `${side}${padded.join(side)}${side}\n`;
}

/** The whole table by cli-table3. Only for cells that fit their columns. */
export async function drawWithLibrary(
  header: readonly Cell[] | undefined,
  rows: readonly (readonly Cell[])[],
  shape: TableShape,
  paint: Paint,
): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const { top, middle, bottom, side } = shape.frame;
  const table = new Table({
    chars: {
      'top-left': top[0],
      top: top[1],
      'top-mid': top[2],
      'top-right': top[3],
      'left-mid': middle[0],
      mid: middle[1],
      'mid-mid': middle[2],
      'right-mid': middle[3],
      'bottom-left': bottom[0],
      bottom: bottom[1],
      'bottom-mid': bottom[2],
      'bottom-right': bottom[3],
      left: side,
      middle: side,
      right: side,
    },
    colWidths: shape.widths.map((width) => width + 2),
    colAligns: shape.alignsRight.map((right) => (right ? 'right' : 'left')),
    // The library paints headers red and borders grey by itself, even into a pipe.
    style: { head: [], border: [], compact: true },
    ...(header === undefined ? {} : { head: header.map(({ text }) => paint.bold(text)) }),
  });
  for (const cells of rows) table.push(cells.map(({ text, tone }) => paint.tone(text, tone)));
  return `${table.toString()}\n`;
}
