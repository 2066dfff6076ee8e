import { quote } from '../../../data/quote.ts';
import { defineCommand, option, optional, several } from '../../command.ts';
import { confirm, confirmOptions } from '../../confirm.ts';
import { byIdOption, selectWorkers, workerArgument } from '../../worker-argument.ts';
import { switchedWorkerColumns } from '../../views/workers.ts';

const requests = (count: number): string => `${count} work ${count === 1 ? 'request' : 'requests'}`;

export default defineCommand({
  group: 'Workers',
  summary: 'Stop workers, and give their work back',
  description:
    'Disables the tokens of workers and gives every pending or running work request they have back to the queue. ' +
    'All or none. What runs on the machine of a worker goes on, but its result will be refused.',
  arguments: { workers: optional(several(workerArgument)) },
  options: {
    tokenFile: option('--token-file <FILE>', 'the worker with the key in this file; - is standard input', {
      completes: 'file',
    }),
    id: byIdOption,
    ...confirmOptions,
  },
  database: 'write',
  exitCodes: {
    3: 'unknown worker',
    4: 'an internal worker, which cannot be disabled',
    8: 'answered with no',
  },
  examples: [
    { what: 'Before maintenance', command: 'debusine-admin manage-worker disable saturn' },
    { what: 'By its key', command: 'debusine-admin manage-worker disable --token-file worker.key' },
  ],
  related: ['manage-worker enable', 'list-workers', 'manage-token disable'],
  async look(context, input) {
    const workers = await import('../../../models/workers.ts');
    const selected = await selectWorkers(context, input);
    const ids = selected.map(({ id }) => id);
    workers.refuseWithoutToken(selected);
    return {
      ids,
      names: selected.map(({ name }) => name),
      assigned: await workers.assignedCount(context.db, ids),
    };
  },
  async ask(context, input, seen) {
    if (seen.assigned > 0) {
      await confirm(context, input, {
        text: `${requests(seen.assigned)} will be restarted elsewhere. Disable ${seen.names.map(quote).join(', ')}?`,
        refusal: 'disable workers',
        courtesy: true,
      });
    }
    return seen;
  },
  async run({ db }, _, { ids }) {
    const workers = await import('../../../models/workers.ts');
    return workers.disable(db, ids);
  },
}).shownAs({
  kind: 'changes',
  columns: switchedWorkerColumns,
  note: (switched, did) =>
    switched.map(({ name, changed, returned_work_requests: returned }) => {
      const done = changed
        ? `${did('disabled', 'disable')} worker ${quote(name)}`
        : `worker ${quote(name)} is disabled already`;
      return returned.length === 0
        ? done
        : `${done}; ${requests(returned.length)} ${did('returned', 'return')} to the queue`;
    }),
});
