import { generatePassword } from '../../data/passwords.ts';
import { similarEmailOption } from '../change-user.ts';
import { argument, defineCommand, flag, option } from '../command.ts';
import { readPassword } from '../secret-files.ts';
import { existingOptions, whenExisting } from '../when-existing.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Make an account and print its first password',
  description:
    'Makes an account and prints its first password, once. The original accepts the password as well.',
  arguments: {
    username: argument('USERNAME', 'letters, digits and @ . + - _; up to 150'),
    email: argument('EMAIL', 'address, used by no other user'),
  },
  options: {
    passwordFile: option('--password-file <FILE>', 'use the first line as password; - is standard input', {
      completes: 'file',
    }),
    noPassword: flag('--no-password', 'an account that cannot log in with a password'),
    firstName: option('--first-name <TEXT>', 'first name'),
    lastName: option('--last-name <TEXT>', 'last name'),
    staff: flag('--staff', 'may use the admin site'),
    superuser: flag('--superuser', 'has every permission'),
    inactive: flag('--inactive', 'create it switched off'),
    allowSimilarEmail: similarEmailOption,
    ...existingOptions,
  },
  exclusive: [['passwordFile', 'noPassword']],
  database: 'write',
  exitCodes: {
    1: 'the password could not be written; nothing was created',
    3: 'name, address or password refused',
    4: 'name or address is taken',
  },
  examples: [
    { what: 'A person', command: 'debusine-admin create-user alice alice@example.org' },
    {
      what: 'An account for automation',
      command: 'debusine-admin create-user ci ci@example.org --no-password',
    },
  ],
  related: ['manage-user set-password', 'create-token', 'list-users'],
  async run(context, input) {
    const users = await import('../../models/users.ts');
    const generated = input.noPassword || input.passwordFile !== undefined ? null : generatePassword();
    const given = input.passwordFile === undefined ? null : await readPassword(context, input.passwordFile);
    const { user, wasCreated, changed } = await users.ensure(
      context.db,
      {
        username: input.username,
        email: input.email,
        password: generated ?? given,
        firstName: input.firstName,
        lastName: input.lastName,
        // What is not said is not compared with an account that exists.
        isStaff: input.staff || undefined,
        isSuperuser: input.superuser || undefined,
        isActive: input.inactive ? false : undefined,
        allowSimilarEmail: input.allowSimilarEmail,
      },
      whenExisting(input),
      context.now,
    );
    return {
      was_created: wasCreated,
      changed,
      id: user.id,
      username: user.username,
      email: user.email,
      password: wasCreated ? generated : null,
      is_active: user.isActive,
      is_staff: user.isStaff,
      is_superuser: user.isSuperuser,
      date_joined: user.dateJoined,
    };
  },
}).shownAs({
  kind: 'secret',
  name: 'the password',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'whether it was made now' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the user' },
    { key: 'username', label: 'User', type: 'text', description: 'user name' },
    { key: 'email', label: 'Email', type: 'text', description: 'e-mail address' },
    {
      key: 'password',
      label: 'Password',
      type: 'text',
      nullable: true,
      description: 'when it was generated',
    },
    { key: 'is_active', label: 'Active', type: 'boolean', description: 'may log in' },
    { key: 'is_staff', label: 'Staff', type: 'boolean', description: 'may use the admin site' },
    { key: 'is_superuser', label: 'Super', type: 'boolean', description: 'has every permission' },
    { key: 'date_joined', label: 'Joined', type: 'instant', description: 'when it was made' },
  ],
  secret: ({ password }) => password ?? undefined,
  note: ({ username, was_created: wasCreated, changed }) =>
    wasCreated
      ? `created user "${username}"`
      : changed
        ? `changed user "${username}"; its password stays`
        : `user "${username}" exists already; its password stays`,
});
