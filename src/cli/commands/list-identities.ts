import { defineCommand, flag, option, options } from '../command.ts';
import { either } from '../values/either.ts';
import { likeContaining, likePattern } from '../values/glob.ts';
import { identityColumns } from '../views/identities.ts';

export default defineCommand({
  group: 'Users',
  summary: 'Show who logs in by single sign-on, and as whom',
  description:
    'Shows the people whom external authorities know, and the accounts they are bound to. By issuer, then by subject. ' +
    'What the authority said about a person is in the key claims.',
  options: {
    issuer: options('--issuer <TEXT>', 'known to this authority; * stands for anything'),
    user: options('--user <NAME>', 'bound to this account', { completes: 'user' }),
    bound: flag('--bound', 'bound to an account'),
    unbound: flag('--unbound', 'bound to none'),
    match: option('--match <TEXT>', 'subject contains TEXT; * stands for anything'),
  },
  exclusive: [
    ['bound', 'unbound'],
    ['user', 'unbound'],
  ],
  database: 'read',
  exitCodes: { 3: 'unknown user' },
  examples: [
    { what: 'Who still has no account', command: 'debusine-admin list-identities --unbound' },
    { what: 'How a person logs in', command: 'debusine-admin list-identities --user alice' },
  ],
  related: ['manage-identity bind', 'manage-identity unbind', 'delete-identity', 'list-users'],
  async run({ db, page }, input) {
    const [identities, users] = await Promise.all([
      import('../../models/identities.ts'),
      import('../../models/users.ts'),
    ]);
    return identities.list(
      db,
      {
        issuersLike: input.issuer.length === 0 ? undefined : input.issuer.map(likePattern),
        subjectLike: input.match === undefined ? undefined : likeContaining(input.match),
        userIds:
          input.user.length === 0
            ? undefined
            : (await users.getByUsernames(db, input.user)).map(({ id }) => id),
        bound: either(input.bound, input.unbound),
      },
      page,
    );
  },
}).shownAs({ kind: 'list', things: 'identities', columns: identityColumns });
