import { changeUser, userArgument } from '../../change-user.ts';
import { argument, defineCommand } from '../../command.ts';
import { changedUserColumns } from '../../views/users.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Give a user another name',
  description: 'Gives a user another name. What the user made and the tokens stay with the account.',
  arguments: { username: userArgument, newName: argument('NEW', 'letters, digits and @ . + - _; up to 150') },
  database: 'write',
  exitCodes: { 3: 'unknown user, or name refused', 4: 'name is taken' },
  examples: [{ what: 'A new name', command: 'debusine-admin manage-user rename alice alice.smith' }],
  related: ['list-users'],
  run: (context, { username, newName }) => changeUser(context, username, { username: newName }),
}).shownAs({
  kind: 'change',
  columns: changedUserColumns,
  note: ({ username, changed, before }) =>
    changed
      ? `renamed user "${before.username}" to "${username}"`
      : `user "${username}" has that name already`,
});
