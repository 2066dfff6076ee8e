import { UsageError } from '../../../errors.ts';
import { argument, defineCommand, option, several } from '../../command.ts';
import { dryRunOption } from '../../confirm.ts';
import { idOf, integerIn } from '../../values/integer.ts';
import { changedOnes, managed, managedColumns } from '../../views/managed-work-requests.ts';

const limit = 1_000_000;

export default defineCommand({
  group: 'Work requests',
  summary: 'Adjust the priority of work requests',
  description:
    'Adjusts the priority of work requests; higher goes first. The adjustment is added to the base priority that the ' +
    'workflow gave. All or none.',
  arguments: { ids: several(argument('N', 'number of a work request', idOf<'WorkRequest'>())) },
  options: {
    set: option('--set <P>', 'the new adjustment', integerIn({ least: -limit, most: limit })),
    add: option(
      '--add <P>',
      'what is added to the present one',
      integerIn({ least: -2 * limit, most: 2 * limit }),
    ),
    ...dryRunOption,
  },
  exclusive: [['set', 'add']],
  database: 'write',
  exitCodes: {
    3: 'unknown number, or an adjustment beyond ±1000000',
    4: 'one of them is completed or aborted',
  },
  examples: [
    { what: 'Before all others', command: 'debusine-admin manage-work-request priority --set 1000 51' },
    { what: 'A little later', command: 'debusine-admin manage-work-request priority --add -10 51 52' },
  ],
  related: ['show-work-request', 'list-work-requests'],
  async run({ db }, { ids, set, add }) {
    const change = set !== undefined ? { set } : add !== undefined ? { add } : undefined;
    if (change === undefined) {
      throw new UsageError('no priority is given', { hint: '--set P, or --add P to change it by P' });
    }
    const workRequests = await import('../../../models/work-requests/index.ts');
    return managed(await workRequests.changePriority(db, ids, change));
  },
}).shownAs({
  kind: 'changes',
  columns: [
    ...managedColumns,
    {
      key: 'priority_adjustment',
      label: 'Priority adjustment',
      type: 'integer',
      description: 'as it is now',
    },
  ],
  note(requests, did) {
    const changed = changedOnes(requests);
    return changed === undefined ? 'unchanged' : `${did('adjusted', 'adjust')} the priority of ${changed}`;
  },
});
