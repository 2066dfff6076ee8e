import { generatePassword } from '../../../data/passwords.ts';
import { InvalidInputError } from '../../../errors.ts';
import { userArgument } from '../../change-user.ts';
import { defineCommand, flag, option } from '../../command.ts';
import { readPassword } from '../../secret-files.ts';
import { changedUserColumns } from '../../views/users.ts';

export default defineCommand({
  group: 'Users',
  summary: "Change a user's password",
  description:
    "Changes a user's password. On a terminal it is asked for twice; a generated one is printed, once. The " +
    'original accepts the password as well.',
  arguments: { username: userArgument },
  options: {
    passwordFile: option('--password-file <FILE>', 'use the first line as password; - is standard input', {
      completes: 'file',
    }),
    generate: flag('--generate', 'make a password and print it'),
    disablePassword: flag('--disable-password', 'no password fits any more'),
  },
  exclusive: [['passwordFile', 'generate', 'disablePassword']],
  database: 'write',
  exitCodes: {
    1: 'the password could not be written; nothing was changed',
    2: 'a password would have to be asked for',
    3: 'unknown user, or password refused',
  },
  examples: [
    { what: 'A new one to hand over', command: 'debusine-admin manage-user set-password alice --generate' },
    {
      what: 'From a file',
      command: 'debusine-admin manage-user set-password alice --password-file new-password',
    },
  ],
  related: ['create-user', 'manage-user disable'],
  async look({ db }, { username }) {
    const users = await import('../../../models/users.ts');
    return users.getByUsername(db, username);
  },
  /** The new password; null for none. */
  async ask(context, input, user) {
    if (input.disablePassword) return { user, password: null };
    if (input.generate) return { user, password: generatePassword() };
    if (input.passwordFile !== undefined) {
      return { user, password: await readPassword(context, input.passwordFile) };
    }
    const { prompt } = context;
    const ask = (question: string): Promise<string> =>
      prompt.password(question, '--password-file, --generate or --disable-password');
    const password = await ask(`New password for ${user.username}:`);
    // Refused before it has to be typed a second time.
    const { checkChosenPassword } = await import('../../../models/users.ts');
    checkChosenPassword(password);
    if ((await ask('The same once more:')) === password) return { user, password };
    throw new InvalidInputError('the two passwords differ; nothing was changed');
  },
  async run({ db }, { generate }, { user, password }) {
    const users = await import('../../../models/users.ts');
    await users.setPassword(db, user.id, password);
    const summary = await users.summary(db, user.id);
    return { ...summary, changed: true, password: generate ? password : null, isUsable: password !== null };
  },
}).shownAs({
  kind: 'secret',
  name: 'the password',
  columns: [
    ...changedUserColumns,
    {
      key: 'password',
      label: 'Password',
      type: 'text',
      nullable: true,
      description: 'when it was generated',
    },
  ],
  secret: ({ password }) => password ?? undefined,
  note: ({ username, isUsable }) =>
    isUsable
      ? `user "${username}" has a new password`
      : `user "${username}" can no longer log in with a password`,
});
