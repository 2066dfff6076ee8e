import { UsageError } from '../../errors.ts';
import { defineCommand, flag, option, options } from '../command.ts';
import { parseDuration } from '../values/duration.ts';
import { parsePercent } from '../values/percent.ts';
import { vacuumSchema } from '../views/maintenance-schemas.ts';
import { deletionColumns } from '../views/vacuum.ts';

const progressModes = ['auto', 'bar', 'lines', 'none'] as const;

export default defineCommand({
  group: 'Maintenance',
  summary: 'Compare stored files with the database, repair what is safe, report the rest',
  description:
    'Deletes old files that no record accounts for, records of files that no artifact uses, artifacts whose upload ' +
    'was given up, orphans in the upload directory, and empty directories. Reports bytes that are missing or wrong, ' +
    'and whatever it does not understand, and leaves both alone. Made for cron: silent, in small batches, safe beside ' +
    'a running server. With --store only the stored files of these stores are looked at. An artifact with an upload ' +
    'that was active within a day is never touched.',
  options: {
    dryRun: flag('--dry-run', 'say what would be deleted and change nothing'),
    store: options('--store <NAME>', 'only this store', { completes: 'file-store' }),
    grace: option('--grace <DURATION>', 'leave alone what was changed within this time', parseDuration, {
      default: '1d',
    }),
    verify: flag('--verify', 'read the stored contents and compare their digests'),
    sample: option(
      '--sample <PERCENT>',
      'with --verify: read only so many of them, chosen at random',
      parsePercent,
    ),
    noUploads: flag('--no-uploads', 'leave the upload directory alone, and artifacts with an upload'),
    maxTime: option('--max-time <DURATION>', 'start no new batch after this time', parseDuration),
    progress: option(
      '--progress <MODE>',
      'bar, lines or none (default: bar on a terminal)',
      (text, { what }) => {
        const mode = progressModes.find((word) => word === text);
        if (mode === undefined)
          throw new UsageError(`${what}: "${text}" is none of ${progressModes.join(', ')}`);
        return mode;
      },
      { completes: progressModes },
    ),
  },
  database: 'batches',
  exitCodes: {
    0: 'consistent, or repaired; stopped by --max-time',
    1: 'problems that a person has to look at',
    3: 'unknown store',
    6: 'another run is active',
    7: 'a repair failed; the rest is done',
  },
  examples: [
    { what: 'What would go', command: 'debusine-admin vacuum-storage --dry-run' },
    {
      what: 'In cron: read a thirtieth of the contents each day',
      command: 'debusine-admin vacuum-storage --verify --sample 3.3',
    },
    { what: 'For a program', command: 'debusine-admin vacuum-storage --dry-run --jsonl' },
  ],
  related: ['expire-artifacts', 'list-file-stores'],
  async run(context, input) {
    if (input.sample !== undefined && !input.verify) {
      throw new UsageError('--sample says how much --verify reads', { hint: 'add --verify' });
    }
    const { vacuumStorage } = await import('../vacuum.ts');
    await vacuumStorage(context, input);
  },
}).shownAs({ kind: 'own', columns: deletionColumns as never, schema: vacuumSchema });
