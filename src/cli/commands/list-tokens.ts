import { UsageError } from '../../errors.ts';
import { defineCommand, flag, option, options } from '../command.ts';
import { either } from '../values/either.ts';
import { likePattern } from '../values/glob.ts';
import { idRange, integerIn } from '../values/integer.ts';

export default defineCommand({
  group: 'Tokens',
  summary: 'Show which tokens exist, whose they are, and which work',
  description: 'Shows which tokens exist, whose they are, and whether they work. By user, then by age.',
  options: {
    user: options('--user <NAME>', 'tokens of this user', { completes: 'user' }),
    worker: options('--worker <NAME>', 'the token of this worker', { completes: 'worker' }),
    noOwner: flag('--no-owner', 'neither user nor worker'),
    comment: option('--comment <TEXT>', 'with this comment; * stands for anything'),
    enabled: flag('--enabled', 'that work'),
    disabled: flag('--disabled', 'that are switched off'),
    id: options('--id <N>', 'with this number', integerIn(idRange)),
    hash: option('--hash <PREFIX>', 'whose hash begins so; at least 8 hex digits', (text, { what }) => {
      if (!/^[0-9a-f]{8,64}$/i.test(text)) throw new UsageError(`${what}: give 8 to 64 hex digits`);
      return text.toLowerCase();
    }),
    tokenFile: option('--token-file <FILE>', 'the one whose key is in this file; - is standard input', {
      completes: 'file',
    }),
  },
  exclusive: [['enabled', 'disabled']],
  database: 'read',
  exitCodes: { 3: 'unknown user or worker' },
  examples: [{ what: "A person's keys", command: 'debusine-admin list-tokens --user alice --enabled' }],
  related: ['create-token', 'list-users'],
  async run(context, input) {
    const { db, page } = context;
    const [tokens, users, workers] = await Promise.all([
      import('../../models/tokens.ts'),
      import('../../models/users.ts'),
      import('../../models/workers.ts'),
    ]);
    const idsOf = <T extends { readonly id: number }>(rows: readonly T[]): readonly T['id'][] =>
      rows.map(({ id }) => id);
    return tokens.list(
      db,
      {
        ids: input.id.length === 0 ? undefined : (input.id as never),
        userIds: input.user.length === 0 ? undefined : idsOf(await users.getByUsernames(db, input.user)),
        workerIds: input.worker.length === 0 ? undefined : idsOf(await workers.getByNames(db, input.worker)),
        noOwner: input.noOwner || undefined,
        commentLike: input.comment === undefined ? undefined : likePattern(input.comment),
        enabled: either(input.enabled, input.disabled),
        hashPrefix: input.hash,
        key: input.tokenFile === undefined ? undefined : (await context.readText(input.tokenFile)).trim(),
      },
      page,
    );
  },
}).shownAs({
  kind: 'list',
  things: 'tokens',
  columns: [
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the token' },
    { key: 'hash', label: 'Token hash', type: 'digest', description: 'SHA-256 of its key' },
    { key: 'user', label: 'User', type: 'text', nullable: true, description: 'whose it is' },
    { key: 'worker', label: 'Worker', type: 'text', nullable: true, description: 'the worker that uses it' },
    { key: 'created', label: 'Created', type: 'instant', description: 'when it was made', shrink: 2 },
    {
      key: 'expires',
      label: 'Expires',
      type: 'instant',
      nullable: true,
      description: 'always null',
      hidden: true,
    },
    { key: 'enabled', label: 'Enabled', type: 'boolean', description: 'whether it works' },
    { key: 'comment', label: 'Comment', type: 'text', description: 'why it was made', shrink: 3 },
  ],
});
