/** How a record is described once, so that every output format can print it. */
import type { JsonSchema } from './json-schema.ts';

/**
 * What a value is; decides its form in each format and its JSON schema.
 * - `integer`, `text`, `boolean`: as they are
 * - `instant`: a Timestamp
 * - `seconds`: a duration as a number of seconds; key ends in `_seconds`
 * - `bytes`: a size as a number of bytes
 * - `digest`: lower-case hex; tables show the first 12 digits
 * - `json`: nested data
 * - `list`: an array of texts or numbers
 */
export type ColumnType =
  'integer' | 'text' | 'boolean' | 'instant' | 'seconds' | 'bytes' | 'digest' | 'json' | 'list';

/** Meaning of a cell that colour may underline; meaning never depends on colour alone. */
export type Tone = 'good' | 'bad' | 'warning' | 'dim';

/** One key of a record. */
export interface Column<Row> {
  /** Key in JSON, YAML, CSV and `--columns`; snake_case. Never renamed once released. */
  readonly key: keyof Row & string;
  /** Heading in tables. */
  readonly label: string;
  readonly type: ColumnType;
  /** One phrase for the manual and the JSON schema. */
  readonly description: string;
  /** Whether the value may be null. */
  readonly nullable?: boolean;
  /**
   * Text for people where it is not simply the value's own form. Tables always use it; plain output does so too,
   * except for instants, durations, sizes and digests, which programs read there.
   */
  readonly show?: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | undefined;
  /** For numbers: on a terminal a bar behind each of them tells its share of the largest, where there is room. */
  readonly bar?: boolean;
  /** May be shortened when the table is too wide; the highest number gives way first. Absent: never shortened. */
  readonly shrink?: number;
  /** Another name that `--columns` accepts for it. */
  readonly alsoCalled?: string;
  /** Only for people: programs find it inside of another key. */
  readonly peopleOnly?: boolean;
  /**
   * Left out of a table that is too wide although everything is shortened, unless it was asked for; the highest
   * number goes first. Absent: never left out.
   */
  readonly leaveOut?: number;
  /** Only in machine formats, or when asked for with `--columns`. */
  readonly hidden?: boolean;
  /**
   * For `json`: keys of the nested object, or of the objects of a nested list, that hold instants. YAML writes them
   * as moments like those of the record itself; without it they are text.
   */
  readonly moments?: readonly string[];
  /** For `json` and `list`: what the value is, where more is known than that it is nested data. */
  readonly schema?: JsonSchema;
  /** For `json` that holds a list of objects: the columns of the table in which people see it. */
  readonly rows?: readonly Column<never>[];
}
