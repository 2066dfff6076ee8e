/** How a forecast of expiry is shown: tables with bars for people, one document for programs. */
import type { Amount, Forecast, ForecastGroup } from '../../models/expiry/index.ts';
import type { Column } from '../../output/columns.ts';
import { instantForm, sizeForm } from '../../output/forms.ts';
import { oneBatch, printList } from '../../output/format.ts';
import { listOf, objectOf, orNull, values } from '../../output/json-schema.ts';
import type { OutputOptions, Sink } from '../../output/options.ts';
import type { Timestamp } from '../../timestamp.ts';
import type { Output } from '../command.ts';
import { counted } from './expiry.ts';

const amount = { artifacts: values.integer, files: values.integer, bytes: values.integer };
const { text, instant } = values;

const schema = objectOf({
  command: { const: 'expiry-forecast' },
  at: instant,
  unit: { enum: ['day', 'week'] },
  workspaces: orNull(listOf(text)),
  total: objectOf(amount),
  periods: listOf(
    objectOf({
      from: orNull(instant),
      until: instant,
      ...amount,
      groups: listOf(objectOf({ workspace: text, category: text, ...amount })),
    }),
  ),
  by_workspace: listOf(objectOf({ workspace: text, ...amount })),
  by_category: listOf(objectOf({ category: text, ...amount })),
  later: objectOf(amount),
  kept: objectOf(amount),
});

export const forecastOutput: Output<Forecast> = { kind: 'drawing', columns: [], schema, draw };

async function draw(forecast: Forecast, options: OutputOptions, sink: Sink): Promise<void> {
  const text = async (form: OutputOptions): Promise<string> =>
    (await import('../../output/document.ts')).documentText(forecast, form);
  switch (options.format) {
    case 'json':
    case 'yaml':
      await sink.write(await text(options));
      return;
    case 'jsonl':
    case 'csv':
      await printList(oneBatch(groupsOf(forecast)), groupColumns, options, sink);
      return;
    case 'plain':
      // A program that reads this and has not asked for a form gets the document. Source: issue 4.
      if (options.isAsked !== true) await sink.write(await text({ ...options, format: 'json' }));
      else await printList(oneBatch(groupsOf(forecast)), groupColumns, options, sink);
      return;
    case 'table':
      await drawTables(forecast, options, sink);
  }
}

interface FlatGroup extends ForecastGroup {
  readonly from: Timestamp | null;
  readonly until: Timestamp;
}

const groupsOf = ({ periods }: Forecast): readonly FlatGroup[] =>
  periods.flatMap(({ from, until, groups }) => groups.map((group) => ({ from, until, ...group })));

const groupColumns: readonly Column<FlatGroup>[] = [
  { key: 'from', label: 'After', type: 'instant', nullable: true, description: 'null: could go already' },
  { key: 'until', label: 'Until', type: 'instant', description: 'end of the period' },
  { key: 'workspace', label: 'Workspace', type: 'text', description: 'where they live' },
  { key: 'category', label: 'Category', type: 'text', description: 'what they are' },
  { key: 'artifacts', label: 'Artifacts', type: 'integer', description: 'that go' },
  { key: 'files', label: 'Files', type: 'integer', description: 'that go with them' },
  { key: 'bytes', label: 'Size', type: 'bytes', description: 'bytes of these files' },
];

/** What a line of a chart has. */
interface Line extends Amount {
  readonly name: string;
}

async function drawTables(forecast: Forecast, options: OutputOptions, sink: Sink): Promise<void> {
  const { periods, by_workspace: workspaces, by_category: categories, total, later, kept } = forecast;
  const day = (at: Timestamp): string => instantForm(at, options.time, options.now);
  const table = async (heading: string, lines: readonly Line[]): Promise<void> => {
    await printList(oneBatch(lines), chartColumns(heading, lines), { ...options, columns: undefined }, sink);
  };
  await table(
    'Until',
    periods.map(({ from, until, ...rest }) => line(from === null ? 'now' : day(until), rest)),
  );
  if (total.artifacts > 0) {
    await table(
      'Workspace',
      workspaces.map(({ workspace, ...rest }) => line(workspace, rest)),
    );
    await table(
      'Category',
      categories.map(({ category, ...rest }) => line(category, rest)),
    );
  }
  const after = later.artifacts === 0 ? 'none later' : `${amountText(later)} later`;
  await sink.write(
    `${amountText(total)} in ${counted(periods.length - 1, forecast.unit)}; ${after}; ` +
      `${counted(kept.artifacts, 'artifact')} kept as things are now.\n`,
  );
}

const line = (name: string, { artifacts, files, bytes }: Amount): Line => ({
  name,
  artifacts,
  files,
  bytes,
});

const amountText = ({ artifacts, bytes }: Amount): string =>
  `${counted(artifacts, 'artifact')} (${sizeForm(bytes)})`;

/** The bars say what the disk gains; where that is nothing at all, how many artifacts go. */
function chartColumns(heading: string, lines: readonly Line[]): readonly Column<Line>[] {
  const areBytes = lines.some(({ bytes }) => bytes > 0);
  return [
    { key: 'name', label: heading, type: 'text', description: 'what the line is about', shrink: 1 },
    { key: 'artifacts', label: 'Artifacts', type: 'integer', description: 'that go', bar: !areBytes },
    { key: 'files', label: 'Files', type: 'integer', description: 'that go with them', leaveOut: 1 },
    { key: 'bytes', label: 'Size', type: 'bytes', description: 'bytes of these files', bar: areBytes },
  ];
}
