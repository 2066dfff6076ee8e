import { ConflictError, InvalidInputError } from '../../errors.ts';
import { argument, defineCommand, flag, option } from '../command.ts';
import { readData } from '../data-options.ts';
import { integerIn } from '../values/integer.ts';
import { workerColumns } from '../views/workers.ts';

export default defineCommand({
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
    data: option('--data <FILE>', 'static metadata, a YAML mapping', { completes: 'file' }),
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
  related: ['list-workers'],
  async run(context, input) {
    const { db, now } = context;
    const [tokens, workers] = await Promise.all([
      import('../../models/tokens.ts'),
      import('../../models/workers.ts'),
    ]);
    const staticMetadata = await readData(context, {
      data: input.data,
      set: [],
      setString: [],
      setFile: [],
    });
    const given =
      input.tokenFile === undefined ? undefined : (await context.readText(input.tokenFile)).trim();
    if (given === '') throw new InvalidInputError('the file of --token-file holds no key');
    const known = given === undefined ? undefined : await tokens.getTokenOrNone(db, given);
    if (known !== undefined && (known.worker !== null || known.userId !== null)) {
      throw new ConflictError(`the key belongs to ${known.worker === null ? 'a user' : 'another worker'}`);
    }
    const fresh =
      known === undefined
        ? await tokens.create(
            db,
            {
              comment: input.comment,
              enabled: input.enable,
              ...(given === undefined ? {} : { key: given }),
            },
            now,
          )
        : undefined;
    const token = known ?? fresh?.token;
    if (token === undefined) throw new InvalidInputError('there is no token');
    if (input.enable && !token.enabled) await tokens.enable(db, token.id);
    const worker = await workers.createWithFqdn(
      db,
      {
        fqdn: input.fqdn,
        tokenId: token.id,
        name: input.name,
        concurrency: input.concurrency,
        staticMetadata,
      },
      now,
    );
    const summary = await workers.summary(db, worker.id);
    return {
      was_created: true,
      token: given === undefined ? (fresh?.key ?? null) : null,
      ...summary,
    };
  },
}).shownAs({
  kind: 'secret',
  name: 'the token',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'always true' },
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
  note: ({ name, enabled }) => `registered worker "${name}" (${enabled === true ? 'enabled' : 'disabled'})`,
});
