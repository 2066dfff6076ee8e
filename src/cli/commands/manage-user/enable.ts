import { changeUser, userArgument } from '../../change-user.ts';
import { defineCommand } from '../../command.ts';
import { changedUserColumns } from '../../views/users.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Switch an account on',
  description: 'Lets a user log in again. Tokens that were disabled stay so.',
  arguments: { username: userArgument },
  database: 'write',
  exitCodes: { 3: 'unknown user' },
  examples: [{ what: 'Back again', command: 'debusine-admin manage-user enable alice' }],
  related: ['manage-user disable', 'manage-token enable'],
  run: (context, { username }) => changeUser(context, username, { isActive: true }),
}).shownAs({
  kind: 'change',
  columns: changedUserColumns,
  note: ({ username, changed }) =>
    changed ? `enabled user "${username}"` : `user "${username}" is enabled already`,
});
