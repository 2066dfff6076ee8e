import { argument, defineCommand, several } from '../../command.ts';
import { dryRunOption } from '../../confirm.ts';
import { idOf } from '../../values/integer.ts';
import { changedOnes, managed, managedColumns } from '../../views/managed-work-requests.ts';

export default defineCommand({
  group: 'Work requests',
  summary: 'Take work requests back from their workers',
  description:
    'Takes work requests back from their workers: pending again, as if never started. All or none. The worker is not ' +
    'told; the result of what it does meanwhile will be refused.',
  arguments: { ids: several(argument('N', 'number of a work request', idOf<'WorkRequest'>())) },
  options: dryRunOption,
  database: 'write',
  exitCodes: { 3: 'unknown number', 4: 'one of them is neither pending nor running' },
  examples: [{ what: 'A worker hangs', command: 'debusine-admin manage-work-request unassign 51' }],
  related: ['show-work-request', 'list-work-requests', 'list-workers'],
  async run({ db }, { ids }) {
    const workRequests = await import('../../../models/work-requests/index.ts');
    return managed(await workRequests.unassign(db, ids));
  },
}).shownAs({
  kind: 'changes',
  columns: managedColumns,
  note(requests, did) {
    const changed = changedOnes(requests);
    return changed === undefined
      ? 'unchanged: assigned to no worker'
      : `${did('took', 'take')} ${changed} back; pending again`;
  },
});
