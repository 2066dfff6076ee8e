import { yamlDocument } from '../../output/yaml.ts';
import { ownStyle } from '../../output/yaml-scalars.ts';
import { argument, defineCommand, flag } from '../command.ts';
import { createdByOption, requireCreator } from '../created-by.ts';
import { dataOptions, readData } from '../data-options.ts';
import { workspaceFor, workspaceOption } from '../workspace-option.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Start a workflow from a template',
  description:
    'Starts a workflow from a template and prints its number. What the template fixes cannot be overridden. A ' +
    'running server carries the workflow out; this command only creates it.',
  arguments: {
    template: argument('TEMPLATE', 'name of a template in the workspace', {
      completes: 'workflow-template',
    }),
  },
  options: {
    workspace: workspaceOption,
    ...dataOptions,
    createdBy: createdByOption,
    ifNotRunning: flag(
      '--if-not-running',
      'start nothing while an equal one is unfinished; print its number',
    ),
    dryRun: flag('--dry-run', 'check, and print the resulting data'),
  },
  database: 'write',
  exitCodes: {
    2: 'nobody to record as creator',
    3: 'unknown template, workspace or user, or data refused',
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
  related: ['create-workflow-template'],
  async run(context, input) {
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
    const { workflow, internalCollection, ignoredKeys, wasCreated } = input.ifNotRunning
      ? await workflows.createUnlessRunning(db, given, now)
      : { ...(await workflows.createWorkflow(db, given, now)), wasCreated: true };
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
      dry_run: input.dryRun,
    };
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
  data: (workflow) =>
    workflow.dry_run ? yamlDocument(workflow.task_data, ownStyle).trimEnd() : String(workflow.id),
  note: (workflow) => {
    const { id, task_name: task, template, workspace, was_created: wasCreated } = workflow;
    if (workflow.dry_run) return 'the data is accepted; nothing was created';
    const what = `workflow ${id} (${task}, template "${template}") in ${workspace}`;
    return wasCreated ? `created ${what}` : `${what} is unfinished; nothing was created`;
  },
});
