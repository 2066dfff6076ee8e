/** Prints into a string, with the options of a pipe unless told otherwise. */
import type { Column } from '../../src/output/columns.ts';
import { type OutputOptions, printList, printObject } from '../../src/output/format.ts';
import type { Timestamp } from '../../src/timestamp.ts';

export const at = (text: string): Timestamp => text as Timestamp;

export function options(given: Partial<OutputOptions> = {}): OutputOptions {
  return {
    format: 'plain',
    headers: true,
    wide: false,
    time: 'utc',
    colour: false,
    width: 80,
    unicode: true,
    isTerminal: false,
    now: at('2024-05-02T12:00:00.000000Z'),
    ...given,
  };
}

/** The rows in batches of the given size. */
export async function* inBatches<Row>(rows: readonly Row[], size = 100): AsyncGenerator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += size) {
    yield await Promise.resolve(rows.slice(start, start + size));
  }
}

/** Collects what is written. */
export class Paper {
  readonly pieces: string[] = [];

  async write(text: string): Promise<void> {
    this.pieces.push(text);
    await Promise.resolve();
  }

  get text(): string {
    return this.pieces.join('');
  }
}

export async function listed<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  given: Partial<OutputOptions>,
  batchSize?: number,
): Promise<string> {
  const paper = new Paper();
  await printList(inBatches(rows, batchSize), columns, options(given), paper);
  return paper.text;
}

export async function shown<Row extends object>(
  row: Row,
  columns: readonly Column<Row>[],
  given: Partial<OutputOptions>,
): Promise<string> {
  const paper = new Paper();
  await printObject(row, columns, options(given), paper);
  return paper.text;
}

/** A record with one value of each kind. */
export interface Sample {
  readonly id: number | bigint;
  readonly name: string;
  readonly created: string | null;
  readonly delay_seconds: number | null;
  readonly size_bytes: number | null;
  readonly enabled: boolean | null;
  readonly hash: string | null;
  readonly stores: readonly string[];
  readonly data: unknown;
  readonly comment: string | null;
}

export const sample: Sample = {
  id: 7,
  name: 'saturn',
  created: '2024-05-02T09:14:07.530864Z',
  delay_seconds: 864_000,
  size_bytes: 2048,
  enabled: true,
  hash: 'f299978eb768f299978eb768f299978eb768f299978eb768f299978eb768e4ce',
  stores: ['Default', 'archive'],
  data: { b: [1, { c: 'x' }], a: {} },
  comment: 'CI job',
};

export const nothing: Sample = {
  id: 8,
  name: '',
  created: null,
  delay_seconds: null,
  size_bytes: null,
  enabled: null,
  hash: null,
  stores: [],
  data: null,
  comment: null,
};

const column = <Key extends keyof Sample>(
  key: Key,
  label: string,
  type: Column<Sample>['type'],
  more: Partial<Column<Sample>> = {},
): Column<Sample> => ({ key, label, type, description: label.toLowerCase(), ...more });

export const sampleColumns: readonly Column<Sample>[] = [
  column('id', 'ID', 'integer'),
  column('name', 'Name', 'text'),
  column('created', 'Created', 'instant', { nullable: true }),
  column('delay_seconds', 'Delay', 'seconds', { nullable: true }),
  column('size_bytes', 'Size', 'bytes', { nullable: true }),
  column('enabled', 'Enabled', 'boolean', {
    nullable: true,
    tone: ({ enabled }) => (enabled === true ? 'good' : enabled === false ? 'bad' : undefined),
  }),
  column('hash', 'Token hash', 'digest', { nullable: true }),
  column('stores', 'Stores', 'list', { shrink: 1 }),
  column('data', 'Data', 'json', { hidden: true, nullable: true }),
  column('comment', 'Comment', 'text', { nullable: true, shrink: 2 }),
];
