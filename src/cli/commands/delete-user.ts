import { values, objectOf } from '../../output/json-schema.ts';
import { userArgument } from '../change-user.ts';
import { defineCommand, flag } from '../command.ts';
import { confirm, confirmOptions, ifExistsOption } from '../confirm.ts';
import { userColumns } from '../views/users.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Remove an account that nothing refers to',
  description:
    'Deletes an account that is recorded nowhere: on no artifact, work request or collection item. Memberships in ' +
    'groups go with it.',
  arguments: { username: userArgument },
  options: {
    withTokens: flag('--with-tokens', "delete the user's tokens, too"),
    ...confirmOptions,
    ...ifExistsOption,
  },
  database: 'write',
  exitCodes: { 2: 'nobody can be asked', 3: 'unknown user', 4: 'something refers to it' },
  examples: [{ what: 'Made by mistake', command: 'debusine-admin delete-user alise --yes' }],
  related: ['manage-user disable', 'list-users'],
  async look({ db }, input) {
    const users = await import('../../models/users.ts');
    const user = input.ifExists
      ? await users.findByUsername(db, input.username)
      : await users.getByUsername(db, input.username);
    if (user === undefined) return undefined;
    const references = await users.removal(db, user, {
      withTokens: input.withTokens,
      protectIdentities: true,
    });
    return { id: user.id, username: user.username, references, shown: await users.summary(db, user.id) };
  },
  async ask(context, input, seen) {
    if (seen === undefined) return seen;
    await confirm(context, input, {
      text: `Delete user "${seen.username}"?`,
      refusal: `delete user "${seen.username}"`,
      rows: [seen.shown],
      columns: userColumns,
    });
    return seen;
  },
  async run({ db }, { username, dryRun, withTokens }, seen) {
    const none = { artifacts: 0, work_requests: 0, collection_items: 0, tokens: 0, identities: 0 };
    if (seen === undefined) return { username, deleted: false, references: none };
    if (dryRun) return { username, deleted: true, references: seen.references };
    const users = await import('../../models/users.ts');
    const references = await users.remove(db, seen.id, { withTokens, protectIdentities: true });
    return { username, deleted: true, references };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'username', label: 'User', type: 'text', description: 'user name' },
    { key: 'deleted', label: 'Deleted', type: 'boolean', description: 'false when there was none' },
    {
      key: 'references',
      label: 'References',
      type: 'json',
      description: 'what referred to it',
      schema: objectOf({
        artifacts: values.integer,
        work_requests: values.integer,
        collection_items: values.integer,
        tokens: values.integer,
        identities: values.integer,
      }),
    },
  ],
  note: ({ username, deleted }, did) =>
    deleted ? `${did('deleted', 'delete')} user "${username}"` : `there is no user "${username}"`,
});
