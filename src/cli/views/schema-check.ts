import type { Difference, SchemaReport } from '../../models/schema-check.ts';
import type { Column } from '../../output/columns.ts';
import type { Output } from '../command.ts';

export const differenceColumns: readonly Column<Difference>[] = [
  { key: 'object', label: 'Object', type: 'text', description: 'kind and name of the object' },
  {
    key: 'kind',
    label: 'Kind',
    type: 'text',
    description: 'missing, different or extra',
    tone: ({ kind }) => (kind === 'extra' ? 'warning' : 'bad'),
  },
  {
    key: 'expected',
    label: 'Expected',
    type: 'text',
    nullable: true,
    description: 'definition in this level; null for extra objects',
    shrink: 1,
  },
  {
    key: 'found',
    label: 'Found',
    type: 'text',
    nullable: true,
    description: 'definition in the database; null for missing objects',
    shrink: 1,
  },
];

const reportColumns: readonly Column<SchemaReport>[] = [
  { key: 'level', label: 'Level', type: 'text', nullable: true, description: 'level of the database' },
  { key: 'ok', label: 'OK', type: 'boolean', description: 'nothing is missing or different' },
  {
    key: 'drift',
    label: 'Drift',
    type: 'json',
    description: 'what is missing or different',
    rows: differenceColumns,
  },
  {
    key: 'extra',
    label: 'Extra',
    type: 'json',
    description: 'what this level does not have',
    rows: differenceColumns,
  },
];

/** For programs: the report as one record. */
export const schemaReport: Output<SchemaReport> = { kind: 'details', columns: reportColumns };

/** For people: a line for each difference. */
export const schemaDifferences: Output<readonly Difference[]> = {
  kind: 'records',
  columns: differenceColumns,
  things: 'differences',
};
