import { argument, defineCommand, flag, several } from '../../command.ts';
import { dryRunOption } from '../../confirm.ts';
import { idOf } from '../../values/integer.ts';
import { changedOnes, managed, managedColumns } from '../../views/managed-work-requests.ts';

export default defineCommand({
  group: 'Work requests',
  summary: 'Let blocked work requests go',
  description:
    'Makes blocked work requests pending: those that are to be unblocked by hand, and those whose dependencies are ' +
    'all completed. All or none.',
  arguments: { ids: several(argument('N', 'number of a work request', idOf<'WorkRequest'>())) },
  options: { force: flag('--force', 'also when dependencies are not completed'), ...dryRunOption },
  database: 'write',
  exitCodes: {
    3: 'unknown number',
    4: 'one of them is not blocked, waits for others, or its workflow does not run',
  },
  examples: [{ what: 'One of them', command: 'debusine-admin manage-work-request unblock 51' }],
  related: ['show-work-request', 'list-work-requests'],
  async run({ db }, { ids, force }) {
    const workRequests = await import('../../../models/work-requests/index.ts');
    return managed(await workRequests.unblock(db, ids, { force }));
  },
}).shownAs({
  kind: 'changes',
  columns: managedColumns,
  note(requests, did) {
    const changed = changedOnes(requests);
    return changed === undefined ? 'unchanged: pending already' : `${did('unblocked', 'unblock')} ${changed}`;
  },
});
