import { defineCommand, flag, option, options } from '../command.ts';
import { readKey, tokenFileOption } from '../secret-files.ts';
import { hashPrefix } from '../token-selection.ts';
import { either } from '../values/either.ts';
import { likePattern } from '../values/glob.ts';
import { idOf } from '../values/integer.ts';
import { tokenColumns } from '../views/tokens.ts';

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
    id: options('--id <N>', 'with this number', idOf<'Token'>()),
    hash: option('--hash <PREFIX>', 'whose hash begins so; at least 8 hex digits', hashPrefix),
    tokenFile: tokenFileOption,
    username: options('--username <NAME>', 'the same as --user', { hidden: true }),
    owner: options('--owner <NAME>', 'the same as --user', { hidden: true }),
  },
  exclusive: [['enabled', 'disabled']],
  database: 'read',
  exitCodes: { 3: 'unknown user or worker' },
  examples: [{ what: "A person's keys", command: 'debusine-admin list-tokens --user alice --enabled' }],
  related: ['create-token', 'manage-token disable', 'delete-tokens', 'check-token'],
  async run(context, input) {
    const { db, page } = context;
    const [tokens, users, workers] = await Promise.all([
      import('../../models/tokens.ts'),
      import('../../models/users.ts'),
      import('../../models/workers.ts'),
    ]);
    const idsOf = <T extends { readonly id: number }>(rows: readonly T[]): readonly T['id'][] =>
      rows.map(({ id }) => id);
    const owners = [...input.user, ...input.username, ...input.owner];
    return tokens.list(
      db,
      {
        ids: input.id.length === 0 ? undefined : input.id,
        userIds: owners.length === 0 ? undefined : idsOf(await users.getByUsernames(db, owners)),
        workerIds: input.worker.length === 0 ? undefined : idsOf(await workers.getByNames(db, input.worker)),
        noOwner: input.noOwner || undefined,
        commentLike: input.comment === undefined ? undefined : likePattern(input.comment),
        enabled: either(input.enabled, input.disabled),
        hashPrefix: input.hash,
        key: input.tokenFile === undefined ? undefined : await readKey(context, input.tokenFile),
      },
      page,
    );
  },
}).shownAs({ kind: 'list', things: 'tokens', columns: tokenColumns });
