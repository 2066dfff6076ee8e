import { quote } from '../../../data/quote.ts';
import { defineCommand, flag, option, optional, several } from '../../command.ts';
import { byIdOption, selectWorkers, workerArgument } from '../../worker-argument.ts';
import { switchedWorkerColumns } from '../../views/workers.ts';

export default defineCommand({
  group: 'Workers',
  summary: 'Let workers take work',
  description: 'Enables the tokens of workers, so that they can take work. All or none.',
  arguments: { workers: optional(several(workerArgument)) },
  options: {
    tokenFile: option('--token-file <FILE>', 'the worker with the key in this file; - is standard input', {
      completes: 'file',
    }),
    id: byIdOption,
    yes: flag('-y, --yes', 'no effect: nothing is asked', { hidden: true }),
    dryRun: flag('--dry-run', 'say what would be done and change nothing'),
  },
  database: 'write',
  exitCodes: { 3: 'unknown worker', 4: 'an internal worker, which has no token' },
  examples: [{ what: 'Two workers', command: 'debusine-admin manage-worker enable saturn mercury' }],
  related: ['manage-worker disable', 'list-workers', 'create-worker'],
  async run(context, input) {
    const workers = await import('../../../models/workers.ts');
    const selected = await selectWorkers(context, input);
    return workers.enable(
      context.db,
      selected.map(({ id }) => id),
    );
  },
}).shownAs({
  kind: 'changes',
  columns: switchedWorkerColumns,
  note: (switched, did) =>
    switched.map(({ name, changed }) =>
      changed
        ? `${did('enabled', 'enable')} worker ${quote(name)}`
        : `worker ${quote(name)} is enabled already`,
    ),
});
