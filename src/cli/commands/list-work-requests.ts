import type { TaskType } from '../../models/work-requests/index.ts';
import { defineCommand, option, options } from '../command.ts';
import { idOf, orNone } from '../values/integer.ts';
import { oneOf } from '../values/one-of.ts';
import { workRequestColumns } from '../views/work-requests.ts';
import { workRequestFilter, workRequestFilterOptions } from '../work-request-filters.ts';

const types = {
  worker: 'Worker',
  server: 'Server',
  internal: 'Internal',
  workflow: 'Workflow',
} as const satisfies Record<string, TaskType>;

export default defineCommand({
  group: 'Work requests',
  summary: 'Find work requests',
  description:
    'Finds work requests, the newest first. Streams: with --jsonl a list of any length needs little memory.',
  options: {
    ...workRequestFilterOptions,
    type: options('--type <TYPE>', 'worker, server, internal or workflow', oneOf<TaskType>(types), {
      completes: Object.keys(types),
    }),
    parent: option(
      '--parent <N>',
      'directly in the workflow with this number; none: in no workflow',
      orNone(idOf<'WorkRequest'>()),
    ),
  },
  database: 'read',
  exitCodes: { 3: 'a filter names an unknown worker, workspace, user or work request' },
  examples: [
    {
      what: 'What failed since yesterday',
      command:
        'debusine-admin list-work-requests --result failure --result error --created-after -1d --limit 0',
    },
    {
      what: 'What takes longest, for a script',
      command:
        'debusine-admin list-work-requests --order -duration --limit 10 --jsonl --columns id,task_name,duration_seconds',
    },
    { what: 'How much waits', command: 'debusine-admin list-work-requests --status pending --count' },
  ],
  related: ['show-work-request', 'manage-work-request', 'list-workflows'],
  async run(context, input) {
    const workRequests = await import('../../models/work-requests/index.ts');
    const filter = await workRequestFilter(context, input, input.parent);
    const taskTypes = input.type.length === 0 ? undefined : input.type;
    return workRequests.list(context.db, { ...filter, taskTypes }, context.page);
  },
}).shownAs({ kind: 'list', things: 'work requests', columns: workRequestColumns });
