/** Printing records in every format. Source: cli.md 4. */
import { loadPaint } from './colour.ts';
import type { Column } from './columns.ts';
import { recordOf } from './data.ts';
import { type ListWriter, type OutputOptions, type Sink } from './options.ts';
import { selectColumns } from './selection.ts';

export { formats, isMachineFormat, type Format, type OutputOptions, type Sink } from './options.ts';
export { selectColumns } from './selection.ts';

/**
 * Prints a list. What can be written is written after each batch, and the next batch is asked for only when the sink
 * has taken it; so memory stays flat, except that a table and plain text wait for their first thousand records to
 * know the widths.
 *
 * When reading or writing fails, the source is closed and the error passed on; what was written before stays.
 * @param rows batches as they come from a cursor
 * @param onLeftOut is told the labels of columns for which a table has no room
 * @returns the number of records
 * @throws UsageError for a bad `--columns`, before anything is read
 */
export async function printList<Row extends object>(
  rows: AsyncIterable<readonly Row[]>,
  columns: readonly Column<Row>[],
  options: OutputOptions,
  sink: Sink,
  onLeftOut?: (labels: readonly string[]) => Promise<void>,
): Promise<number> {
  const selected = selectColumns(columns, options);
  if (isJsonSource(rows) && mayPass(selected, options)) {
    const { jsonRecords } = await import('./json.ts');
    return printPieces(rows.json(), jsonRecords(selected, options.format === 'json'), sink);
  }
  const writer = await listWriter(selected, options);
  const count = await printPieces(rows, writer, sink);
  const leftOut = writer.leftOut?.() ?? [];
  if (leftOut.length > 0) await onLeftOut?.(leftOut);
  return count;
}

/** The batch from which on a list counts as long: before it, a heap that may grow is a little quicker. */
const longFrom = 8;

async function printPieces<Row>(
  rows: AsyncIterable<readonly Row[]>,
  writer: ListWriter<Row>,
  sink: Sink,
): Promise<number> {
  let [count, batches] = [0, 0];
  let heapMayGrow = (): void => undefined;
  try {
    for await (const batch of rows) {
      count += batch.length;
      batches += 1;
      if (batches === longFrom) heapMayGrow = (await import('./small-heap.ts')).keepHeapSmall();
      await writeTo(sink, writer.add(batch));
    }
    await writeTo(sink, await writer.end());
  } finally {
    heapMayGrow();
  }
  return count;
}

/** Records that can also be had as JSON texts. */
interface JsonSource {
  json(): AsyncIterable<readonly string[]>;
}

function isJsonSource(rows: object): rows is JsonSource {
  return 'json' in rows && typeof rows.json === 'function';
}

/** Whether JSON of the server may be printed as it is. It writes nested values with blanks that ours do not have. */
function mayPass(columns: readonly Column<never>[], { format, isTerminal }: OutputOptions): boolean {
  return (
    (format === 'jsonl' || (format === 'json' && !isTerminal)) &&
    columns.every(({ type }) => type !== 'json' && type !== 'list')
  );
}

/** Records that are all there, for `printList`. */
export async function* oneBatch<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield await Promise.resolve(rows);
}

/**
 * Prints one record: a JSON or YAML document, a line of JSON, CSV with one record, or a label and value in each line.
 * @throws UsageError for a bad `--columns`
 */
export async function printObject<Row extends object>(
  row: Row,
  columns: readonly Column<Row>[],
  options: OutputOptions,
  sink: Sink,
): Promise<void> {
  await writeTo(sink, await objectText(row, selectColumns(columns, options), options));
}

async function listWriter<Row>(
  columns: readonly Column<Row>[],
  options: OutputOptions,
): Promise<ListWriter<Row>> {
  switch (options.format) {
    case 'table':
      return (await import('./table.ts')).tableLines(columns, options, await loadPaint(options.colour));
    case 'plain':
      return (await import('./plain.ts')).plainLines(columns, options, await loadPaint(options.colour));
    case 'json':
      return (await import('./json.ts')).jsonArray(columns, options.isTerminal);
    case 'jsonl':
      return (await import('./json.ts')).jsonLines(columns);
    case 'yaml':
      return (await import('./yaml.ts')).yamlList(columns, options);
    case 'csv':
      return (await import('./csv.ts')).csvRecords(columns, options);
  }
}

async function objectText<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  options: OutputOptions,
): Promise<string> {
  switch (options.format) {
    case 'table':
      return (await import('./lines.ts')).labelLines(row, columns, options, await loadPaint(options.colour));
    case 'plain':
      return (await import('./plain.ts')).plainObject(row, columns, options, await loadPaint(options.colour));
    case 'json': {
      const { jsonText } = await import('./json.ts');
      return `${jsonText(recordOf(row, columns), options.isTerminal ? 2 : 0)}\n`;
    }
    case 'jsonl':
      return (await import('./json.ts')).jsonLines(columns).add([row]);
    case 'yaml':
      return (await import('./yaml.ts')).yamlObject(row, columns, options);
    case 'csv':
      return (await import('./csv.ts')).csvRecords(columns, options).add([row]);
  }
}

async function writeTo(sink: Sink, text: string): Promise<void> {
  if (text !== '') await sink.write(text);
}
