/** Tables for people: light borders, one line per record, as wide as the terminal. Source: cli.md 4.2. */
import { tableCell, type Cell } from './cells.ts';
import type { Paint } from './colour.ts';
import type { Column } from './columns.ts';
import { borderLine, drawRow, drawWithLibrary, frames, type TableShape } from './table-drawing.ts';
import { barCell, type Chart, chartsOf, grown, widthWithBar } from './table-bars.ts';
import { dateWidth, fittedWidths, fittingColumns, totalWidth } from './table-widths.ts';
import type { ListWriter, OutputOptions } from './options.ts';
import { isUndisputed, shorten, textWidth } from './width.ts';

/** Up to here cli-table3 draws the table; its time grows with the square of the rows. */
export const libraryRows = 1000;

/** A list as a table. The widths come from the first thousand records; later ones are fitted into them. */
export function tableLines<Row>(
  wanted: readonly Column<Row>[],
  options: OutputOptions,
  paint: Paint,
): ListWriter<Row> {
  const ellipsis = options.unicode ? '…' : '...';
  // All of them until the widths are known.
  let kept = wanted.map((_, place) => place);
  let columns = wanted;
  let measured: (readonly Cell[])[] = [];
  let shape: TableShape | undefined;
  let charts: readonly (Chart | undefined)[] = [];

  const pick = <T>(values: readonly T[]): T[] => values.filter((_, place) => kept.includes(place));

  /** Which columns are kept and how wide they are, when they would like to have these widths. */
  const layout = (natural: readonly number[]): readonly number[] => {
    if (!options.wide && options.columns === undefined) {
      kept = [...fittingColumns(natural, wanted, options.width)];
    }
    return options.wide ? pick(natural) : fittedWidths(pick(natural), pick(wanted), options.width);
  };

  const measure = (): TableShape => {
    const all = wanted.map(({ label }, index) =>
      measured.reduce(
        (widest, cells) => Math.max(widest, textWidth(cells[index]?.text ?? '')),
        options.headers ? textWidth(label) : 0,
      ),
    );
    const charted = chartsOf(wanted, measured, options);
    let widths = layout(all.map((width, index) => widthWithBar(width, charted[index])));
    const room = options.wide ? Infinity : options.width - totalWidth(widths);
    if (room >= 0) {
      charts = pick(charted);
      widths = grown(widths, charts, room);
    } else if (charted.some((chart) => chart !== undefined)) widths = layout(all);
    columns = pick(wanted);
    measured = measured.map(pick);
    return {
      widths,
      alignsRight: columns.map(
        ({ type }, index) =>
          charts[index] === undefined && (type === 'integer' || type === 'seconds' || type === 'bytes'),
      ),
      frame: options.unicode ? frames.light : frames.ascii,
    };
  };

  const fitted = (cells: readonly Cell[], { widths }: TableShape): Cell[] =>
    cells.map((cell, index) => {
      const width = widths[index] ?? 0;
      const chart = charts[index];
      if (chart !== undefined) return barCell(cell, chart, width, options.unicode);
      // Columns that are never shortened stay whole, even when a late value is wider than its column.
      const mayBeCut = columns[index]?.shrink !== undefined && !options.wide;
      if (!mayBeCut || textWidth(cell.text) <= width) return cell;
      const isDay = columns[index]?.type === 'instant' && /^\d{4}-\d\d-\d\d /.test(cell.text);
      const text = isDay ? cell.text.slice(0, dateWidth) : shorten(cell.text, width, ellipsis);
      return { ...cell, text };
    });

  const rowLines = (rows: readonly (readonly Cell[])[], drawn: TableShape): string =>
    rows.map((cells) => drawRow(fitted(cells, drawn), drawn, paint)).join('');

  const head = (drawn: TableShape): Cell[] | undefined =>
    options.headers
      ? columns.map(({ label }, index) => ({
          // Over the numbers, not over the bars behind them.
          text: shorten(label, drawn.widths[index] ?? 0, ellipsis).padStart(charts[index]?.numbers ?? 0),
          tone: undefined,
        }))
      : undefined;

  return {
    leftOut: () => wanted.filter((_, place) => !kept.includes(place)).map(({ label }) => label),
    add(rows) {
      const cells = rows.map((row) => columns.map((column) => tableCell(row, column, options)));
      if (shape !== undefined) return rowLines(cells, shape);
      measured.push(...cells);
      if (measured.length <= libraryRows) return '';
      const rest = measured.splice(libraryRows);
      shape = measure();
      const text = topOf(shape, head(shape), paint) + rowLines([...measured, ...rest.map(pick)], shape);
      measured = [];
      return text;
    },
    async end() {
      if (shape !== undefined) return borderLine(shape, 'bottom');
      const drawn = measure();
      const header = head(drawn);
      const rows = measured.map((cells) => fitted(cells, drawn));
      if (header === undefined && rows.length === 0) return '';
      const all = header === undefined ? rows : [header, ...rows];
      // The library counts the columns of combining marks and emoji in its own way, and the borders would be jagged.
      if (all.every((cells) => cells.every(({ text }) => isUndisputed(text)))) {
        return drawWithLibrary(header, rows, drawn, paint);
      }
      return topOf(drawn, header, paint) + rowLines(measured, drawn) + borderLine(drawn, 'bottom');
    },
  };
}

function topOf(shape: TableShape, header: readonly Cell[] | undefined, paint: Paint): string {
  if (header === undefined) return borderLine(shape, 'top');
  const bold = { ...paint, tone: (text: string) => paint.bold(text) };
  const separator = borderLine(shape, 'middle');
  return borderLine(shape, 'top') + drawRow(header, shape, bold) + separator;
}
