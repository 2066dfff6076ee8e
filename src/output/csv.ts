/** Comma-separated values. Source: RFC 4180, cli.md 4.4. */
import type { Column } from './columns.ts';
import { exactInteger, valueOf } from './data.ts';
import { escapeControls } from './escape.ts';
import { jsonText } from './json.ts';
import type { ListWriter } from './options.ts';

const needsQuotes = /[",\r\n]|^[ \t]|[ \t]$/;

/**
 * A header of keys, then one record each; lines end in CR LF as the RFC has it. An absent value is an empty field, an
 * empty text is `""`. Nested values are JSON. On a terminal control characters are escaped, since a person reads.
 */
export function csvRecords<Row>(
  columns: readonly Column<Row>[],
  options: { readonly headers: boolean; readonly isTerminal: boolean },
): ListWriter<Row> {
  const line = (fields: readonly string[]): string => `${fields.join(',')}\r\n`;
  let header = options.headers ? line(columns.map(({ key }) => key)) : '';
  const field = (value: unknown): string => csvField(value, options.isTerminal);
  return {
    add(rows) {
      const text =
        header + rows.map((row) => line(columns.map((column) => field(valueOf(row, column))))).join('');
      header = '';
      return text;
    },
    end: () => header,
  };
}

function csvField(value: unknown, isTerminal: boolean): string {
  if (value === null) return '';
  if (value === '') return '""';
  const text = scalarText(value);
  const shown = isTerminal ? escapeControls(text) : text;
  return needsQuotes.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

function scalarText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return String(exactInteger(value));
  return jsonText(value, 0);
}
