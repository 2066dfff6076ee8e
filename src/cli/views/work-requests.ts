/** Work requests in lists and as the result of a change. */
import type { WorkRequestDetails, WorkRequestSummary } from '../../models/work-requests/index.ts';
import type { Column, Tone } from '../../output/columns.ts';

/** The colour of a state: what ended well, what did not, what waits. */
export function stateTone({
  status,
  result,
}: Pick<WorkRequestSummary, 'status' | 'result'>): Tone | undefined {
  if (status === 'aborted' || result === 'failure' || result === 'error') return 'bad';
  if (status === 'blocked') return 'warning';
  return result === 'success' ? 'good' : undefined;
}

const resultTone = ({ result }: Pick<WorkRequestSummary, 'result'>): Tone | undefined =>
  result === '' ? undefined : result === 'success' ? 'good' : 'bad';

/** How far it is and how it ended, in every list of work requests. */
export const stateColumns: readonly Column<Pick<WorkRequestSummary, 'status' | 'result'>>[] = [
  {
    key: 'status',
    label: 'Status',
    type: 'text',
    description: 'pending, running, completed, aborted or blocked',
    tone: stateTone,
  },
  {
    key: 'result',
    label: 'Result',
    type: 'text',
    description: 'success, failure or error; empty until it ends',
    tone: resultTone,
  },
];

/** The keys of cli.md 8.10 (list-work-requests). */
export const workRequestColumns: readonly Column<WorkRequestSummary>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the work request' },
  {
    key: 'task_type',
    label: 'Type',
    type: 'text',
    description: 'Worker, Server, Internal or Workflow',
    hidden: true,
  },
  { key: 'task_name', label: 'Task', type: 'text', description: 'name of the task', shrink: 5 },
  { key: 'workspace', label: 'Workspace', type: 'text', description: 'where it belongs', leaveOut: 1 },
  { key: 'worker', label: 'Worker', type: 'text', nullable: true, description: 'who got it' },
  { key: 'created_by', label: 'Created by', type: 'text', description: 'user name', hidden: true },
  {
    key: 'created_at',
    label: 'Created',
    type: 'instant',
    description: 'when it was made',
    shrink: 1,
    leaveOut: 2,
  },
  {
    key: 'started_at',
    label: 'Started',
    type: 'instant',
    nullable: true,
    description: 'when its work began',
    shrink: 3,
    leaveOut: 4,
  },
  {
    key: 'completed_at',
    label: 'Completed',
    type: 'instant',
    nullable: true,
    description: 'when it ended or was aborted',
    shrink: 2,
    leaveOut: 3,
  },
  {
    key: 'duration_seconds',
    label: 'Duration',
    type: 'seconds',
    nullable: true,
    description: 'from start to end; null unless it has both',
    hidden: true,
    alsoCalled: 'duration',
  },
  ...stateColumns,
  {
    key: 'priority_base',
    label: 'Base priority',
    type: 'integer',
    description: 'set by its workflow',
    hidden: true,
  },
  {
    key: 'priority_adjustment',
    label: 'Priority adjustment',
    type: 'integer',
    description: 'set by administrators',
    hidden: true,
  },
  {
    key: 'priority_effective',
    label: 'Priority',
    type: 'integer',
    description: 'base and adjustment together; higher goes first',
    alsoCalled: 'priority',
  },
  {
    key: 'parent',
    label: 'Parent',
    type: 'integer',
    nullable: true,
    description: 'the workflow that contains it',
    hidden: true,
  },
  {
    key: 'unblock_strategy',
    label: 'Unblocked by',
    type: 'text',
    description: 'deps: when what it waits for is completed; manual: by hand',
    hidden: true,
  },
  {
    key: 'internal_collection',
    label: 'Internal collection',
    type: 'integer',
    nullable: true,
    description: 'the collection a root workflow has for itself',
    hidden: true,
  },
];

const detail: readonly Column<WorkRequestDetails>[] = [
  {
    key: 'task_data',
    label: 'Task data',
    type: 'json',
    description: 'parameters of the task',
  },
  {
    key: 'event_reactions',
    label: 'Event reactions',
    type: 'json',
    description: 'what happens when it ends well, and when it does not',
  },
  {
    key: 'workflow_data',
    label: 'Workflow data',
    type: 'json',
    description: 'how its workflow calls it, and the step it belongs to',
  },
  { key: 'dependencies', label: 'Depends on', type: 'list', description: 'what it waits for' },
  { key: 'reverse_dependencies', label: 'Needed by', type: 'list', description: 'what waits for it' },
  { key: 'children', label: 'Children', type: 'list', description: 'what is directly inside of it' },
  { key: 'artifacts', label: 'Artifacts', type: 'list', description: 'what it made' },
];

const root: Column<WorkRequestDetails> = {
  key: 'workflow_root',
  label: 'Workflow',
  type: 'integer',
  nullable: true,
  description: 'the top of its workflow; null outside of workflows',
};

/** The keys of cli.md 8.10 (show-work-request); everything is for people too. */
export const workRequestDetailColumns: readonly Column<WorkRequestDetails>[] = [
  ...workRequestColumns.flatMap((column) =>
    column.key === 'parent' ? [{ ...column, hidden: false }, root] : [{ ...column, hidden: false }],
  ),
  ...detail,
];
