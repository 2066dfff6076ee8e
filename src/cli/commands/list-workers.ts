import { defineCommand, flag, option } from '../command.ts';
import { workerColumns } from '../views/workers.ts';
import { either } from '../values/either.ts';
import { likeContaining } from '../values/glob.ts';

export default defineCommand({
  group: 'Workers',
  summary: 'Show which workers are registered, connected, and busy',
  description:
    'Shows which workers are registered, connected, allowed to work, and busy. Oldest registration first.',
  options: {
    enabled: flag('--enabled', 'its token is enabled, or it is internal and needs none'),
    disabled: flag('--disabled', 'its token is disabled'),
    connected: flag('--connected', 'connected now'),
    disconnected: flag('--disconnected', 'not connected'),
    busy: flag('--busy', 'as many pending or running work requests as its concurrency, or more'),
    idle: flag('--idle', 'could take more work'),
    internal: flag('--internal', "the server's own worker"),
    external: flag('--external', 'all others'),
    match: option('--match <TEXT>', 'name contains TEXT; * stands for anything'),
  },
  exclusive: [
    ['enabled', 'disabled'],
    ['connected', 'disconnected'],
    ['busy', 'idle'],
    ['internal', 'external'],
  ],
  database: 'read',
  examples: [
    { what: 'Workers that wait for work', command: 'debusine-admin list-workers --connected --idle' },
    {
      what: 'Names and load for a script',
      command: 'debusine-admin list-workers --jsonl --columns name,running',
    },
  ],
  related: ['show-worker', 'manage-worker enable', 'create-worker'],
  async run({ db, page }, input) {
    // Not by way of models/workers.ts, which brings everything else that can be done with workers.
    const { list } = await import('../../models/workers/list.ts');
    return list(
      db,
      {
        enabled: either(input.enabled, input.disabled),
        connected: either(input.connected, input.disconnected),
        busy: either(input.busy, input.idle),
        internal: either(input.internal, input.external),
        nameLike: input.match === undefined ? undefined : likeContaining(input.match),
      },
      page,
    );
  },
}).shownAs({ kind: 'list', columns: workerColumns, things: 'workers' });
