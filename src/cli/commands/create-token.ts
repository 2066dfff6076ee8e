import { UsageError } from '../../errors.ts';
import { argument, defineCommand, flag, option } from '../command.ts';
import { commentOf } from '../token-comment.ts';

export default defineCommand({
  group: 'Tokens',
  summary: 'Give a user a new key for the API',
  description:
    'Makes a key for the API and prints it, once: the database keeps only its SHA-256. The key is written before ' +
    'the change is committed, so a key that could not be delivered does not exist.',
  arguments: { username: argument('USERNAME', 'existing user', { completes: 'user' }) },
  options: {
    comment: option('--comment <TEXT>', 'why the token exists; up to 100 characters', commentOf),
    disabled: flag('--disabled', 'create it switched off'),
    rotate: flag('--rotate', 'disable every other enabled token of this user with the same comment'),
    ifNotExists: flag('--if-not-exists', 'not possible: a key cannot be shown again', { hidden: true }),
  },
  database: 'write',
  exitCodes: {
    1: 'the key could not be written; nothing was created',
    3: 'user not found, or comment refused',
    4: 'the file of --output exists',
  },
  examples: [
    { what: 'A key for a build job', command: 'debusine-admin create-token alice --comment CI' },
    {
      what: 'Replace the key of that job',
      command: 'debusine-admin create-token alice --comment CI --rotate --output ci.key',
    },
  ],
  related: ['list-tokens', 'manage-token disable', 'create-user'],
  async run({ db, now }, input) {
    if (input.ifNotExists) {
      throw new UsageError('create-token has no --if-not-exists: a key cannot be shown again', {
        hint: '--rotate gives the same end state every time',
      });
    }
    if (input.rotate && (input.comment ?? '') === '') {
      throw new UsageError('--rotate needs --comment', {
        hint: 'only tokens with the same comment are replaced',
      });
    }
    const [tokens, users] = await Promise.all([
      import('../../models/tokens.ts'),
      import('../../models/users.ts'),
    ]);
    const user = await users.getByUsername(db, input.username);
    const given = { userId: user.id, comment: input.comment ?? '', enabled: !input.disabled };
    const { token, key, rotated } = input.rotate
      ? await tokens.rotate(db, user.id, given, now)
      : { ...(await tokens.create(db, given, now)), rotated: [] };
    return {
      was_created: true,
      changed: true,
      id: token.id,
      token: key,
      hash: token.hash,
      user: user.username,
      comment: token.comment,
      enabled: token.enabled,
      created_at: token.createdAt,
      rotated,
    };
  },
}).shownAs({
  kind: 'secret',
  name: 'the token',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'always true' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'always true' },
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the token' },
    { key: 'token', label: 'Token', type: 'text', description: 'the key; shown only here' },
    { key: 'hash', label: 'Hash', type: 'text', description: 'SHA-256 of the key, hex' },
    { key: 'user', label: 'User', type: 'text', description: 'user name' },
    { key: 'comment', label: 'Comment', type: 'text', description: 'why the token exists' },
    { key: 'enabled', label: 'Enabled', type: 'boolean', description: 'whether it works' },
    { key: 'created_at', label: 'Created at', type: 'instant', description: 'when it was made' },
    {
      key: 'rotated',
      label: 'Rotated',
      type: 'list',
      description: 'numbers of the tokens that were disabled',
    },
  ],
  secret: ({ token }) => token,
  note: ({ id, user, enabled }) => `created token ${id} for ${user} (${enabled ? 'enabled' : 'disabled'})`,
});
