import { defineCommand, several } from '../command.ts';
import { confirm, confirmOptions, ifExistsOption } from '../confirm.ts';
import { identitiesText, identityArgument } from '../identity-argument.ts';
import { deletedIdentityColumns, identityColumns } from '../views/identities.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Forget people of single sign-on',
  description:
    'Deletes identities after showing them: all or none. Accounts stay as they are. A person who logs in again by ' +
    'single sign-on is known anew.',
  arguments: { identities: several(identityArgument) },
  options: { ...confirmOptions, ...ifExistsOption },
  database: 'write',
  exitCodes: { 2: 'nobody can be asked, and no --yes', 3: 'unknown identity, or a text fits several' },
  examples: [
    {
      what: 'One that is not wanted any more',
      command: 'debusine-admin delete-identity https://sso.example.org:alice --yes --if-exists',
    },
  ],
  related: ['list-identities', 'manage-identity unbind', 'delete-user'],
  async look({ db }, input) {
    const identities = await import('../../models/identities.ts');
    return identities.select(db, input.identities, { ifExists: input.ifExists });
  },
  async ask(context, input, selected) {
    if (selected.length > 0) {
      const what = `elete ${identitiesText(selected.map(({ id }) => id))}`;
      await confirm(context, input, {
        text: `D${what}?`,
        refusal: `d${what}`,
        rows: selected,
        columns: identityColumns,
      });
    }
    return selected;
  },
  async run({ db }, _, selected) {
    const identities = await import('../../models/identities.ts');
    const gone = new Set(
      await identities.removeAll(
        db,
        selected.map(({ id }) => id),
      ),
    );
    return selected.map((identity) => ({ ...identity, deleted: gone.has(identity.id) }));
  },
}).shownAs({
  kind: 'changes',
  columns: deletedIdentityColumns,
  note(identities, did) {
    const deleted = identities.filter((identity) => identity.deleted).map(({ id }) => id);
    const before = identities.length - deleted.length;
    return [
      `${did('deleted', 'delete')} ${identitiesText(deleted)}`,
      ...(before === 0 ? [] : [`${before} had gone already`]),
    ].join('; ');
  },
});
