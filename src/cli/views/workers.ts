import type { WorkerSummary } from '../../models/workers.ts';
import type { Column } from '../../output/columns.ts';

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
  { key: 'hash', label: 'Token hash', type: 'digest', nullable: true, description: 'SHA-256 of its key' },
];
