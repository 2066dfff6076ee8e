/** One record for people: a label and its value in each line. Source: the "Output" parts of cli.md 8. */
import { tableCell } from './cells.ts';
import type { Paint } from './colour.ts';
import type { Column } from './columns.ts';
import { valueOf } from './data.ts';
import type { OutputOptions } from './options.ts';
import { textWidth } from './width.ts';
import { yamlDocument } from './yaml.ts';
import { ownStyle } from './yaml-scalars.ts';

/**
 * `Label:  value` lines with the values aligned. Nested data stands below its label as YAML, indented by two. Values
 * are never shortened.
 */
export function labelLines<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  options: OutputOptions,
  paint: Paint,
): string {
  const width = Math.max(
    0,
    ...columns.filter((column) => !isNested(row, column)).map(({ label }) => textWidth(label)),
  );
  return columns
    .map((column) => {
      const label = `${paint.bold(column.label)}:`;
      if (isNested(row, column)) {
        return `${label}\n${yamlDocument(valueOf(row, column), ownStyle).replace(/^(?=.)/gm, '  ')}`;
      }
      const { text, tone } = tableCell(row, column, { ...options, wide: true });
      const padding = ' '.repeat(width - textWidth(column.label) + 2);
      return `${label}${text === '' ? '' : padding + paint.tone(text, tone)}\n`;
    })
    .join('');
}

/** Whether the value is an object or list with something in it, for which one line is too little. */
function isNested<Row>(row: Row, column: Column<Row>): boolean {
  const value = valueOf(row, column);
  return (
    column.type === 'json' &&
    column.show === undefined &&
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0
  );
}
