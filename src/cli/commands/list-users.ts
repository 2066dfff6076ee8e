import { defineCommand, flag, option } from '../command.ts';
import { either } from '../values/either.ts';
import { likeContaining } from '../values/glob.ts';
import { userColumns } from '../views/users.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Show who has an account',
  description: 'Shows who has an account, and whether it is in use. By the moment they joined.',
  options: {
    active: flag('--active', 'may log in'),
    inactive: flag('--inactive', 'switched off'),
    superuser: flag('--superuser', 'have every permission'),
    staff: flag('--staff', 'may use the admin site'),
    match: option('--match <TEXT>', 'name contains TEXT; * stands for anything'),
  },
  exclusive: [['active', 'inactive']],
  database: 'read',
  examples: [{ what: 'Accounts that are switched off', command: 'debusine-admin list-users --inactive' }],
  related: ['create-user', 'manage-user disable', 'list-tokens'],
  async run({ db, page }, input) {
    const users = await import('../../models/users.ts');
    return users.list(
      db,
      {
        active: either(input.active, input.inactive),
        superuser: input.superuser || undefined,
        staff: input.staff || undefined,
        nameLike: input.match === undefined ? undefined : likeContaining(input.match),
      },
      page,
    );
  },
}).shownAs({ kind: 'list', things: 'users', columns: userColumns });
