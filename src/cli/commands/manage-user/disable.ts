import { userArgument } from '../../change-user.ts';
import { defineCommand, flag } from '../../command.ts';
import { changedUserColumns } from '../../views/users.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Switch an account off',
  description:
    'Switches an account off: the user can no longer log in. Tokens stay as they are unless --with-tokens is given.',
  arguments: { username: userArgument },
  options: { withTokens: flag('--with-tokens', "disable the user's tokens, too") },
  database: 'write',
  exitCodes: { 3: 'unknown user' },
  examples: [
    { what: 'Somebody has left', command: 'debusine-admin manage-user disable alice --with-tokens' },
  ],
  related: ['manage-user enable', 'manage-token disable', 'delete-user'],
  async run({ db }, { username, withTokens }) {
    const users = await import('../../../models/users.ts');
    const user = await users.getByUsername(db, username);
    const { changed, disabledTokens, enabledTokens } = await users.disable(db, user.id, { withTokens });
    return {
      ...(await users.summary(db, user.id)),
      changed,
      disabledTokens: disabledTokens.length,
      enabledTokens,
    };
  },
}).shownAs({
  kind: 'change',
  columns: changedUserColumns,
  note({ username, changed, disabledTokens, enabledTokens }) {
    const counted = (count: number): string => `${count} ${count === 1 ? 'token' : 'tokens'}`;
    return [
      changed ? `disabled user "${username}"` : `user "${username}" is disabled already`,
      ...(disabledTokens > 0 ? [`disabled ${counted(disabledTokens)}`] : []),
      ...(enabledTokens > 0
        ? [
            `${counted(enabledTokens)} still ${enabledTokens === 1 ? 'works' : 'work'}: debusine-admin manage-token disable --user ${username}`,
          ]
        : []),
    ].join('; ');
  },
});
