import type {
  CurrentWorkRequest,
  SwitchedWorker,
  WorkerDetails,
  WorkerSummary,
} from '../../models/workers.ts';
import type { Column } from '../../output/columns.ts';
import { objectOf, values } from '../../output/json-schema.ts';

/** A worker in lists and as the result of a change. */
export const workerColumns: readonly Column<WorkerSummary>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the worker', hidden: true },
  { key: 'name', label: 'Name', type: 'text', description: 'name, unique' },
  { key: 'type', label: 'Type', type: 'text', description: 'celery for internal workers, else external' },
  {
    key: 'internal',
    label: 'Internal',
    type: 'boolean',
    description: "the server's own worker",
    hidden: true,
  },
  {
    key: 'registered',
    label: 'Registered',
    type: 'instant',
    description: 'when it was registered',
    shrink: 2,
    leaveOut: 1,
  },
  {
    key: 'connected',
    label: 'Connected',
    type: 'instant',
    nullable: true,
    description: 'since when it is connected',
    shrink: 1,
  },
  {
    key: 'enabled',
    label: 'Enabled',
    type: 'boolean',
    nullable: true,
    description: 'whether its token is enabled; null without a token',
    tone: ({ enabled }) => (enabled === false ? 'warning' : undefined),
  },
  {
    key: 'concurrency',
    label: 'Concurrency',
    type: 'integer',
    description: 'work requests at once',
    hidden: true,
  },
  { key: 'running', label: 'Running', type: 'integer', description: 'work requests running', hidden: true },
  {
    key: 'pending',
    label: 'Pending',
    type: 'integer',
    description: 'work requests assigned, not yet running',
    hidden: true,
  },
  {
    key: 'busy',
    label: 'Busy',
    type: 'boolean',
    description: 'can take no more work',
    show: ({ running, pending, concurrency }) => `${running + pending}/${concurrency}`,
  },
  {
    key: 'token_id',
    label: 'Token',
    type: 'integer',
    nullable: true,
    description: 'number of its token',
    hidden: true,
  },
  {
    key: 'hash',
    label: 'Token hash',
    type: 'digest',
    nullable: true,
    description: 'SHA-256 of its key',
    leaveOut: 2,
  },
];

const currentColumns: readonly Column<CurrentWorkRequest>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the work request' },
  { key: 'task_name', label: 'Task', type: 'text', description: 'what it does' },
  { key: 'status', label: 'Status', type: 'text', description: 'pending or running' },
  { key: 'started_at', label: 'Since', type: 'instant', nullable: true, description: 'since when it runs' },
];

/** Everything about one worker. */
export const workerDetailColumns: readonly Column<WorkerDetails>[] = [
  ...workerColumns.map((column) => ({ ...column, hidden: false })),
  {
    key: 'dynamic_metadata_updated_at',
    label: 'Reported',
    type: 'instant',
    nullable: true,
    description: 'when the worker told of itself last',
  },
  { key: 'static_metadata', label: 'Static metadata', type: 'json', description: 'set by administrators' },
  { key: 'dynamic_metadata', label: 'Dynamic metadata', type: 'json', description: 'reported by the worker' },
  {
    key: 'metadata',
    label: 'Metadata',
    type: 'json',
    description: 'both; the static value of a key wins',
    hidden: true,
  },
  {
    key: 'current_work_requests',
    label: 'Current work requests',
    type: 'json',
    description: 'pending and running ones',
    rows: currentColumns,
    moments: ['started_at'],
  },
  {
    key: 'finished',
    label: 'Finished',
    type: 'json',
    description: 'completed work requests by result',
    schema: objectOf({ success: values.integer, failure: values.integer, error: values.integer }),
    show: ({ finished: { success, failure, error } }) =>
      `${success} success, ${failure} failure, ${error} error`,
  },
];

/** What switching did to a worker. */
export const switchedWorkerColumns: readonly Column<SwitchedWorker>[] = [
  { key: 'name', label: 'Name', type: 'text', description: 'name of the worker' },
  { key: 'enabled', label: 'Enabled', type: 'boolean', description: 'whether its token is enabled now' },
  { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
  {
    key: 'returned_work_requests',
    label: 'Returned work requests',
    type: 'list',
    description: 'numbers of those that went back to the queue',
  },
];
