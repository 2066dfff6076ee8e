import { UsageError } from '../../errors.ts';
import { defineCommand, flag, option } from '../command.ts';
import { stateColumns } from '../views/work-requests.ts';
import { workRequestFilter, workRequestFilterOptions } from '../work-request-filters.ts';
import { workspaceFor } from '../workspace-option.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Show which workflows run, and how far they are',
  description:
    'Shows workflows, the newest first, and how far each is: everything in it, at any depth, is counted.',
  options: {
    likeTemplate: option(
      '--like-template <NAME>',
      'with the task, the workspace and the fixed data of this template: what may have been made from it',
      { completes: 'workflow-template' },
    ),
    running: flag('--running', 'neither completed nor aborted'),
    failed: flag('--failed', 'completed with failure or error, or aborted'),
    ...workRequestFilterOptions,
  },
  exclusive: [['running', 'failed']],
  database: 'read',
  exitCodes: { 3: 'a filter names an unknown template, workspace, user, worker or work request' },
  examples: [
    { what: 'What runs', command: 'debusine-admin list-workflows --running' },
    {
      what: 'What went wrong this week',
      command: 'debusine-admin list-workflows --failed --created-after -7d --limit 0',
    },
  ],
  related: ['show-workflow', 'create-workflow', 'list-work-requests'],
  async run(context, input) {
    const { db, page } = context;
    const filter = await workRequestFilter(context, input);
    const { listWorkflows } = await import('../../models/work-requests/index.ts');
    const { running, failed } = input;
    return listWorkflows(db, { ...filter, running, failed, likeTemplate: await likeTemplate() }, page);

    async function likeTemplate() {
      if (input.likeTemplate === undefined) return undefined;
      const [name, ...more] = input.workspace;
      if (more.length > 0) throw new UsageError('--like-template needs one --workspace at most');
      const templates = await import('../../models/workflow-templates.ts');
      return templates.getByName(db, await workspaceFor(context, name), input.likeTemplate);
    }
  },
}).shownAs({
  kind: 'list',
  things: 'workflows',
  columns: [
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the work request' },
    { key: 'task_name', label: 'Workflow', type: 'text', description: 'orchestrator', shrink: 2 },
    { key: 'workspace', label: 'Workspace', type: 'text', description: 'where it belongs', leaveOut: 1 },
    { key: 'created_by', label: 'Created by', type: 'text', description: 'user name', hidden: true },
    { key: 'created_at', label: 'Created', type: 'instant', description: 'when it was made', shrink: 1 },
    {
      key: 'completed_at',
      label: 'Completed',
      type: 'instant',
      nullable: true,
      description: 'when it ended or was aborted',
      hidden: true,
    },
    ...stateColumns,
    {
      key: 'progress',
      label: 'Progress',
      type: 'json',
      description: 'counts of what is in it: total, completed, running, pending, blocked, aborted, failed',
      show: ({ progress: { completed, total } }) => `${completed}/${total}`,
    },
    {
      key: 'blocked',
      label: 'Blocked',
      type: 'integer',
      description: 'how many of them wait for others',
      peopleOnly: true,
      tone: ({ blocked }) => (blocked > 0 ? 'warning' : 'dim'),
    },
    {
      key: 'failed',
      label: 'Failed',
      type: 'integer',
      description: 'how many of them ended with failure or error',
      peopleOnly: true,
      tone: ({ failed }) => (failed > 0 ? 'bad' : 'dim'),
    },
  ],
});
