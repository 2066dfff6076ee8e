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
 * `Label:  value` lines with the values aligned. Nested data stands below its label: as a table where its columns are
 * declared, otherwise as YAML, indented by two. Values outside such tables are never shortened.
 */
export async function labelLines<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  options: OutputOptions,
  paint: Paint,
): Promise<string> {
  const width = Math.max(
    0,
    ...columns.filter((column) => !isNested(row, column)).map(({ label }) => textWidth(label)),
  );
  let text = '';
  for (const column of columns) {
    const label = `${paint.bold(column.label)}:`;
    if (isNested(row, column)) {
      text += `${label}\n${await nestedText(valueOf(row, column), column, options, paint)}`;
      continue;
    }
    const { text: value, tone } = tableCell(row, column, { ...options, wide: true });
    const padding = ' '.repeat(width - textWidth(column.label) + 2);
    text += `${label}${value === '' ? '' : padding + paint.tone(value, tone)}\n`;
  }
  return text;
}

async function nestedText<Row>(
  value: unknown,
  { rows }: Column<Row>,
  options: OutputOptions,
  paint: Paint,
): Promise<string> {
  if (rows === undefined || !Array.isArray(value)) {
    return yamlDocument(value, ownStyle).replace(/^(?=.)/gm, '  ');
  }
  const { tableLines } = await import('./table.ts');
  // Whoever declared the columns knows the objects in the list.
  const table = tableLines<never>(rows, { ...options, headers: true }, paint);
  return table.add(value as never[]) + (await table.end());
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
