import { defineCommand, flag, option } from '../command.ts';
import { either } from '../values/either.ts';
import { likeContaining } from '../values/glob.ts';

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
  related: ['create-user', 'list-tokens'],
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
}).shownAs({
  kind: 'list',
  things: 'users',
  columns: [
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the user', hidden: true },
    { key: 'username', label: 'User', type: 'text', description: 'user name' },
    { key: 'email', label: 'Email', type: 'text', description: 'e-mail address', shrink: 1 },
    {
      key: 'date_joined',
      label: 'Joined',
      type: 'instant',
      description: 'when the account was made',
      shrink: 3,
    },
    {
      key: 'last_login',
      label: 'Last login',
      type: 'instant',
      nullable: true,
      description: 'last login',
      shrink: 2,
    },
    { key: 'first_name', label: 'First name', type: 'text', description: 'first name', hidden: true },
    { key: 'last_name', label: 'Last name', type: 'text', description: 'last name', hidden: true },
    { key: 'is_active', label: 'Active', type: 'boolean', description: 'may log in' },
    { key: 'is_staff', label: 'Staff', type: 'boolean', description: 'may use the admin site' },
    { key: 'is_superuser', label: 'Super', type: 'boolean', description: 'has every permission' },
    { key: 'tokens', label: 'Tokens', type: 'integer', description: 'tokens, enabled or not' },
    {
      key: 'identities',
      label: 'Identities',
      type: 'integer',
      description: 'links to single sign-on',
      hidden: true,
    },
  ],
});
