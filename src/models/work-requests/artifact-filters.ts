/**
 * Filters on artifacts, as event reactions store them, made into conditions. A key is a path of names joined by `__`:
 * a column, or `data` and keys inside it, and perhaps a comparison at the end. Source: models.md 3.17.5.
 *
 * Keys and values come from users. They only ever travel as parameters.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Json, JsonObject } from '../../data/json.ts';
import { describe, quote } from '../../data/quote.ts';
import { ArgumentError } from '../../errors.ts';

/** Makes a condition out of the value that a filter gives; the comparison is known. */
type Comparison = (left: SQL, value: Json, key: string) => SQL;

/**
 * Conditions on the artifact in row `a`, one for each filter; all must hold.
 * @throws ArgumentError for a column or a comparison that does not exist, and for a value that it cannot use. Whether
 *   a text is an instant or a regular expression is found out only by the database.
 */
export function artifactConditions(filters: JsonObject): readonly SQL[] {
  return Object.entries(filters).map(([key, value]) => condition(key, value));
}

function condition(key: string, value: Json): SQL {
  const [first = '', ...rest] = key.split('__');
  if (first === 'data') return dataCondition(key, rest, value);
  const column = columns.get(first);
  if (column === undefined) throw refused(key, `artifacts have no field ${quote(first)}`);
  const [name = 'exact', ...more] = rest;
  const compare = more.length === 0 ? column.comparisons.get(name) : undefined;
  if (compare === undefined) throw refused(key, `${quote(rest.join('__'))} is no comparison of ${first}`);
  return compare(column.left, value, key);
}

function dataCondition(key: string, path: readonly string[], value: Json): SQL {
  const last = path.at(-1);
  const known = last === undefined ? undefined : jsonComparisons.get(last);
  const keys = known === undefined ? path : path.slice(0, -1);
  const compare = known ?? exactJson;
  // The path is one parameter, whatever its length; the order of a list of rows is that of the list.
  const left =
    keys.length === 0
      ? sql`a.data`
      : sql`(a.data #> array(select k.value from jsonb_array_elements_text(${asJson(keys)}) k))`;
  return compare(left, value, key);
}

const refused = (key: string, reason: string): ArgumentError =>
  new ArgumentError(`artifact filter ${quote(key)}: ${reason}`);

const asJson = (value: Json): SQL => sql`${JSON.stringify(value)}::text::jsonb`;

function texts(value: Json, key: string): readonly string[] {
  if (!Array.isArray(value)) throw refused(key, `needs a list, not ${describe(value)}`);
  return value.map((item: Json) => textOf(item, key));
}

function textOf(value: Json, key: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw refused(key, `cannot be compared with ${describe(value)}`);
}

const isNull: Comparison = (left, value, key) => {
  if (typeof value !== 'boolean') throw refused(key, `needs true or false, not ${describe(value)}`);
  return value ? sql`${left} is null` : sql`${left} is not null`;
};

/** Stands for itself in a pattern. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** Comparisons of the text that `text` makes of the left side. */
function textual(text: (left: SQL) => SQL): readonly (readonly [string, Comparison])[] {
  const pattern =
    (operator: SQL, wrap: (literal: string) => string): Comparison =>
    (left, value, key) =>
      sql`${text(left)} ${operator} ${wrap(literally(textOf(value, key)))}::text`;
  const regex =
    (operator: SQL): Comparison =>
    (left, value, key) =>
      sql`${text(left)} ${operator} ${textOf(value, key)}::text`;
  return [
    [
      'iexact',
      (left, value, key) =>
        value === null ? isNull(left, true, key) : pattern(sql`ilike`, (t) => t)(left, value, key),
    ],
    ['icontains', pattern(sql`ilike`, (t) => `%${t}%`)],
    ['startswith', pattern(sql`like`, (t) => `${t}%`)],
    ['istartswith', pattern(sql`ilike`, (t) => `${t}%`)],
    ['endswith', pattern(sql`like`, (t) => `%${t}`)],
    ['iendswith', pattern(sql`ilike`, (t) => `%${t}`)],
    ['regex', regex(sql`~`)],
    ['iregex', regex(sql`~*`)],
  ];
}

const orders = [
  ['gt', sql`>`],
  ['gte', sql`>=`],
  ['lt', sql`<`],
  ['lte', sql`<=`],
] as const;

/** Equality, order and membership for columns whose values are written as text. */
function ordered(
  cast: SQL,
  read: (value: Json, key: string) => string,
): readonly (readonly [string, Comparison])[] {
  const right = (value: Json, key: string): SQL => sql`${read(value, key)}::text::${cast}`;
  return [
    [
      'exact',
      (left, value, key) => (value === null ? isNull(left, true, key) : sql`${left} = ${right(value, key)}`),
    ],
    ['isnull', isNull],
    [
      'in',
      (left, value, key) => {
        const items = texts(value, key).map((item) => read(item, key));
        return sql`${left} in (select i.value::${cast} from jsonb_array_elements_text(${asJson(items)}) i)`;
      },
    ],
    [
      'range',
      (left, value, key) => {
        const [from, to, ...more] = texts(value, key);
        if (from === undefined || to === undefined || more.length > 0) throw refused(key, 'needs two values');
        return sql`${left} between ${right(from, key)} and ${right(to, key)}`;
      },
    ],
    ...orders.map(([name, operator]): readonly [string, Comparison] => [
      name,
      (left, value, key) => sql`${left} ${operator} ${right(value, key)}`,
    ]),
  ];
}

function wholeNumber(value: Json, key: string): string {
  const text = textOf(value, key);
  if (typeof value !== 'boolean' && /^ *[+-]?[0-9]{1,18} *$/.test(text)) return text;
  throw refused(key, `needs a whole number, not ${describe(value)}`);
}

const plain = (left: SQL): SQL => left;
const textComparisons = new Map<string, Comparison>([
  ...ordered(sql`text`, textOf),
  ...textual(plain),
  // On text this means a part of it; on JSON it means containment.
  ['contains', (left, value, key) => sql`${left} like ${`%${literally(textOf(value, key))}%`}::text`],
]);
const numberComparisons = new Map(ordered(sql`bigint`, wholeNumber));
const instantComparisons = new Map(ordered(sql`timestamptz`, textOf));
const intervalComparisons = new Map(ordered(sql`interval`, textOf));

interface Column {
  readonly left: SQL;
  readonly comparisons: ReadonlyMap<string, Comparison>;
}

const columns: ReadonlyMap<string, Column> = new Map<string, Column>([
  ['category', { left: sql`a.category`, comparisons: textComparisons }],
  ['created_at', { left: sql`a.created_at`, comparisons: instantComparisons }],
  ['expiration_delay', { left: sql`a.expiration_delay`, comparisons: intervalComparisons }],
  ...(
    [
      ['id', sql`a.id`],
      ['pk', sql`a.id`],
      ['workspace', sql`a.workspace_id`],
      ['workspace_id', sql`a.workspace_id`],
      ['created_by', sql`a.created_by_id`],
      ['created_by_id', sql`a.created_by_id`],
      ['created_by_work_request', sql`a.created_by_work_request_id`],
      ['created_by_work_request_id', sql`a.created_by_work_request_id`],
    ] as const
  ).map(([name, left]): readonly [string, Column] => [name, { left, comparisons: numberComparisons }]),
]);

const exactJson: Comparison = (left, value) => sql`${left} = ${asJson(value)}`;

/** The database puts values of different kinds into an order, too: a list is greater than any number. */
const sameKind = (left: SQL, right: SQL): SQL => sql`jsonb_typeof(${left}) = jsonb_typeof(${right})`;

/** A scalar as text, without its quotes. */
const jsonText = (left: SQL): SQL => sql`(${left} #>> '{}')`;

const jsonComparisons = new Map<string, Comparison>([
  ['exact', exactJson],
  ['isnull', isNull],
  [
    'in',
    (left, value, key) => {
      if (!Array.isArray(value)) throw refused(key, `needs a list, not ${describe(value)}`);
      return sql`${left} in (select i.value from jsonb_array_elements(${asJson(value)}) i)`;
    },
  ],
  [
    'range',
    (left, value, key) => {
      if (!Array.isArray(value) || value.length !== 2) throw refused(key, 'needs two values');
      const [from, to] = [asJson(value[0]), asJson(value[1])];
      return sql`(${sameKind(left, from)} and ${sameKind(left, to)} and ${left} between ${from} and ${to})`;
    },
  ],
  ...orders.map(([name, operator]): readonly [string, Comparison] => [
    name,
    (left, value) => sql`(${sameKind(left, asJson(value))} and ${left} ${operator} ${asJson(value)})`,
  ]),
  ...textual(jsonText),
  ['contains', (left, value) => sql`${left} @> ${asJson(value)}`],
  ['contained_by', (left, value) => sql`${left} <@ ${asJson(value)}`],
  ['has_key', (left, value, key) => sql`jsonb_exists(${left}, ${textOf(value, key)}::text)`],
  ...(
    [
      ['has_keys', sql`jsonb_exists_all`],
      ['has_any_keys', sql`jsonb_exists_any`],
    ] as const
  ).map(([name, exists]): readonly [string, Comparison] => [
    name,
    (left, value, key) =>
      sql`${exists}(${left}, array(select i.value from jsonb_array_elements_text(${asJson(texts(value, key))}) i))`,
  ]),
]);
