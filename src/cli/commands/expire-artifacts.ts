import { UsageError } from '../../errors.ts';
import { argument, defineCommand, flag, option, optional, options, type Parse, several } from '../command.ts';
import { parseDuration } from '../values/duration.ts';
import { idRange, integerIn } from '../values/integer.ts';
import { parseTime } from '../values/time.ts';
import { itemColumns } from '../views/expiry.ts';
import { expirySchema } from '../views/maintenance-schemas.ts';

const wholeNumber = integerIn(idRange);

/** `5`, or `5@artifacts` as lookups write it. */
const artifactNumber: Parse<number> = (text, context) =>
  wholeNumber(text.replace(/@artifacts$/, ''), context);

export default defineCommand({
  group: 'Maintenance',
  summary: 'Delete expired artifacts that nothing needs, and their files',
  description:
    'Deletes artifacts whose time is over and that nothing needs any more, and the files that become unused. Made ' +
    'for cron: silent, in small batches, safe beside a running server. An artifact is kept while its time is not ' +
    'over, while a collection or an unfinished workflow holds it, while it is being uploaded, and while a kept ' +
    'artifact points at it.',
  arguments: {
    artifacts: optional(several(argument('ARTIFACT', 'numbers, with --explain', artifactNumber))),
  },
  options: {
    dryRun: flag('--dry-run', 'say what would be deleted and change nothing'),
    explain: flag('--explain', 'say of each ARTIFACT whether it would go, or the chain that keeps it'),
    at: option(
      '--at <TIME>',
      'judge at this instant; in the future only with --dry-run or --explain',
      parseTime,
      {
        default: 'now',
      },
    ),
    workspace: options(
      '--workspace <NAME>',
      'delete only artifacts of this workspace; retention looks at all',
      {
        completes: 'workspace',
      },
    ),
    limit: option('--limit <N>', 'delete at most N artifacts', integerIn({ least: 1 })),
    batchSize: option(
      '--batch-size <N>',
      'artifacts in one transaction',
      integerIn({ least: 1, most: 10_000 }),
      {
        default: '200, and up to 1000 while that is quick',
      },
    ),
    maxTime: option('--max-time <DURATION>', 'start no new batch after this time', parseDuration),
    noHistory: flag('--no-history', 'leave removed items of collections alone'),
    keepFiles: flag('--keep-files', 'delete records only; files stay for a later run'),
    progress: option('--progress <MODE>', 'bar, lines or none (default: bar on a terminal)', {
      completes: ['auto', 'bar', 'lines', 'none'],
    }),
  },
  exclusive: (
    ['dryRun', 'workspace', 'limit', 'batchSize', 'maxTime', 'noHistory', 'keepFiles'] as const
  ).map((other) => [other, 'explain'] as const),
  database: 'batches',
  exitCodes: {
    0: 'done, nothing to do, a dry run, or stopped by --limit or --max-time',
    2: 'a future --at without --dry-run',
    3: 'unknown workspace or artifact',
    6: 'another run is active, or locks were not given in time',
    7: 'something could not be removed; the rest is done',
  },
  examples: [
    { what: 'What would go', command: 'debusine-admin expire-artifacts --dry-run' },
    { what: 'In cron, at most an hour', command: 'debusine-admin expire-artifacts --max-time 1h' },
    { what: 'Why is it still there', command: 'debusine-admin expire-artifacts --explain 5' },
  ],
  related: ['relate-artifacts', 'create-artifact'],
  async run(context, input) {
    const ids = input.artifacts ?? [];
    if (input.explain && ids.length === 0)
      throw new UsageError('--explain needs ARTIFACT', { hint: '--explain 5' });
    if (!input.explain && ids.length > 0) {
      throw new UsageError('artifacts are named only with --explain', {
        hint: 'a run deletes what has expired',
      });
    }
    const { expire } = await import('../expire.ts');
    await expire(context, { ...input, artifacts: ids });
  },
}).shownAs({ kind: 'own', columns: itemColumns as never, schema: expirySchema });
