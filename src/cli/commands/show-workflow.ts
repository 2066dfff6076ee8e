import { argument, defineCommand, flag, option } from '../command.ts';
import { idOf, integerIn } from '../values/integer.ts';
import { treeFormats, treeOutput } from '../views/workflow-tree.ts';
import { statusOption } from '../work-request-filters.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Show the tree of a workflow',
  description:
    'Shows the tree of a workflow: what is in it, how far it is, who does it, what waits for what. The number of any ' +
    'member will do; it is then marked. A terminal gets a tree, a pipe one line for each request, --format mermaid ' +
    'and dot a picture with arrows from what is needed to what needs it.',
  arguments: { id: argument('N', 'number of the workflow, or of anything in it', idOf<'WorkRequest'>()) },
  options: {
    depth: option('--depth <N>', 'levels below the top (default: all)', integerIn({ least: 0 })),
    status: { ...statusOption, description: `only these and what they are in: ${statusOption.description}` },
    failed: flag('--failed', 'only what failed or was aborted, and what it is in'),
  },
  formats: treeFormats,
  database: 'read',
  exitCodes: { 3: 'unknown number', 4: 'not part of a workflow' },
  examples: [
    { what: 'How far it is', command: 'debusine-admin show-workflow 40' },
    { what: 'What went wrong', command: 'debusine-admin show-workflow 40 --failed' },
    { what: 'As a picture', command: 'debusine-admin show-workflow 40 --format dot | dot -Tsvg > 40.svg' },
  ],
  related: ['list-workflows', 'show-work-request', 'create-workflow'],
  async run({ db }, { id, depth, status, failed }) {
    const { workflowTree } = await import('../../models/work-requests/index.ts');
    const statuses = status.length === 0 ? undefined : status;
    return { db, tree: await workflowTree(db, id, { depth, statuses, failed }) };
  },
}).shownAs(treeOutput);
