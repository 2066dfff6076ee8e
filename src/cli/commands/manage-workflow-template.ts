import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import { argument, defineCommand, option } from '../command.ts';
import { dryRunOption } from '../confirm.ts';
import { editOptions, readEdit } from '../data-options.ts';
import { namingTaskData } from '../task-data.ts';
import { integerIn } from '../values/integer.ts';
import { templateDetailColumns, templateRecord } from '../views/workflow-templates.ts';
import { workspaceFor, workspaceOption } from '../workspace-option.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Change a workflow template',
  description:
    'Changes a workflow template: its name, the parameters it fixes, the priority of its workflows. Workflows that ' +
    'were made from it keep what they have.',
  arguments: { name: argument('NAME', 'name of the template', { completes: 'workflow-template' }) },
  options: {
    workspace: workspaceOption,
    rename: option('--rename <NEW>', 'the new name'),
    ...editOptions,
    priority: option(
      '--priority <N>',
      'base priority of its workflows',
      integerIn({ least: -2_147_483_648, most: 2_147_483_647 }),
    ),
    ...dryRunOption,
  },
  database: 'write',
  exitCodes: {
    2: 'nothing to change',
    3: 'unknown template or workspace, or data refused',
    4: 'the new name is taken',
  },
  examples: [
    {
      what: 'One more architecture',
      command:
        "debusine-admin manage-workflow-template build-all --set 'architectures=[amd64, arm64, riscv64]'",
    },
    { what: 'Another name', command: 'debusine-admin manage-workflow-template build-all --rename build' },
  ],
  related: ['show-workflow-template', 'list-workflow-templates', 'delete-workflow-template'],
  async run(context, input) {
    const { db } = context;
    const taskData = await readEdit(context, input);
    const { rename: name, priority } = input;
    if (taskData === undefined && name === undefined && priority === undefined) {
      throw new UsageError('nothing to change', { hint: '--rename, --data, --set, --unset or --priority' });
    }
    const templates = await import('../../models/workflow-templates.ts');
    const workspace = await workspaceFor(context, input.workspace);
    const { id, taskName } = await templates.getByName(db, workspace, input.name);
    const { template, changed } = await namingTaskData(`workflow ${quote(taskName)}`, () =>
      templates.update(db, id, { name, taskData, priority }),
    );
    return { ...templateRecord(template, workspace.name), changed };
  },
}).shownAs({
  kind: 'change',
  columns: [
    ...templateDetailColumns,
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
  ],
  note: ({ name, workspace, changed }, did) =>
    `${changed ? did('changed', 'change') : 'unchanged:'} workflow template "${name}" in ${workspace}`,
});
