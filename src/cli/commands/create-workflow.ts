import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import { argument, defineCommand, document, flag, option, shown } from '../command.ts';
import { createdByOption, requireCreator } from '../created-by.ts';
import { dataOptions, readData } from '../data-options.ts';
import { namingTaskData } from '../task-data.ts';
import { parseDuration } from '../values/duration.ts';
import { waitForWorkflow } from '../wait-for-workflow.ts';
import { workspaceFor, workspaceOption } from '../workspace-option.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Start a workflow from a template',
  description:
    'Starts a workflow from a template and prints its number. What the template fixes cannot be overridden. A ' +
    'running server carries the workflow out; this command only creates it.',
  arguments: {
    template: argument('TEMPLATE', 'name of a template in the workspace', { completes: 'workflow-template' }),
  },
  options: {
    workspace: workspaceOption,
    ...dataOptions,
    createdBy: createdByOption,
    ifNotRunning: flag(
      '--if-not-running',
      'start nothing while an equal one is unfinished; print its number',
    ),
    wait: flag('--wait', 'print the number, then wait until the workflow ends'),
    timeout: option('--timeout <DURATION>', 'with --wait: how long at most (10m)', parseDuration),
    dryRun: flag('--dry-run', 'check, and print the resulting data'),
  },
  database: 'write',
  exitCodes: {
    1: 'with --wait: it ended with failure or error',
    2: 'nobody to record as creator',
    3: 'unknown template, workspace or user, or data refused',
    4: 'with --wait: it was aborted',
    6: 'with --wait: it did not end in time',
  },
  examples: [
    {
      what: 'Data from a file',
      command: 'debusine-admin create-workflow build-all --created-by alice --data data.yaml',
    },
    {
      what: 'Single values',
      command:
        "debusine-admin create-workflow build-all --created-by alice --set 'architectures=[amd64, arm64]'",
    },
  ],
  related: ['show-workflow', 'list-workflow-templates', 'create-workflow-template'],
  async run(context, input) {
    if (input.timeout !== undefined && !input.wait) throw new UsageError('--timeout needs --wait');
    const { db, now, warn } = context;
    const data = await readData(context, input);
    const [templates, workflows] = await Promise.all([
      import('../../models/workflow-templates.ts'),
      import('../../models/work-requests/workflows.ts'),
    ]);
    const workspace = await workspaceFor(context, input.workspace);
    const creator = await requireCreator(context, input.createdBy);
    const template = await templates.getByName(db, workspace, input.template);
    const given = { template, data, createdById: creator.id };
    const { workflow, internalCollection, ignoredKeys, wasCreated } = await namingTaskData(
      `workflow ${quote(template.taskName)}`,
      async () =>
        input.ifNotRunning
          ? workflows.createUnlessRunning(db, given, now)
          : { ...(await workflows.createWorkflow(db, given, now)), wasCreated: true },
    );
    for (const key of ignoredKeys) await warn(`"${key}" is fixed by the template and was ignored`);
    return {
      was_created: wasCreated,
      id: workflow.id,
      template: template.name,
      task_name: workflow.taskName,
      workspace: workspace.name,
      status: workflow.status,
      task_data: workflow.taskData,
      created_by: creator.username,
      created_at: workflow.createdAt,
      priority_base: workflow.priorityBase,
      internal_collection:
        internalCollection === null ? null : { id: internalCollection.id, name: internalCollection.name },
      ignored_keys: ignoredKeys,
    };
  },
  async after(context, { wait, timeout }, { id }) {
    if (wait) await waitForWorkflow(context, id, timeout);
  },
}).shownAs({
  kind: 'change',
  columns: [
    {
      key: 'was_created',
      label: 'Created',
      type: 'boolean',
      description: 'false when an equal one was unfinished',
    },
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the work request' },
    { key: 'template', label: 'Template', type: 'text', description: 'name of the template' },
    { key: 'task_name', label: 'Workflow', type: 'text', description: 'orchestrator' },
    { key: 'workspace', label: 'Workspace', type: 'text', description: 'name of the workspace' },
    { key: 'status', label: 'Status', type: 'text', description: 'pending when it was created now' },
    {
      key: 'task_data',
      label: 'Data',
      type: 'json',
      description: 'parameters after merging with the template',
    },
    { key: 'created_by', label: 'Created by', type: 'text', description: 'user name' },
    { key: 'created_at', label: 'Created at', type: 'instant', description: 'when it was created' },
    {
      key: 'priority_base',
      label: 'Priority',
      type: 'integer',
      description: 'base priority, from the template',
    },
    {
      key: 'internal_collection',
      label: 'Internal collection',
      type: 'json',
      nullable: true,
      description: 'number and name of the collection that belongs to the workflow',
    },
    {
      key: 'ignored_keys',
      label: 'Ignored keys',
      type: 'list',
      description: 'keys that the template fixes',
    },
  ],
  data: ({ id }) => String(id),
  dryRun: ({ task_data: data }) => shown(document, data),
  note(workflow, did) {
    const { id, task_name: task, template, workspace, was_created: wasCreated } = workflow;
    const what = `(${task}, template "${template}") in ${workspace}`;
    return wasCreated
      ? `${did(`created workflow ${id}`, 'create a workflow')} ${what}`
      : `workflow ${id} ${what} is unfinished; nothing was created`;
  },
});
