/** One value as the text of a cell, for people (table) and for readers of lines (plain). Source: cli.md 4.2, 4.3. */
import type { Column, Tone } from './columns.ts';
import { exactInteger, valueOf } from './data.ts';
import { escapeControls, escapeText, plainText } from './escape.ts';
import { durationForm, instantForm, shortDigest, sizeForm } from './forms.ts';
import { jsonText } from './json.ts';
import type { OutputOptions } from './options.ts';

/** A cell before it is fitted into its column. */
export interface Cell {
  readonly text: string;
  readonly tone: Tone | undefined;
  /** What a bar behind the text stands for. */
  readonly amount?: number;
}

/** Mark for what is absent. */
const absent = '-';

/** The cell of a table: escaped, in the form people read. An empty text is an empty cell. */
export function tableCell<Row>(row: Row, column: Column<Row>, options: OutputOptions): Cell {
  const value = valueOf(row, column);
  const text = column.show === undefined ? tableText(value, column, options) : escapeText(column.show(row));
  const tone = column.tone?.(row) ?? (value === null && text === absent ? 'dim' : undefined);
  return column.bar === true && value !== null ? { text, tone, amount: Number(value) } : { text, tone };
}

function tableText<Row>(value: unknown, column: Column<Row>, options: OutputOptions): string {
  if (value === null) return absent;
  switch (column.type) {
    case 'instant':
      return escapeText(instantForm(String(value), options.time, options.now));
    case 'seconds':
      return durationForm(Number(value));
    case 'bytes':
      return typeof value === 'bigint' ? sizeForm(value) : sizeForm(Number(value));
    case 'digest':
      return escapeText(options.wide ? String(value) : shortDigest(String(value)));
    case 'json':
      // JSON has escaped its own characters; a second escape would only double the backslashes.
      return escapeControls(jsonText(value, 0));
    case 'list':
      return listText(value, ', ');
    case 'integer':
    case 'text':
    case 'boolean':
      return escapeText(ownText(value));
  }
}

/** The cell of plain output, in which a value never is empty. */
export function plainCell<Row>(row: Row, column: Column<Row>): Cell {
  return { text: plainCellText(row, column), tone: column.tone?.(row) };
}

function plainCellText<Row>(row: Row, column: Column<Row>): string {
  const value = valueOf(row, column);
  switch (column.type) {
    case 'instant':
    case 'seconds':
    case 'bytes':
    case 'digest':
      return plainText(value === null ? null : ownText(value));
    case 'integer':
    case 'text':
    case 'boolean':
    case 'json':
    case 'list': {
      if (column.show === undefined) {
        return value === null
          ? absent
          : column.type === 'list'
            ? listText(value, ',')
            : plainText(ownText(value));
      }
      const shown = column.show(row);
      return shown === absent ? absent : plainText(shown);
    }
  }
}

/** The items of a list one after the other, each escaped; `-` for an empty one. */
function listText(value: unknown, separator: string): string {
  if (!Array.isArray(value)) return plainText(ownText(value));
  return value.length === 0 ? absent : value.map((item) => plainText(ownText(item))).join(separator);
}

/** A value as it is: text, digits, `yes` or `no`; nested data as JSON. */
function ownText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return String(exactInteger(value));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return jsonText(value, 0);
}
