/** JSON and JSON lines. Source: cli.md 4.4. */
import type { Column } from './columns.ts';
import { exactInteger, recordOf } from './data.ts';
import type { ListWriter } from './options.ts';

/** Beyond what JSON itself escapes: what a terminal would act upon. Stands in strings only, so it may be escaped. */
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const exact = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? exactInteger(value) : value;

/**
 * One value as JSON text that is safe on a terminal too. Integers that a number cannot hold exactly must be given as
 * bigint; they become strings.
 * @param indent blanks per level; 0 gives one line
 */
export function jsonText(value: unknown, indent: number): string {
  return escapeUnsafe(stringify(value, indent));
}

function stringify(value: unknown, indent: number): string {
  try {
    const text: string | undefined = JSON.stringify(value, exact, indent);
    return text ?? 'null';
  } catch (error) {
    // The database can hold more levels than the stack of this program.
    if (error instanceof RangeError) return deepText(value);
    throw error;
  }
}

/** JSON on one line, without recursion: no depth of nesting exhausts the stack. */
function deepText(root: unknown): string {
  const pieces: string[] = [];
  // What is still to be written, the next thing last; a text that is ready stands in an object of its own.
  const pending: ({ readonly ready: string } | { readonly value: unknown })[] = [{ value: root }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('ready' in next) {
      pieces.push(next.ready);
      continue;
    }
    const value = exact('', next.value);
    if (typeof value !== 'object' || value === null) {
      const text: string | undefined = JSON.stringify(value);
      pieces.push(text ?? 'null');
      continue;
    }
    const isList = Array.isArray(value);
    const parts = isList
      ? value.map((item: unknown) => ({ before: '', item }))
      : Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
          item === undefined ? [] : [{ before: `${JSON.stringify(key)}:`, item }],
        );
    pieces.push(isList ? '[' : '{');
    pending.push({ ready: isList ? ']' : '}' });
    for (const [at, { before, item }] of [...parts.entries()].reverse()) {
      pending.push({ value: item }, { ready: (at === 0 ? '' : ',') + before });
    }
  }
  return pieces.join('');
}

const escapeUnsafe = (text: string): string =>
  text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** One array, written as the records arrive; indented by two on a terminal. */
export function jsonArray<Row>(columns: readonly Column<Row>[], isTerminal: boolean): ListWriter<Row> {
  const lineEnd = isTerminal ? '\n' : '';
  let separator = '[';
  return {
    add(rows) {
      let text = '';
      for (const row of rows) {
        text += separator + (isTerminal ? '\n  ' : '');
        text += jsonText(recordOf(row, columns), isTerminal ? 2 : 0).replaceAll('\n', '\n  ');
        separator = ',';
      }
      return text;
    },
    end: () => (separator === '[' ? '[]\n' : `${lineEnd}]\n`),
  };
}

/** One object per line. */
export function jsonLines<Row>(columns: readonly Column<Row>[]): ListWriter<Row> {
  return {
    add: (rows) => rows.map((row) => `${jsonText(recordOf(row, columns), 0)}\n`).join(''),
    end: () => '',
  };
}

/**
 * Records that come as JSON, as an array or one per line. They are written as they are when they have just the keys of
 * the columns, in their order, which the first one tells of all: that takes a third of the time.
 */
export function jsonRecords<Row>(columns: readonly Column<Row>[], isArray: boolean): ListWriter<string> {
  const keys = columns.map(({ key }) => key).join();
  const parsed = isArray ? jsonArray(columns, false) : jsonLines(columns);
  let passes: boolean | undefined;
  let isFirst = true;
  return {
    add(records) {
      const [first] = records;
      if (first === undefined) return '';
      passes ??= Object.keys(JSON.parse(first) as object).join() === keys;
      if (!passes) return parsed.add(records.map((record) => JSON.parse(record) as Row));
      const start = isArray ? (isFirst ? '[' : ',') : '';
      isFirst = false;
      return escapeUnsafe(`${start}${records.join(isArray ? ',' : '\n')}${isArray ? '' : '\n'}`);
    },
    end: () => (passes === true && isArray ? ']\n' : parsed.end()),
  };
}
