import { UsageError } from '../../errors.ts';
import type { WorkflowTemplateSummary } from '../../models/workflow-templates.ts';
import { argument, defineCommand, document, flag, option, optional, type Output, shown } from '../command.ts';
import { idOf } from '../values/integer.ts';
import { templateDetailColumns, templateRecord } from '../views/workflow-templates.ts';
import { workspaceFor, workspaceOption } from '../workspace-option.ts';

const details: Output<WorkflowTemplateSummary> = { kind: 'details', columns: templateDetailColumns };

export default defineCommand({
  group: 'Workflows',
  summary: 'Show one workflow template in full',
  description: 'Shows one workflow template in full; found by its name in a workspace, or by its number.',
  arguments: {
    name: optional(argument('NAME', 'name of the template', { completes: 'workflow-template' })),
  },
  options: {
    workspace: workspaceOption,
    id: option('--id <N>', 'its number, instead of its name', idOf<'WorkflowTemplate'>()),
    data: flag('--data', 'only the parameters it fixes'),
  },
  exclusive: [['workspace', 'id']],
  database: 'read',
  exitCodes: { 3: 'unknown template or workspace' },
  examples: [
    { what: 'All of it', command: 'debusine-admin show-workflow-template build-all' },
    {
      what: 'Its parameters, to edit them',
      command: 'debusine-admin show-workflow-template build-all --data',
    },
  ],
  related: ['list-workflow-templates', 'manage-workflow-template', 'create-workflow'],
  async run(context, input) {
    const { db } = context;
    const { name, id } = input;
    if ((name === undefined) === (id === undefined)) {
      throw new UsageError(
        name === undefined ? 'show-workflow-template needs NAME or --id' : 'NAME and --id exclude each other',
        { hint: 'debusine-admin show-workflow-template --help' },
      );
    }
    const templates = await import('../../models/workflow-templates.ts');
    const template =
      name === undefined
        ? await templates.get(db, id as NonNullable<typeof id>)
        : await templates.getByName(db, await workspaceFor(context, input.workspace), name);
    const record = templateRecord(template, (await templates.workspace(db, template)).name);
    return input.data ? shown(document, record.task_data) : shown(details, record);
  },
}).shownAs({ kind: 'choice', columns: [], outputs: [details, document] });
