/** Plain text for pipes: aligned columns, one record a line, nothing cut. Source: cli.md 4.3. */
import { plainCell, type Cell } from './cells.ts';
import type { Paint } from './colour.ts';
import type { Column } from './columns.ts';
import { escapeText } from './escape.ts';
import type { ListWriter, OutputOptions } from './options.ts';
import { textWidth } from './width.ts';

/** Records looked at for the widths of the columns; later ones are written as they come. */
const measuredRecords = 1000;

const gap = '  ';

/**
 * A header of keys in upper case, then one line per record, columns padded to their widest value. A wider value after
 * the first thousand records pushes its line out of alignment, but is never cut.
 */
export function plainLines<Row>(
  columns: readonly Column<Row>[],
  options: OutputOptions,
  paint: Paint,
): ListWriter<Row> {
  let measured: Cell[][] | undefined = [];
  let widths: readonly number[] = [];

  const line = (cells: readonly Cell[]): string => {
    const last = cells.length - 1;
    const padded = cells.map(({ text, tone }, index) => {
      const padding = index === last ? '' : ' '.repeat(Math.max(0, (widths[index] ?? 0) - textWidth(text)));
      return paint.tone(text, tone) + padding;
    });
    return `${padded.join(gap)}\n`;
  };

  const flush = (): string => {
    if (measured === undefined) return '';
    const headings = columns.map((column) => headingOf(column, options));
    widths = headings.map((heading, index) =>
      (measured ?? []).reduce(
        (widest, cells) => Math.max(widest, textWidth(cells[index]?.text ?? '')),
        options.headers ? textWidth(heading) : 0,
      ),
    );
    const header = options.headers ? line(headings.map((text) => ({ text, tone: undefined }))) : '';
    const text = (header === '' ? '' : paint.bold(header.slice(0, -1)) + '\n') + measured.map(line).join('');
    measured = undefined;
    return text;
  };

  return {
    add(rows) {
      const cells = rows.map((row) => columns.map((column) => plainCell(row, column)));
      if (measured === undefined) return cells.map(line).join('');
      const room = measuredRecords - measured.length;
      measured.push(...cells.slice(0, room));
      return cells.length < room ? '' : flush() + cells.slice(room).map(line).join('');
    },
    end: flush,
  };
}

/** One record: a line for each column, its key in upper case and its value. */
export function plainObject<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  options: OutputOptions,
  paint: Paint,
): string {
  const width = Math.max(0, ...columns.map((column) => textWidth(headingOf(column, options))));
  return columns
    .map((column) => {
      const heading = headingOf(column, options);
      const { text, tone } = plainCell(row, column);
      return `${paint.bold(heading)}${' '.repeat(width - textWidth(heading))}${gap}${paint.tone(text, tone)}\n`;
    })
    .join('');
}

function headingOf<Row>(column: Column<Row>, options: OutputOptions): string {
  return options.flavour === 'original' ? escapeText(column.label) : column.key.toUpperCase();
}
