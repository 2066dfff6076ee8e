import { quote } from '../../data/quote.ts';
import type { TaskType } from '../../models/work-requests/index.ts';
import { argument, defineCommand, document, flag, option, shown } from '../command.ts';
import { createdByOption, requireCreator } from '../created-by.ts';
import { dataOptions, readData } from '../data-options.ts';
import { namingTaskData } from '../task-data.ts';
import { integerIn } from '../values/integer.ts';
import { parseYamlMapping } from '../values/yaml.ts';
import { parseRequestType } from '../values/request-type.ts';
import { workRequestDetailColumns } from '../views/work-requests.ts';
import { workspaceFor, workspaceOption } from '../workspace-option.ts';

const nouns = { Worker: 'worker task', Server: 'server task' } as const satisfies Partial<
  Record<TaskType, string>
>;

export default defineCommand({
  group: 'Work requests',
  summary: 'Ask for a task to be run',
  description:
    'Asks for a task to be run and prints the number of the work request. The scheduler of a running server picks it ' +
    'up; this command only stores it.',
  arguments: {
    type: argument('TYPE', 'worker or server', parseRequestType, { completes: ['worker', 'server'] }),
    task: argument('TASK', 'name of the task, for example sbuild'),
  },
  options: {
    workspace: workspaceOption,
    ...dataOptions,
    eventReactions: option('--event-reactions <FILE>', 'YAML mapping with on_success and on_failure', {
      completes: 'file',
    }),
    createdBy: createdByOption,
    priority: option(
      '--priority <N>',
      'adjustment of its priority; higher goes first',
      integerIn({ least: -1_000_000, most: 1_000_000 }),
      { default: '0' },
    ),
    blocked: flag('--blocked', 'it waits until somebody unblocks it'),
    dryRun: flag('--dry-run', 'check everything, print the data, and change nothing'),
  },
  database: 'write',
  exitCodes: {
    2: 'nobody to record as creator, or a type that is not offered',
    3: 'unknown task, workspace, user or notification channel, or data refused',
  },
  examples: [
    {
      what: 'A task of a worker, with its data from a file',
      command: 'debusine-admin create-work-request worker noop --created-by alice --data noop.yaml',
    },
    {
      what: 'Checked only',
      command: 'debusine-admin create-work-request worker noop --created-by alice --dry-run',
    },
  ],
  related: ['list-work-requests', 'show-work-request', 'manage-work-request', 'create-workflow'],
  async run(context, input) {
    const { db, now } = context;
    const taskData = await readData(context, input);
    const file = input.eventReactions;
    const eventReactions =
      file === undefined
        ? undefined
        : await parseYamlMapping(await context.readText(file), file === '-' ? 'standard input' : file);
    const workRequests = await import('../../models/work-requests/index.ts');
    const workspace = await workspaceFor(context, input.workspace);
    const creator = await requireCreator(context, input.createdBy);
    const created = await namingTaskData(`${nouns[input.type]} ${quote(input.task)}`, () =>
      workRequests.createChecked(
        db,
        {
          taskType: input.type,
          taskName: input.task,
          taskData,
          workspaceId: workspace.id,
          createdById: creator.id,
          priorityAdjustment: input.priority ?? 0,
          eventReactions,
          blocked: input.blocked,
        },
        now,
      ),
    );
    return { was_created: true, changed: true, ...(await workRequests.show(db, created.id)) };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'always true' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'always true' },
    ...workRequestDetailColumns,
  ],
  data: ({ id }) => String(id),
  dryRun: ({ task_data: data }) => shown(document, data),
  yaml: ({ id }) => ({ work_request_id: id }),
  note: ({ id, task_type: type, task_name: task, workspace, status }, did) =>
    `${did(`created work request ${id}`, `create a work request`)} (${type.toLowerCase()}/${task}) in ${workspace}${status === 'blocked' ? ', blocked' : ''}`,
});
