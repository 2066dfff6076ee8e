import { defineCommand, several } from '../../command.ts';
import { dryRunOption } from '../../confirm.ts';
import { identitiesText, identityArgument } from '../../identity-argument.ts';
import { changedIdentityColumns } from '../../views/identities.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Part people of single sign-on from their accounts',
  description:
    'Frees identities from the accounts they are bound to: all or none. They stay known, and can be bound anew. ' +
    'Tokens and passwords of the accounts go on to work.',
  arguments: { identities: several(identityArgument) },
  options: dryRunOption,
  database: 'write',
  exitCodes: { 3: 'unknown identity, or a text fits several' },
  examples: [
    { what: 'One of them', command: 'debusine-admin manage-identity unbind https://sso.example.org:alice' },
  ],
  related: ['list-identities', 'manage-identity bind', 'delete-identity', 'manage-user disable'],
  async run({ db, now }, input) {
    const identities = await import('../../../models/identities.ts');
    const selected = await identities.select(db, input.identities);
    const ids = selected.map(({ id }) => id);
    return identities.setUser(db, ids, null, now);
  },
}).shownAs({
  kind: 'changes',
  columns: changedIdentityColumns,
  note(identities, did) {
    const idsOf = (wanted: boolean): readonly number[] =>
      identities.filter(({ changed }) => changed === wanted).map(({ id }) => id);
    const [freed, rest] = [idsOf(true), idsOf(false)];
    return [
      ...(freed.length === 0 ? [] : [`${did('unbound', 'unbind')} ${identitiesText(freed)}`]),
      ...(rest.length === 0
        ? []
        : [`${identitiesText(rest)} ${rest.length === 1 ? 'was' : 'were'} bound to no account`]),
    ].join('; ');
  },
});
