import { userArgument } from '../../change-user.ts';
import { defineCommand, flag } from '../../command.ts';
import { dryRunOption } from '../../confirm.ts';
import { identityArgument } from '../../identity-argument.ts';
import { changedIdentityColumns } from '../../views/identities.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Let a person log in to an account by single sign-on',
  description:
    'Binds an identity to an account: whoever the authority says is that person acts as that user from the next ' +
    'login on. One that is bound to another account stays so without --force.',
  arguments: { identity: identityArgument, username: userArgument },
  options: {
    force: flag('--force', 'also when it is bound to another account, which loses it'),
    ...dryRunOption,
  },
  database: 'write',
  exitCodes: { 3: 'unknown identity or user, or a text fits several', 4: 'bound to another account' },
  examples: [
    {
      what: 'By what the authority calls the person',
      command: 'debusine-admin manage-identity bind https://sso.example.org:alice alice',
    },
    { what: 'By number', command: 'debusine-admin manage-identity bind 7 alice --dry-run' },
  ],
  related: ['list-identities', 'manage-identity unbind', 'list-users'],
  async run({ db, now, warn }, { identity: named, username, force }) {
    const [identities, users] = await Promise.all([
      import('../../../models/identities.ts'),
      import('../../../models/users.ts'),
    ]);
    const selected = await identities.select(db, [named]);
    const user = await users.getByUsername(db, username);
    if (!user.isActive) await warn(`user "${username}" is switched off and cannot log in`);
    const ids = selected.map(({ id }) => id);
    const [changed] = await identities.setUser(db, ids, user.id, now, { force });
    // It may have gone since it was selected.
    if (changed === undefined) throw identities.notFound(named);
    return changed;
  },
}).shownAs({
  kind: 'change',
  columns: changedIdentityColumns,
  note: ({ id, issuer, subject, user, changed }, did) =>
    changed
      ? `${did('bound', 'bind')} identity ${id} (${issuer}:${subject}) to user "${user ?? ''}"`
      : `identity ${id} is bound to user "${user ?? ''}" already`,
});
