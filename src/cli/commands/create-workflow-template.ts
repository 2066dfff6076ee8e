import { argument, defineCommand, flag, option } from '../command.ts';
import { dataOptions, givesData, readData } from '../data-options.ts';
import { quote } from '../../data/quote.ts';
import { namingTaskData } from '../task-data.ts';
import { integerIn } from '../values/integer.ts';
import { existingOptions, whenExisting } from '../when-existing.ts';
import { workspaceFor, workspaceOption } from '../workspace-option.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Offer a workflow with fixed parameters',
  description: 'Offers a workflow with fixed parameters, from which create-workflow makes workflows.',
  arguments: {
    name: argument('NAME', 'unique in its workspace'),
    task: argument('TASK', 'orchestrator', { completes: ['noop', 'sbuild', 'update_environments'] }),
  },
  options: {
    workspace: workspaceOption,
    ...dataOptions,
    priority: option(
      '--priority <N>',
      'base priority of its workflows',
      integerIn({ least: -2_147_483_648, most: 2_147_483_647 }),
      { default: '0' },
    ),
    ...existingOptions,
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  database: 'write',
  exitCodes: {
    3: 'unknown orchestrator or workspace, or data refused',
    4: 'the name is taken in the workspace',
  },
  examples: [
    {
      what: 'Builds for two architectures',
      command:
        "debusine-admin create-workflow-template build-all sbuild --set 'architectures=[amd64, arm64]'",
    },
  ],
  related: ['list-workflow-templates', 'manage-workflow-template', 'create-workflow'],
  async run(context, input) {
    const { db } = context;
    const data = await readData(context, input);
    const templates = await import('../../models/workflow-templates.ts');
    const workspace = await workspaceFor(context, input.workspace);
    const { template, wasCreated, changed } = await namingTaskData(`workflow ${quote(input.task)}`, () =>
      templates.create(
        db,
        workspace,
        {
          name: input.name,
          taskName: input.task,
          taskData: givesData(input) ? data : undefined,
          priority: input.priority,
        },
        whenExisting(input),
      ),
    );
    return {
      was_created: wasCreated,
      changed,
      id: template.id,
      name: template.name,
      task_name: template.taskName,
      workspace: workspace.name,
      task_data: template.taskData,
      priority: template.priority,
    };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'whether it was made now' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the template' },
    { key: 'name', label: 'Name', type: 'text', description: 'name, unique in the workspace' },
    { key: 'task_name', label: 'Workflow', type: 'text', description: 'orchestrator' },
    { key: 'workspace', label: 'Workspace', type: 'text', description: 'name of the workspace' },
    { key: 'task_data', label: 'Data', type: 'json', description: 'parameters that users cannot override' },
    { key: 'priority', label: 'Priority', type: 'integer', description: 'base priority of its workflows' },
  ],
  note: ({ name, task_name: task, workspace, was_created: wasCreated, changed }, did) =>
    `${wasCreated ? did('created', 'create') : changed ? did('changed', 'change') : 'unchanged:'} workflow template "${name}" (${task}) in ${workspace}`,
});
