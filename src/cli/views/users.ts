import type { UserSummary } from '../../models/users.ts';
import type { Column } from '../../output/columns.ts';

/** A user in lists and as the result of a change. */
export const userColumns: readonly Column<UserSummary>[] = [
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
];

/** A user after a change. */
export const changedUserColumns: readonly Column<UserSummary & { readonly changed: boolean }>[] = [
  ...userColumns,
  {
    key: 'changed',
    label: 'Changed',
    type: 'boolean',
    description: 'whether anything changed',
    hidden: true,
  },
];
