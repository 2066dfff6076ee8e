/** Which work requests a list is about; the same words for requests and for workflows. Source: cli.md 8.10, 8.11. */
import type { Result, Status, WorkRequestFilter } from '../models/work-requests/index.ts';
import { type Input, option, options } from './command.ts';
import type { Context } from './context.ts';
import { likePattern } from './values/glob.ts';
import { idListOf, idOf, integerIn, orNone } from './values/integer.ts';
import { oneOf } from './values/one-of.ts';
import { parseTime } from './values/time.ts';

const statuses = {
  pending: 'pending',
  running: 'running',
  completed: 'completed',
  aborted: 'aborted',
  blocked: 'blocked',
} as const satisfies Record<Status, Status>;

const results = {
  success: 'success',
  failure: 'failure',
  error: 'error',
  none: '',
} as const satisfies Record<string, Result>;

/** `--status`, also for the nodes of a tree. */
export const statusOption = options(
  '--status <STATUS>',
  `${Object.keys(statuses).join(', ')}`,
  oneOf<Status>(statuses),
  { completes: Object.keys(statuses) },
);

const int32 = integerIn({ least: -2_147_483_648, most: 2_147_483_647 });

export const workRequestFilterOptions = {
  status: statusOption,
  result: options(
    '--result <RESULT>',
    'success, failure, error, or none while it has not ended',
    oneOf<Result>(results),
    { completes: Object.keys(results) },
  ),
  task: options('--task <NAME>', 'of this task; * stands for anything'),
  workspace: options('--workspace <NAME>', 'in this workspace', { completes: 'workspace' }),
  worker: options(
    '--worker <NAME>',
    'assigned to this worker; none: to no worker',
    orNone((text) => text),
    { completes: 'worker' },
  ),
  workflow: option(
    '--workflow <N>',
    'the workflow with this number, and everything in it',
    idOf<'WorkRequest'>(),
  ),
  createdBy: options('--created-by <USERNAME>', 'asked for by this user', { completes: 'user' }),
  createdAfter: option('--created-after <TIME>', 'made at this time or later', parseTime),
  createdBefore: option('--created-before <TIME>', 'made before this time', parseTime),
  minPriority: option('--min-priority <N>', 'with this effective priority or a higher one', int32),
  ids: options('--ids <N,N,...>', 'with these numbers', idListOf<'WorkRequest'>()),
} as const;

type FilterInput = Input<Record<never, never>, typeof workRequestFilterOptions>;

/**
 * The filter that the options describe.
 * @throws NotFoundError for a workspace, worker, user or work request that does not exist
 */
export async function workRequestFilter(
  { db }: Context,
  input: FilterInput,
  parentId?: NonNullable<WorkRequestFilter['parentId']> | null,
): Promise<WorkRequestFilter> {
  const [workRequests, workspaces, workers, users] = await Promise.all([
    import('../models/work-requests/index.ts'),
    import('../models/workspaces.ts'),
    import('../models/workers.ts'),
    import('../models/users.ts'),
  ]);
  const ids = given(input.ids)?.flat();
  const numbers = [...(ids ?? []), input.workflow, parentId].filter((id) => id !== undefined && id !== null);
  await workRequests.requireExisting(db, numbers);
  const workspaceNames = given(input.workspace);
  const userNames = given(input.createdBy);
  return {
    ids,
    statuses: given(input.status),
    results: given(input.result),
    taskNameLike: given(input.task)?.map(likePattern),
    workspaceIds: workspaceNames && idsOf(await workspaces.getByNames(db, workspaceNames)),
    workerIds: given(input.worker) && (await workerIds()),
    parentId,
    workflowId: input.workflow,
    createdByIds: userNames && idsOf(await users.getByUsernames(db, userNames)),
    createdAfter: input.createdAfter,
    createdBefore: input.createdBefore,
    minPriority: input.minPriority,
  };

  async function workerIds(): Promise<NonNullable<WorkRequestFilter['workerIds']>> {
    const names = input.worker.filter((name) => name !== null);
    const found = idsOf(await workers.getByNames(db, names));
    return names.length < input.worker.length ? [...found, null] : found;
  }
}

/** The values of an option that was given; undefined for one that was not. */
function given<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

function idsOf<T>(rows: readonly { readonly id: T }[]): readonly T[] {
  return rows.map(({ id }) => id);
}
