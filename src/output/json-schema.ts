/** JSON Schema of records, made from the same columns that print them. Source: cli.md 4.4. */
import type { Column } from './columns.ts';

/** A schema, or a part of one, as JSON Schema 2020-12 writes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An integer; one that a number cannot hold exactly is a string of digits. */
const integer: JsonSchema = { type: ['integer', 'string'], pattern: '^-?[0-9]+$' };

const instant: JsonSchema = {
  type: 'string',
  format: 'date-time',
  pattern: '^[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$',
};

/** Schemas of the values that nested data is made of. */
export const values = {
  integer,
  instant,
  text: { type: 'string' },
  boolean: { type: 'boolean' },
  number: { type: 'number' },
  /** A JSON column of the database: whatever stands in it. */
  any: {},
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** The same value, or null. */
export function orNull(schema: JsonSchema): JsonSchema {
  const { type } = schema;
  if (type === undefined) return schema;
  return { ...schema, type: [...(Array.isArray(type) ? (type as readonly unknown[]) : [type]), 'null'] };
}

export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

/** An object in which every one of these keys is present. */
export function objectOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** An object whose keys are not known beforehand. */
export const mappingOf = (value: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: value });

/** What one record is: every key is present, and more keys may come in later releases. */
export function recordSchema<Row>(columns: readonly Column<Row>[]): JsonSchema {
  return objectOf(
    Object.fromEntries(
      columns
        .filter(({ peopleOnly }) => peopleOnly !== true)
        .map((column) => [column.key, columnSchema(column)]),
    ),
  );
}

function columnSchema<Row>(column: Column<Row>): JsonSchema {
  const value =
    column.schema ?? (column.rows === undefined ? byType(column) : listOf(recordSchema(column.rows)));
  return { description: column.description, ...(column.nullable === true ? orNull(value) : value) };
}

function byType<Row>({ type }: Column<Row>): JsonSchema {
  switch (type) {
    case 'integer':
    case 'bytes':
      return integer;
    case 'text':
      return values.text;
    case 'boolean':
      return values.boolean;
    case 'instant':
      return instant;
    case 'seconds':
      return values.number;
    case 'digest':
      return { type: 'string', pattern: '^[0-9a-f]+$' };
    case 'list':
      return listOf({ type: ['integer', 'string'] });
    case 'json':
      return values.any;
  }
}
