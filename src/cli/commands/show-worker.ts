import { defineCommand, document, option, shown } from '../command.ts';
import { oneOf } from '../values/one-of.ts';
import { workerDetailColumns } from '../views/workers.ts';
import { byIdOption, findWorker, workerArgument } from '../worker-argument.ts';

const parts = { static: 'static_metadata', dynamic: 'dynamic_metadata', merged: 'metadata' } as const;

const details = { kind: 'details', columns: workerDetailColumns } as const;

export default defineCommand({
  group: 'Workers',
  summary: 'Show everything about one worker',
  description: 'Shows one worker with its metadata, what it does now, and what it has done.',
  arguments: { worker: workerArgument },
  options: {
    metadata: option(
      '--metadata <KIND>',
      'print only that mapping: static, dynamic or merged',
      oneOf<(typeof parts)[keyof typeof parts]>(parts),
      { completes: Object.keys(parts) },
    ),
    id: byIdOption,
  },
  database: 'read',
  exitCodes: { 3: 'unknown worker' },
  examples: [
    { what: 'Why it gets no work', command: 'debusine-admin show-worker saturn' },
    { what: 'What the scheduler sees', command: 'debusine-admin show-worker saturn --metadata merged' },
  ],
  related: ['list-workers', 'edit-worker-metadata'],
  async run(context, input) {
    const workers = await import('../../models/workers.ts');
    const { name } = await findWorker(context, input.worker, input.id);
    const found = await workers.show(context.db, name);
    return input.metadata === undefined ? shown(details, found) : shown(document, found[input.metadata]);
  },
}).shownAs({ kind: 'choice', columns: [], outputs: [details, document] });
