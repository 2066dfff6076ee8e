import { argument, defineCommand, flag, several } from '../../command.ts';
import { confirm, confirmOptions } from '../../confirm.ts';
import { idOf } from '../../values/integer.ts';
import { changedOnes, managed, managedColumns } from '../../views/managed-work-requests.ts';
import { workRequestColumns } from '../../views/work-requests.ts';

export default defineCommand({
  group: 'Work requests',
  summary: 'Give work requests up',
  description:
    'Gives work requests up, and what waits for them: all or none. A program that runs on a worker is not stopped; its ' +
    'result will be refused. Asks first when there are several, or when one of them is a workflow.',
  arguments: { ids: several(argument('N', 'number of a work request', idOf<'WorkRequest'>())) },
  options: {
    recursive: flag('--recursive', 'also what is inside of them, at any depth, and what waits for that'),
    ...confirmOptions,
  },
  database: 'write',
  exitCodes: { 3: 'unknown number', 4: 'one of them is completed' },
  examples: [
    { what: 'One of them', command: 'debusine-admin manage-work-request abort 51' },
    {
      what: 'A workflow with everything in it',
      command: 'debusine-admin manage-work-request abort 40 --recursive --yes',
    },
  ],
  related: ['show-work-request', 'list-work-requests', 'show-workflow'],
  async look({ db }, { ids }) {
    const workRequests = await import('../../../models/work-requests/index.ts');
    const seen = await workRequests.getSummaries(db, ids);
    workRequests.refuseCompleted(seen);
    return seen.filter(({ status }) => status !== 'aborted');
  },
  async ask(context, input, rows) {
    const [only] = rows;
    if (only === undefined || (rows.length === 1 && only.task_type !== 'Workflow')) return;
    const what = rows.length > 1 ? `${rows.length} work requests` : `workflow ${only.id} (${only.task_name})`;
    const more = input.recursive ? ' with everything inside' : '';
    await confirm(context, input, {
      text: `Abort ${what}${more}?`,
      refusal: `abort ${what}${more}`,
      rows,
      columns: workRequestColumns,
    });
  },
  async run({ db, now }, { ids, recursive }) {
    const workRequests = await import('../../../models/work-requests/index.ts');
    return managed(await workRequests.abort(db, ids, { recursive }, now));
  },
}).shownAs({
  kind: 'changes',
  columns: managedColumns,
  note(requests, did) {
    const changed = changedOnes(requests);
    if (changed === undefined) return 'unchanged: aborted already';
    const also = requests.flatMap(({ also_changed: ids }) => ids);
    const more = also.length === 0 ? '' : `, and with it ${also.join(', ')}`;
    return `${did('aborted', 'abort')} ${changed}${more}; programs that run on workers are not stopped`;
  },
});
