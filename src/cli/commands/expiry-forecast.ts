import { defineCommand, option, options } from '../command.ts';
import { forecastOutput } from '../views/expiry-forecast.ts';
import { integerIn } from '../values/integer.ts';
import { parseTime } from '../values/time.ts';

export default defineCommand({
  group: 'Maintenance',
  summary: 'Foresee how many artifacts and bytes will expire, day by day or week by week',
  description:
    'Counts what runs of expire-artifacts would delete in the next days or weeks, by workspace and by category, as ' +
    'things are now: an artifact goes when its own time is over and that of all that keep it, too. New artifacts, ' +
    'relations, items and uploads are not foreseen, nor the end of workflows. Bytes are those of files that no ' +
    'artifact names then. The first line, "now", is what a run would delete at once.',
  options: {
    days: option('--days <N>', 'so many days', integerIn({ least: 1, most: 366 }), { default: '14' }),
    weeks: option('--weeks <N>', 'so many weeks', integerIn({ least: 1, most: 104 })),
    at: option('--at <TIME>', 'where it begins', parseTime, { default: 'now' }),
    workspace: options('--workspace <NAME>', 'only artifacts of this workspace; retention looks at all', {
      completes: 'workspace',
    }),
  },
  exclusive: [['days', 'weeks']],
  database: 'batches',
  exitCodes: { 3: 'unknown workspace' },
  examples: [
    { what: 'The next two weeks', command: 'debusine-admin expiry-forecast' },
    { what: 'A quarter, week by week', command: 'debusine-admin expiry-forecast --weeks 13' },
    { what: 'For a spreadsheet', command: 'debusine-admin expiry-forecast --days 30 --csv' },
  ],
  related: ['expire-artifacts', 'manage-workspace'],
  async run({ db, signal }, input) {
    const [{ databaseNow, forecast }, { getByNames }] = await Promise.all([
      import('../../models/expiry/index.ts'),
      import('../../models/workspaces.ts'),
    ]);
    const workspaces = input.workspace.length === 0 ? undefined : await getByNames(db, input.workspace);
    const at = input.at ?? (await databaseNow(db));
    const unit = input.weeks === undefined ? 'day' : 'week';
    return forecast(db, { at, unit, periods: input.weeks ?? input.days ?? 14, workspaces }, signal);
  },
}).shownAs(forecastOutput);
