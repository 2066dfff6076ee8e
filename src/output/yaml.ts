/** YAML documents in block style: keys sorted, moments unquoted. Source: cli.md 4.4, 6.4. */
import type { Column } from './columns.ts';
import { exactInteger, valueOf } from './data.ts';
import { jsonText } from './json.ts';
import type { ListWriter, OutputOptions } from './options.ts';
import { originalStyle, ownStyle, yamlNumber, yamlText, type Place, type YamlStyle } from './yaml-scalars.ts';

/** An instant, written without quotes so that readers take it for one. */
class Moment {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const rfc3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{6})Z$/;

/**
 * A whole document, ending in a line end. Keys of objects are sorted by code point, those of a Map stay in order.
 * @param value plain data: what JSON can hold, and integers as bigint
 */
export function yamlDocument(value: unknown, style: YamlStyle): string {
  return `${block(value, 0, style)}\n`;
}

/** A list of records, one item after the other; `[]` for none. The original ends with an empty line. */
export function yamlList<Row>(columns: readonly Column<Row>[], options: OutputOptions): ListWriter<Row> {
  const isOriginal = options.flavour === 'original';
  const style = isOriginal ? originalStyle : ownStyle;
  let isEmpty = true;
  return {
    add(rows) {
      if (rows.length > 0) isEmpty = false;
      return rows.map((row) => yamlDocument([yamlRecord(row, columns, options)], style)).join('');
    },
    end: () => (isEmpty ? '[]\n' : '') + (isOriginal ? '\n' : ''),
  };
}

/** One record as a mapping. The original puts a document mark before it and an empty line behind it. */
export function yamlObject<Row>(row: Row, columns: readonly Column<Row>[], options: OutputOptions): string {
  const record = yamlRecord(row, columns, options);
  return options.flavour === 'original'
    ? `---\n${yamlDocument(record, originalStyle)}\n`
    : yamlDocument(record, ownStyle);
}

/** Keys in the order of `--columns`, which was asked for; else sorted by the writer. */
function yamlRecord<Row>(row: Row, columns: readonly Column<Row>[], options: OutputOptions): unknown {
  const entries = columns.map((column) => [column.key, yamlValue(row, column)] as const);
  return options.columns === undefined ? Object.fromEntries(entries) : new Map(entries);
}

function yamlValue<Row>(row: Row, column: Column<Row>): unknown {
  const value = valueOf(row, column);
  if (column.type === 'instant') return moment(value);
  const keys = column.moments;
  if (keys === undefined) return value;
  return Array.isArray(value) ? value.map((item) => withMoments(item, keys)) : withMoments(value, keys);
}

/** The object with what stands under these keys written as moments; anything but an object as it is. */
export function withMoments(value: unknown, keys: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, keys.includes(key) ? moment(item) : item]),
  );
}

/** An instant in RFC 3339 as a moment without fraction where that is zero; anything else as it is. */
function moment(value: unknown): unknown {
  const match = typeof value === 'string' ? rfc3339.exec(value) : null;
  if (match === null) return value;
  return new Moment(`${match[1]} ${match[2]}${match[3] === '000000' ? '' : `.${match[3]}`}+00:00`);
}

/**
 * A value that begins at column `indent`, where its own entries stand too; its first line comes without indentation
 * and its last without a line end.
 */
function block(value: unknown, indent: number, style: YamlStyle): string {
  const entries = blockEntries(value, indent, style);
  return entries === undefined
    ? scalar(value, { column: indent, indent, isKey: false }, style)
    : stack(entries, indent);
}

/** Deeper than this lists and mappings are written as JSON, which YAML includes: indentation would outgrow the data. */
const deepestIndent = 400;

/** The entries of a list or mapping that is not empty; undefined for everything else. */
function blockEntries(value: unknown, indent: number, style: YamlStyle): readonly string[] | undefined {
  if (indent >= deepestIndent) return undefined;
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((item) => `- ${block(item, indent + 2, style)}`);
  }
  if (typeof value !== 'object' || value === null || value instanceof Moment) return undefined;
  const pairs =
    value instanceof Map ? [...value] : Object.entries(value).sort(([a], [b]) => byCodePoint(a, b));
  return pairs.length === 0
    ? undefined
    : pairs.map(([key, item]) => mappingEntry(String(key), item, indent, style));
}

function mappingEntry(key: string, value: unknown, indent: number, style: YamlStyle): string {
  const inner = indent + 2;
  if (key === '' || lineBreak.test(key) || [...key].length > longestSimpleKey) {
    const shown = scalar(key, { column: inner, indent: inner, isKey: false }, style);
    return stack([`? ${shown}`, `: ${block(value, inner, style)}`], indent);
  }
  const shown = `${scalar(key, { column: indent, indent: inner, isKey: true }, style)}:`;
  // A list in a mapping is not indented further: the dash is enough.
  const valueIndent = Array.isArray(value) ? indent : inner;
  const entries = blockEntries(value, valueIndent, style);
  if (entries !== undefined) return stack([shown, ''], valueIndent) + stack(entries, valueIndent);
  return `${shown} ${scalar(value, { column: indent + shown.length + 1, indent: inner, isKey: false }, style)}`;
}

/** What counts as a line end to YAML 1.1. */
const lineBreak = /[\n\x85\u2028\u2029]/;

/** PyYAML's limit of 128 less the length of the tag it counts along, `!!str`. */
const longestSimpleKey = 122;

function stack(lines: readonly string[], indent: number): string {
  return lines.join(`\n${' '.repeat(indent)}`);
}

function scalar(value: unknown, place: Place, style: YamlStyle): string {
  if (value instanceof Moment) return value.text;
  const plain = typeof value === 'bigint' ? exactInteger(value) : value;
  if (typeof plain === 'string') return yamlText(plain, place, style);
  if (typeof plain === 'number') return yamlNumber(plain);
  if (typeof plain === 'boolean') return String(plain);
  return typeof plain === 'object' && plain !== null ? jsonText(plain, 0) : 'null';
}

/** Order of Unicode code points, as Python sorts; JavaScript compares halves of surrogate pairs. */
function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (const [index, character] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (character !== other) return (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
  }
  return left.length - right.length;
}
