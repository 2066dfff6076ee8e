import { argument, defineCommand, flag } from '../command.ts';
import { idOf } from '../values/integer.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Create the children that a workflow lacks',
  description:
    'Does what the server does when it carries a workflow out: checks its data, and creates the work requests that ' +
    'are missing inside of it. They are blocked until the workflow runs. Doing it again creates nothing.',
  arguments: { id: argument('ID', 'number of the workflow', idOf<'WorkRequest'>()) },
  options: {
    start: flag('--start', 'mark the workflow as running, and let go what waits for nothing inside of it'),
    dryRun: flag('--dry-run', 'check everything, show what would be created, and change nothing'),
  },
  database: 'write',
  exitCodes: {
    3: 'no such work request, it is no workflow, or its data cannot be used',
    4: 'the workflow is completed or aborted, or it is blocked and cannot be started',
  },
  examples: [
    { what: 'What would be built', command: 'debusine-admin orchestrate-workflow 12 --dry-run --json' },
    { what: 'Create the builds and let them go', command: 'debusine-admin orchestrate-workflow 12 --start' },
  ],
  related: ['create-workflow', 'show-workflow', 'manage-work-request'],
  async run({ db, now }, { id, start, dryRun }) {
    const [{ orchestrate }, { workflowDisplayName }] = await Promise.all([
      import('../../models/orchestrators/index.ts'),
      import('../../models/work-requests/properties.ts'),
    ]);
    const { workflow, created, started, unblocked } = await orchestrate(db, id, { start }, now);
    return {
      id,
      task_name: workflow.taskName,
      status: workflow.status,
      changed: created.length + unblocked.length > 0 || started,
      started,
      created: created.map((child) => ({
        // The numbers of a dry run are given back with everything else.
        id: dryRun ? null : child.id,
        display_name: workflowDisplayName(child),
        task_type: child.taskType,
        task_name: child.taskName,
        status: child.status,
        priority_base: child.priorityBase,
        task_data: child.taskData,
      })),
      unblocked: unblocked.filter((child) => !dryRun || created.every((one) => one.id !== child)),
      dry_run: dryRun,
    };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the workflow' },
    { key: 'task_name', label: 'Workflow', type: 'text', description: 'orchestrator' },
    { key: 'status', label: 'Status', type: 'text', description: 'of the workflow, afterwards' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    { key: 'started', label: 'Started', type: 'boolean', description: 'whether it was made to run now' },
    {
      key: 'created',
      label: 'Created',
      type: 'json',
      description: 'the children that were missing; their numbers are null in a dry run',
    },
    {
      key: 'unblocked',
      label: 'Unblocked',
      type: 'json',
      description: 'numbers of the children that were let go',
    },
    { key: 'dry_run', label: 'Dry run', type: 'boolean', description: 'whether nothing was changed' },
  ],
  data: ({ created, dry_run: isDryRun }) =>
    created.length === 0
      ? undefined
      : created.map((child) => (isDryRun ? child.display_name : String(child.id))).join('\n'),
  note: ({ id, task_name: task, created, unblocked, started, dry_run: isDryRun }) => {
    const count = `${created.length} ${created.length === 1 ? 'child' : 'children'}`;
    const what = `of workflow ${id} (${task})`;
    if (isDryRun) return `${count} ${what} would be created; nothing was changed`;
    const done = created.length === 0 ? `no child ${what} is missing` : `created ${count} ${what}`;
    return `${done}${started ? ', which runs now' : ''}${unblocked.length === 0 ? '' : `; ${unblocked.length} let go`}`;
  },
});
