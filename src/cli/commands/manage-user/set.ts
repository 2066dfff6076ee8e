import { UsageError } from '../../../errors.ts';
import { changeUser, userArgument } from '../../change-user.ts';
import { defineCommand, flag, option } from '../../command.ts';
import { either } from '../../values/either.ts';
import { changedUserColumns } from '../../views/users.ts';

export default defineCommand({
  group: 'Users',
  summary: "Change a user's names and rights",
  description: "Changes a user's first and last name, and whether the user is staff or superuser.",
  arguments: { username: userArgument },
  options: {
    firstName: option('--first-name <TEXT>', 'first name; may be empty'),
    lastName: option('--last-name <TEXT>', 'last name; may be empty'),
    staff: flag('--staff', 'may use the admin site'),
    noStaff: flag('--no-staff', 'may not'),
    superuser: flag('--superuser', 'has every permission'),
    noSuperuser: flag('--no-superuser', 'has only permissions that were given'),
  },
  exclusive: [
    ['staff', 'noStaff'],
    ['superuser', 'noSuperuser'],
  ],
  database: 'write',
  exitCodes: { 2: 'nothing to change is given', 3: 'unknown user, or name refused' },
  examples: [
    { what: 'An administrator', command: 'debusine-admin manage-user set alice --staff --superuser' },
  ],
  related: ['list-users', 'create-user'],
  run(context, input) {
    const changes = {
      firstName: input.firstName,
      lastName: input.lastName,
      isStaff: either(input.staff, input.noStaff),
      isSuperuser: either(input.superuser, input.noSuperuser),
    };
    if (Object.values(changes).every((value) => value === undefined)) {
      throw new UsageError('nothing to change', {
        hint: '--first-name, --last-name, --staff, --no-staff, --superuser or --no-superuser',
      });
    }
    return changeUser(context, input.username, changes);
  },
}).shownAs({
  kind: 'change',
  columns: changedUserColumns,
  note: ({ username, changed }) =>
    changed ? `changed user "${username}"` : `user "${username}" is unchanged`,
});
