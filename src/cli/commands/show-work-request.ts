import { UsageError } from '../../errors.ts';
import type { WorkRequestDetails } from '../../models/work-requests/index.ts';
import { argument, defineCommand, document, flag, option, type Output, shown } from '../command.ts';
import { idOf, integerIn } from '../values/integer.ts';
import { workRequestDetailColumns } from '../views/work-requests.ts';
import { treeFormats, treeOutput } from '../views/workflow-tree.ts';

const detailsOutput: Output<WorkRequestDetails> = { kind: 'details', columns: workRequestDetailColumns };

export default defineCommand({
  group: 'Work requests',
  summary: 'Show everything about one work request',
  description:
    'Shows everything about one work request: what is asked for, by whom, who does it, what it waits for, what waits ' +
    'for it, and what it made.',
  arguments: { id: argument('N', 'number of the work request', idOf<'WorkRequest'>()) },
  options: {
    data: flag('--data', 'only the parameters of its task'),
    eventReactions: flag('--event-reactions', 'only what happens when it ends'),
    tree: flag('--tree', 'what is inside of it, as show-workflow does; also as a picture'),
    depth: option('--depth <N>', 'with --tree: levels below it (default: all)', integerIn({ least: 0 })),
  },
  exclusive: [['data', 'eventReactions', 'tree']],
  formats: treeFormats,
  database: 'read',
  exitCodes: { 3: 'unknown number' },
  examples: [
    { what: 'All of it', command: 'debusine-admin show-work-request 51' },
    {
      what: 'Its parameters, to ask for the same again',
      command: 'debusine-admin show-work-request 51 --data',
    },
  ],
  related: ['list-work-requests', 'manage-work-request', 'show-workflow'],
  async run({ db, output }, { id, data, eventReactions, tree, depth }) {
    if (!tree && depth !== undefined) throw new UsageError('--depth needs --tree');
    if (!tree && output.picture !== undefined)
      throw new UsageError(`--format ${output.picture} needs --tree`);
    const workRequests = await import('../../models/work-requests/index.ts');
    if (tree) return shown(treeOutput, { db, tree: await workRequests.treeBelow(db, id, { depth }) });
    const details = await workRequests.show(db, id);
    if (data) return shown(document, details.task_data);
    return eventReactions ? shown(document, details.event_reactions) : shown(detailsOutput, details);
  },
}).shownAs({ kind: 'choice', columns: [], outputs: [detailsOutput, document, treeOutput] });
