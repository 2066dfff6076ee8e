import { changeUser, similarEmailOption, userArgument } from '../../change-user.ts';
import { argument, defineCommand } from '../../command.ts';
import { changedUserColumns } from '../../views/users.ts';

export default defineCommand({
  group: 'Users',
  summary: "Change a user's e-mail address",
  description: 'Gives a user another e-mail address, under the same rules as for a new user.',
  arguments: { username: userArgument, email: argument('EMAIL', 'address, used by no other user') },
  options: { allowSimilarEmail: similarEmailOption },
  database: 'write',
  exitCodes: { 3: 'unknown user, or address refused', 4: 'address is taken' },
  examples: [
    { what: 'A new address', command: 'debusine-admin manage-user change-email alice alice@example.com' },
  ],
  related: ['list-users', 'create-user'],
  run: (context, { username, email, allowSimilarEmail }) =>
    changeUser(context, username, { email }, { allowSimilarEmail }),
}).shownAs({
  kind: 'change',
  columns: changedUserColumns,
  note: ({ username, email, changed }) =>
    changed ? `user "${username}" has the address ${email}` : `user "${username}" has that address already`,
});
