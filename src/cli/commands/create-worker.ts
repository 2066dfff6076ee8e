import { UsageError } from '../../errors.ts';
import { argument, defineCommand, flag, option } from '../command.ts';
import { readData } from '../data-options.ts';
import { readKey } from '../secret-files.ts';
import { integerIn } from '../values/integer.ts';
import { workerColumns } from '../views/workers.ts';

export default defineCommand({
  group: 'Workers',
  summary: 'Register a worker by its host name',
  description:
    'Registers a worker ahead of time. Its name is made from its host name. It may not work until its token is enabled.',
  arguments: { fqdn: argument('FQDN', 'fully qualified host name') },
  options: {
    tokenFile: option(
      '--token-file <FILE>',
      "the worker's own key (- is standard input); without it one is printed",
      {
        completes: 'file',
      },
    ),
    enable: flag('--enable', 'enable its token'),
    concurrency: option(
      '--concurrency <N>',
      'work requests at once',
      integerIn({ least: 1, most: 2_147_483_647 }),
      {
        default: '1',
      },
    ),
    name: option('--name <NAME>', 'instead of the name made from the host name'),
    comment: option('--comment <TEXT>', 'comment of its token'),
    data: option('--data <FILE>', 'static metadata, a YAML mapping; - is standard input', {
      completes: 'file',
    }),
    ifNotExists: flag('--if-not-exists', 'with --token-file: a worker with that key is what is wanted'),
  },
  database: 'write',
  exitCodes: {
    1: 'the key could not be written; nothing was created',
    3: 'host name or name refused',
    4: 'the key belongs to somebody else',
  },
  examples: [
    {
      what: 'A worker that may work at once',
      command: 'debusine-admin create-worker build1.example.org --enable',
    },
  ],
  related: ['list-workers', 'manage-worker enable', 'edit-worker-metadata'],
  async run(context, input) {
    const workers = await import('../../models/workers.ts');
    const staticMetadata = await readData(context, { data: input.data, set: [], setString: [], setFile: [] });
    if (input.ifNotExists && input.tokenFile === undefined) {
      throw new UsageError('--if-not-exists needs --token-file', {
        hint: 'a worker is known again by its key',
      });
    }
    const given = input.tokenFile === undefined ? undefined : await readKey(context, input.tokenFile);
    const { worker, key, wasCreated } = await workers.create(
      context.db,
      {
        fqdn: input.fqdn,
        name: input.name,
        key: given,
        enabled: input.enable,
        comment: input.comment,
        concurrency: input.concurrency,
        staticMetadata,
      },
      context.now,
      { ifNotExists: input.ifNotExists },
    );
    const summary = await workers.summary(context.db, worker.id);
    return { was_created: wasCreated, changed: wasCreated, token: key ?? null, ...summary };
  },
}).shownAs({
  kind: 'secret',
  name: 'the token',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'whether it was made now' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    {
      key: 'token',
      label: 'Token',
      type: 'text',
      nullable: true,
      description: 'the key, when it was generated',
    },
    ...workerColumns,
  ],
  secret: ({ token }) => token ?? undefined,
  note: ({ name, enabled, was_created: wasCreated }) =>
    wasCreated
      ? `registered worker "${name}" (${enabled === true ? 'enabled' : 'disabled'})`
      : `worker "${name}" has that key already`,
});
