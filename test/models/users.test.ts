/** Accounts. */
import { eq } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { hashPassword } from '../../src/data/passwords.ts';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { all } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import {
  ArgumentError,
  ConflictError,
  ConstraintError,
  InvalidInputError,
  NotFoundError,
  ProtectedError,
  ValidationError,
} from '../../src/errors.ts';
import * as groups from '../../src/models/groups.ts';
import * as identities from '../../src/models/identities.ts';
import * as permissions from '../../src/models/permissions.ts';
import * as tokens from '../../src/models/tokens.ts';
import * as users from '../../src/models/users.ts';
import { collectionItems } from '../../src/schema/collection-items.ts';
import { userGroups, userPermissions, users as table } from '../../src/schema/users.ts';
import { test } from '../support/database.ts';
import {
  aCollection,
  anArtifact,
  anItem,
  at,
  aToken,
  aUser,
  aWorker,
  aWorkRequest,
  unique,
} from '../support/factories.ts';
import vectors from '../vectors/passwords.json' with { type: 'json' };
import { columnsOf } from './columns.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const now = at('2024-05-02 09:14:07.058340');
const nobody = 987_654 as Id<'User'>;

/** What a user needs to be made; without a password, since deriving one takes time. */
const aNewUser = (given: Partial<users.NewUser> = {}): users.NewUser => {
  const username = given.username ?? unique('user');
  return { username, email: `${unique('mail')}@example.org`, password: null, ...given };
};

test('the columns of a user are those of the reference', async ({ db }) => {
  expect(await columnsOf(db, 'db_user')).toEqual({
    id: 'bigint not null by default as identity',
    password: 'varchar(128) not null',
    last_login: 'timestamp with time zone',
    is_superuser: 'boolean not null',
    username: 'varchar(150) not null',
    first_name: 'varchar(150) not null',
    last_name: 'varchar(150) not null',
    is_staff: 'boolean not null',
    is_active: 'boolean not null',
    date_joined: 'timestamp with time zone not null',
    email: 'varchar(254) not null',
  });
});

describe('create', () => {
  test('makes an active account that is neither staff nor superuser and joined now', async ({ db }) => {
    const given = aNewUser();

    const user = await users.create(db, given, now);

    expect(user).toMatchObject({
      username: given.username,
      email: given.email,
      isActive: true,
      isStaff: false,
      isSuperuser: false,
      firstName: '',
      lastName: '',
      dateJoined: now,
      lastLogin: null,
    });
    expect(await users.get(db, user.id)).toEqual(user);
  });

  test('keeps an instant of joining that is given, and every other property', async ({ db }) => {
    const dateJoined = at('2020-01-01');
    const given = { dateJoined, firstName: 'Ä', lastName: 'B', isStaff: true, isActive: false };

    const user = await users.create(db, aNewUser({ ...given, isSuperuser: true }), now);

    expect(user).toMatchObject({ ...given, isSuperuser: true });
  });

  test('stores the password as the original would, so that it can be checked', async ({ db }) => {
    const user = await users.create(db, aNewUser({ password: 'correct horse' }), now);

    expect(user.password).toMatch(/^pbkdf2_sha256\$600000\$[A-Za-z0-9]{22}\$[A-Za-z0-9+/]{43}=$/);
    expect(await users.checkPassword(db, user.id, 'correct horse')).toBe(true);
    expect(await users.checkPassword(db, user.id, 'correct horsf')).toBe(false);
    expect(users.hasUsablePassword(user)).toBe(true);
  });

  test('without a password makes an account that no password fits', async ({ db }) => {
    const user = await users.create(db, aNewUser(), now);

    expect(user.password).toMatch(/^![A-Za-z0-9]{40}$/);
    expect(users.hasUsablePassword(user)).toBe(false);
    expect(await users.checkPassword(db, user.id, user.password)).toBe(false);
    expect(await users.checkPassword(db, user.id, '')).toBe(false);
  });

  test('stores the name in Unicode form NFKC', async ({ db }) => {
    const suffix = unique('x');

    const user = await users.create(db, aNewUser({ username: `u\u0308ser\uFF11${suffix}` }), now);

    expect(user.username).toBe(`üser1${suffix}`);
  });

  test.for(vectors.cases.filter(({ kind }) => kind === 'username'))(
    'judges user name $id of the known answers as the original does',
    async ({ username = '', valid }, { db }) => {
      const creating = users.create(db, aNewUser({ username }), now);
      // The original stores NFKC, so a name that is refused as it stands may be accepted in that form.
      const isValid = valid === true || (username !== '' && username.normalize('NFKC') !== username);
      if (isValid) expect((await creating).username).toBe(username.normalize('NFKC'));
      else await expect(creating).rejects.toMatchObject({ code: 'invalid' });
    },
  );

  test('refuses an empty name and says so', async ({ db }) => {
    await expect(users.create(db, aNewUser({ username: '' }), now)).rejects.toMatchObject({
      constructor: ArgumentError,
      message: 'user name is empty',
    });
  });

  test.for(['not-an-email', '', 'a@', '@b.org', 'a b@c.org', `${'a'.repeat(250)}@b.org`])(
    'refuses the address %j and stores nothing',
    async (email, { db }) => {
      const before = await db.$count(table);

      await expect(users.create(db, aNewUser({ email }), now)).rejects.toThrow(InvalidInputError);

      expect(await db.$count(table)).toBe(before);
    },
  );

  test('drops blanks around the address and puts the part after the last @ in lower case', async ({ db }) => {
    const user = await users.create(db, aNewUser({ email: ` ${'Foo'}@EXAMPLE.com ` }), now);

    expect(user.email).toBe('Foo@example.com');
  });

  test.for(['short', '1234567890'])('refuses the password %j', async (password, { db }) => {
    await expect(users.create(db, aNewUser({ password }), now)).rejects.toThrow(InvalidInputError);
  });

  test('refuses a first or last name that its column cannot hold', async ({ db }) => {
    const creating = users.create(db, aNewUser({ firstName: 'x'.repeat(151), lastName: 'a\nb' }), now);

    await expect(creating).rejects.toMatchObject({
      constructor: ValidationError,
      problems: {
        first_name: ['first name has 151 characters, at most 150 are stored'],
        last_name: ['last name has a control character'],
      },
    });
  });

  test('tells a name that is taken from an address that is taken', async ({ db }) => {
    const alice = await users.create(db, aNewUser(), now);

    await expect(users.create(db, aNewUser({ username: alice.username }), now)).rejects.toMatchObject({
      constructor: ConflictError,
      message: `user "${alice.username}" exists already`,
    });
    await expect(users.create(db, aNewUser({ email: alice.email }), now)).rejects.toMatchObject({
      constructor: ConflictError,
      message: `e-mail address ${alice.email} belongs to user "${alice.username}"`,
    });
  });

  test('refuses an address that differs only in case, unless that is allowed', async ({ db }) => {
    const name = unique('mail');
    await users.create(db, aNewUser({ email: `${name}@example.org` }), now);
    const similar = `${name.toUpperCase()}@example.org`;

    await expect(users.create(db, aNewUser({ email: similar }), now)).rejects.toMatchObject({
      constructor: ConflictError,
      hint: '--allow-similar-email accepts that',
    });
    const user = await users.create(db, aNewUser({ email: similar, allowSimilarEmail: true }), now);
    expect(user.email).toBe(similar);
  });

  test('takes a name that differs only in case from another', async ({ db }) => {
    const name = unique('user');
    await users.create(db, aNewUser({ username: name }), now);

    expect((await users.create(db, aNewUser({ username: name.toUpperCase() }), now)).username).toBe(
      name.toUpperCase(),
    );
  });

  test('by two sessions at once makes one account, and tells the other what is taken', async ({
    database,
  }) => {
    const given = aNewUser();
    const first = await begin(database);
    await users.create(first.tx, given, now);

    const second = await session(database);
    const refused = expect(
      users.create(second.db, { ...aNewUser(), email: given.email }, now),
    ).rejects.toThrow(/belongs to user/);
    await untilBlocked(database, second.pid);
    await first.commit();

    await refused;
  });
});

describe('createSuperuser', () => {
  test('makes a superuser who is staff', async ({ db }) => {
    expect(await users.createSuperuser(db, aNewUser(), now)).toMatchObject({
      isStaff: true,
      isSuperuser: true,
    });
  });

  test('refuses to be told otherwise', async ({ db }) => {
    await expect(users.createSuperuser(db, aNewUser({ isStaff: false }), now)).rejects.toThrow(ArgumentError);
    await expect(users.createSuperuser(db, aNewUser({ isSuperuser: false }), now)).rejects.toThrow(
      ArgumentError,
    );
  });
});

describe('ensure', () => {
  test('accepts an account that has what is asked for, and never touches its password', async ({ db }) => {
    const given = aNewUser({ isStaff: true });
    const made = await users.create(db, given, now);

    const found = await users.ensure(db, { ...given, password: 'another password' }, 'accept', now);

    expect(found).toEqual({ user: made, wasCreated: false, changed: false });
  });

  test('does not look at what was not given', async ({ db }) => {
    const given = aNewUser({ isSuperuser: true, firstName: 'A' });
    await users.create(db, given, now);

    const { username, email } = given;
    expect(await users.ensure(db, { username, email, password: null }, 'accept', now)).toMatchObject({
      changed: false,
    });
  });

  test('refuses an account that differs, and names what differs', async ({ db }) => {
    const given = aNewUser();
    const made = await users.create(db, given, now);

    const other = { ...given, email: `${unique('other')}@example.org`, isStaff: true };
    await expect(users.ensure(db, other, 'accept', now)).rejects.toMatchObject({
      constructor: ConflictError,
      message: `user "${given.username}" exists already with another e-mail address, staff flag`,
    });
    expect(await users.get(db, made.id)).toEqual(made);
  });

  test('changes what differs when told to', async ({ db }) => {
    const given = aNewUser();
    const made = await users.create(db, given, now);
    const email = `${unique('other')}@example.org`;

    const { user, ...outcome } = await users.ensure(db, { ...given, email, isStaff: true }, 'update', now);

    expect(outcome).toEqual({ wasCreated: false, changed: true });
    expect(user).toEqual({ ...made, email, isStaff: true });
  });

  test('called by many sessions at once makes one account, and all of them succeed', async ({ database }) => {
    const given = aNewUser();

    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => users.ensure(database.connect(), given, 'accept', now)),
    );

    expect(new Set(outcomes.map(({ user }) => user.id)).size).toBe(1);
    expect(outcomes.filter(({ wasCreated }) => wasCreated)).toHaveLength(1);
  });
});

describe('finding users', () => {
  test('goes by the exact name', async ({ db }) => {
    const user = await aUser(db);

    expect(await users.getByUsername(db, user.username)).toEqual(user);
    expect(await users.findByUsername(db, user.username.toUpperCase())).toBeUndefined();
    for (const name of ['nosuch', '']) {
      const problem = {
        constructor: NotFoundError,
        message: `user "${name}" not found`,
        hint: 'see debusine-admin list-users',
      };
      await expect(users.getByUsername(db, name)).rejects.toMatchObject(problem);
    }
    await expect(users.get(db, nobody)).rejects.toThrow(NotFoundError);
  });

  test('finds several in the order of the names, and says which one is missing', async ({ db }) => {
    const [a, b] = [await aUser(db), await aUser(db, { username: unique('we"ird,{}') })];

    expect(await users.getByUsernames(db, [b.username, a.username])).toEqual([b, a]);
    await expect(users.getByUsernames(db, [a.username, 'nosuch'])).rejects.toThrow('user "nosuch" not found');
  });
});

describe('change', () => {
  test('changes what is given and nothing else', async ({ db }) => {
    const before = await aUser(db);
    const username = unique('renamed');

    const { user, changed } = await users.change(db, before.id, { username, lastName: 'L', isStaff: true });

    expect(changed).toBe(true);
    expect(user).toEqual({ ...before, username, lastName: 'L', isStaff: true });
    expect(await users.get(db, before.id)).toEqual(user);
  });

  test('with the values that are there is no change', async ({ db }) => {
    const before = await aUser(db);
    const { username, email, isActive } = before;

    expect(await users.change(db, before.id, { username, email, isActive })).toEqual({
      user: before,
      changed: false,
    });
    expect(await users.change(db, before.id, {})).toEqual({ user: before, changed: false });
  });

  test('applies the rules a user is made under', async ({ db }) => {
    const { id } = await aUser(db);

    await expect(users.change(db, id, { email: 'garbage' })).rejects.toThrow(
      '"garbage" is not an e-mail address',
    );
    await expect(users.change(db, id, { username: 'bad name' })).rejects.toThrow(InvalidInputError);
    await expect(users.change(db, id, { username: '' })).rejects.toThrow(ArgumentError);
    await expect(users.change(db, id, { firstName: 'x'.repeat(151) })).rejects.toThrow(ValidationError);
    await expect(users.change(db, nobody, { isStaff: true })).rejects.toThrow(NotFoundError);
    expect((await users.change(db, id, { email: 'New.Address@EXAMPLE.org' })).user.email).toBe(
      'New.Address@example.org',
    );
  });

  test('refuses the name or address of another user, saying which', async ({ db }) => {
    const [one, two] = [await aUser(db), await aUser(db)];

    await expect(users.change(db, one.id, { username: two.username })).rejects.toThrow(
      `user "${two.username}" exists already`,
    );
    await expect(users.change(db, one.id, { email: two.email })).rejects.toThrow(
      `e-mail address ${two.email} belongs to user "${two.username}"`,
    );
    expect(await users.get(db, one.id)).toEqual(one);
  });

  test('of the case of the own address is no conflict, of that of another only when allowed', async ({
    db,
  }) => {
    const name = unique('mail');
    const one = await aUser(db, { email: `${name}@example.org` });
    const two = await aUser(db);
    const shouted = `${name.toUpperCase()}@example.org`;

    await expect(users.change(db, two.id, { email: shouted })).rejects.toThrow(/differs only in case/);
    expect((await users.change(db, one.id, { email: shouted })).user.email).toBe(shouted);
    const allowed = await users.change(
      db,
      two.id,
      { email: `${name}@example.org` },
      { allowSimilarEmail: true },
    );
    expect(allowed.changed).toBe(true);
  });

  test('to an address that another session takes meanwhile is refused in words', async ({ database }) => {
    const [one, two] = [await aUser(database.db), await aUser(database.db)];
    const email = `${unique('wanted')}@example.org`;
    const first = await begin(database);
    await users.change(first.tx, one.id, { email });

    const second = await session(database);
    const refused = expect(users.change(second.db, two.id, { email })).rejects.toThrow(
      `e-mail address ${email} belongs to user "${one.username}"`,
    );
    await untilBlocked(database, second.pid);
    await first.commit();

    await refused;
  });
});

describe('disable', () => {
  test('switches the account off, keeps its tokens, and counts those that still work', async ({ db }) => {
    const { id } = await aUser(db);
    const token = await aToken(db, { userId: id });
    await aToken(db, { userId: id, enabled: false });

    const result = await users.disable(db, id);

    expect(result).toMatchObject({
      changed: true,
      disabledTokens: [],
      enabledTokens: 1,
      user: { isActive: false },
    });
    expect((await tokens.get(db, token.id)).enabled).toBe(true);
    expect(await users.disable(db, id)).toMatchObject({ changed: false });
  });

  test('switches its tokens off with it when told so', async ({ db }) => {
    const { id } = await aUser(db);
    const token = await aToken(db, { userId: id });

    expect(await users.disable(db, id, { withTokens: true })).toMatchObject({
      changed: true,
      disabledTokens: [token.id],
      enabledTokens: 0,
    });
    expect(await users.disable(db, id, { withTokens: true })).toMatchObject({
      changed: false,
      disabledTokens: [],
    });
  });
});

describe('passwords', () => {
  test('can be set, and taken away', async ({ db }) => {
    const before = await aUser(db);

    await users.setPassword(db, before.id, 'new password');
    expect(await users.checkPassword(db, before.id, 'new password')).toBe(true);
    await users.setPassword(db, before.id, null);
    expect(await users.checkPassword(db, before.id, 'new password')).toBe(false);

    const after = await users.get(db, before.id);
    expect({ ...after, password: '' }).toEqual({ ...before, password: '' });
    expect(users.hasUsablePassword(after)).toBe(false);
  });

  test('that are too weak are refused, and so is a user that does not exist', async ({ db }) => {
    const before = await aUser(db);

    await expect(users.setPassword(db, before.id, '12345678')).rejects.toThrow(InvalidInputError);
    await expect(users.setPassword(db, nobody, null)).rejects.toThrow(NotFoundError);
    await expect(users.checkPassword(db, nobody, 'x')).rejects.toThrow(NotFoundError);
    expect(() => users.checkChosenPassword('12345678')).toThrow(InvalidInputError);
    expect(await users.get(db, before.id)).toEqual(before);
  });

  test('with other iterations or a shorter salt are hashed anew after a successful check', async ({ db }) => {
    for (const options of [{ iterations: 1000 }, { salt: 'short' }]) {
      const password = await hashPassword('secret', options);
      const { id } = await aUser(db, { password });

      expect(await users.checkPassword(db, id, 'wrong')).toBe(false);
      expect((await users.get(db, id)).password).toBe(password);
      expect(await users.checkPassword(db, id, 'secret')).toBe(true);

      const stored = (await users.get(db, id)).password;
      expect(stored).toMatch(/^pbkdf2_sha256\$600000\$[A-Za-z0-9]{22}\$/);
      expect(await users.checkPassword(db, id, 'secret')).toBe(true);
      expect((await users.get(db, id)).password).toBe(stored);
    }
  });

  test('the hash of the reference fits its password', async ({ db }) => {
    const { id } = await aUser(db, {
      password: `pbkdf2_sha256$260000$${'a'.repeat(22)}$/gYrNQMUUk8dy4ShoUTmAd1RNrdGB6Hv51oGFyZKsrc=`,
    });

    expect(await users.checkPassword(db, id, 'abc')).toBe(true);
  });
});

describe('permissions', () => {
  const priorities = 'db.manage_workrequest_priorities';

  test('of a user are its own and those of its groups', async ({ db }) => {
    const { id } = await aUser(db);
    const own = await permissions.getByName(db, 'db.view_worker');
    const shared = await permissions.getByName(db, priorities);
    const group = await groups.create(db, unique('group'));
    await groups.addPermission(db, group.id, shared.id);
    expect(await users.hasPermission(db, id, priorities)).toBe(false);

    await users.addPermission(db, id, own.id);
    await users.addToGroup(db, id, group.id);

    expect(await users.hasPermission(db, id, priorities)).toBe(true);
    expect(await users.hasPermission(db, id, 'db.view_worker')).toBe(true);
    expect(await users.hasPermission(db, id, 'db.delete_worker')).toBe(false);
    expect(await users.hasPermission(db, id, 'auth.view_worker')).toBe(false);
    expect(await users.allPermissions(db, id)).toEqual([priorities, 'db.view_worker']);
    expect(await users.userPermissions(db, id)).toEqual([own]);
    expect(await users.groupsOf(db, id)).toEqual([group]);
  });

  test('are all of them for an active superuser, and none for somebody inactive', async ({ db }) => {
    const root = await aUser(db, { isSuperuser: true });
    const gone = await aUser(db, { isSuperuser: true, isActive: false });
    const view = await permissions.getByName(db, 'db.view_worker');
    await users.addPermission(db, gone.id, view.id);

    expect(await users.hasPermission(db, root.id, priorities)).toBe(true);
    expect(await users.hasPermission(db, root.id, 'no.such_permission')).toBe(true);
    expect(await users.allPermissions(db, root.id)).toHaveLength(85);
    expect(await users.hasPermission(db, gone.id, 'db.view_worker')).toBe(false);
    expect(await users.allPermissions(db, gone.id)).toEqual([]);
    await expect(users.hasPermission(db, nobody, priorities)).rejects.toThrow(NotFoundError);
  });

  test('and groups can be added twice and removed twice without effect', async ({ db }) => {
    const { id } = await aUser(db);
    const view = await permissions.getByName(db, 'db.view_worker');
    const group = await groups.create(db, unique('group'));
    for (let time = 0; time < 2; time += 1) {
      await users.addPermission(db, id, view.id);
      await users.addToGroup(db, id, group.id);
    }
    expect(await users.userPermissions(db, id)).toHaveLength(1);
    expect(await users.groupsOf(db, id)).toHaveLength(1);

    for (let time = 0; time < 2; time += 1) {
      await users.removePermission(db, id, view.id);
      await users.removeFromGroup(db, id, group.id);
    }
    expect(await users.userPermissions(db, id)).toEqual([]);
    expect(await users.groupsOf(db, id)).toEqual([]);
  });

  test('the database refuses a second equal membership and a second equal permission', async ({ db }) => {
    const { id: userId } = await aUser(db);
    const { id: groupId } = await groups.create(db, unique('group'));
    const { id: permissionId } = await permissions.getByName(db, 'db.view_worker');
    await db.insert(userGroups).values({ userId, groupId });
    await db.insert(userPermissions).values({ userId, permissionId });

    await expect(
      transaction(db, (tx) => tx.insert(userGroups).values({ userId, groupId })),
    ).rejects.toMatchObject({ constraint: 'db_user_groups_user_id_group_id_4e607823_uniq' });
    await expect(
      transaction(db, (tx) => tx.insert(userPermissions).values({ userId, permissionId })),
    ).rejects.toMatchObject({ constraint: 'db_user_user_permissions_user_id_permission_id_ff552965_uniq' });
  });
});

describe('list', () => {
  test('shows each user with the number of its tokens and identities, by the instant of joining', async ({
    db,
  }) => {
    const prefix = unique('listed');
    const later = await aUser(db, { username: `${prefix}-a`, dateJoined: now });
    const earlier = await aUser(db, {
      username: `${prefix}-b`,
      dateJoined: at('2024-01-01'),
      lastLogin: now,
    });
    await aToken(db, { userId: later.id });
    await aToken(db, { userId: later.id, enabled: false });
    await identities.create(db, { issuer: 'i', subject: prefix, userId: later.id }, now);

    const rows = await all(users.list(db, { nameLike: `${prefix}%` }));

    expect(rows).toEqual([
      expect.objectContaining({ id: earlier.id, last_login: now, tokens: 0, identities: 0 }),
      {
        id: later.id,
        username: later.username,
        email: later.email,
        date_joined: now,
        last_login: null,
        first_name: '',
        last_name: '',
        is_active: true,
        is_staff: false,
        is_superuser: false,
        tokens: 2,
        identities: 1,
      },
    ]);
    const byTokens = await all(users.list(db, { nameLike: `${prefix}%` }, { order: ['-tokens'], limit: 1 }));
    expect(byTokens.map(({ id }) => id)).toEqual([later.id]);
  });

  test('filters by activity, staff, superuser and name', async ({ db }) => {
    const prefix = unique('filtered');
    const plain = await aUser(db, { username: `${prefix}-1` });
    const staff = await aUser(db, { username: `${prefix}-2`, isStaff: true });
    const root = await aUser(db, { username: `${prefix}-3`, isSuperuser: true, isActive: false });
    const names = async (filter: users.UserFilter) =>
      (await all(users.list(db, { nameLike: `${prefix}%`, ...filter }, { order: ['id'] }))).map(
        ({ id }) => id,
      );

    expect(await names({})).toEqual([plain.id, staff.id, root.id]);
    expect(await names({ active: true })).toEqual([plain.id, staff.id]);
    expect(await names({ active: false })).toEqual([root.id]);
    expect(await names({ staff: true })).toEqual([staff.id]);
    expect(await names({ superuser: true })).toEqual([root.id]);
    expect(await names({ staff: true, superuser: true })).toEqual([]);
  });

  test('needs as many statements for fifty users as for one', async ({ database }) => {
    const prefix = unique('many');
    const lists = (db: Db) => all(users.list(db, { nameLike: `${prefix}%` }));
    await aUser(database.db, { username: unique(prefix) });
    const one = await countStatements(database, lists);
    for (let i = 0; i < 49; i += 1) await aUser(database.db, { username: unique(prefix) });

    expect(await countStatements(database, lists)).toBe(one);
    expect(await lists(database.db)).toHaveLength(50);
  });
});

describe('what belongs to a user', () => {
  test('is found by its accessors, each ordered by id', async ({ db }) => {
    const user = await aUser(db);
    const remover = await aUser(db);
    const artifacts = [
      await anArtifact(db, { createdById: user.id }),
      await anArtifact(db, { createdById: user.id }),
    ];
    await anArtifact(db);
    const mine = [await aToken(db, { userId: user.id }), await aToken(db, { userId: user.id })];
    await aToken(db);
    const requests = [
      await aWorkRequest(db, { createdById: user.id }),
      await aWorkRequest(db, { createdById: user.id, status: 'aborted' }),
    ];
    const identity = await identities.create(db, { issuer: 'i', subject: unique('s'), userId: user.id }, now);
    const [artifact] = artifacts;
    if (artifact === undefined) throw new Error('no artifact');
    const item = await anItem(db, await aCollection(db), artifact, {
      createdByUserId: user.id,
      removedByUserId: remover.id,
      removedAt: now,
    });

    expect(await users.artifactSet(db, user.id)).toEqual(artifacts);
    expect(await users.tokenSet(db, user.id)).toEqual(mine);
    expect(await users.workRequestSet(db, user.id)).toEqual(requests);
    expect(await users.identities(db, user.id)).toEqual([identity]);
    expect(await users.userCreatedCollectionItem(db, user.id)).toEqual([item]);
    expect(await users.userRemovedCollectionItem(db, user.id)).toEqual([]);
    expect(await users.userCreatedCollectionItem(db, remover.id)).toEqual([]);
    expect(await users.userRemovedCollectionItem(db, remover.id)).toEqual([item]);
  });

  test('never includes entries of the admin log, which is no table of this schema', async ({ db }) => {
    expect(await users.logEntrySet(db, (await aUser(db)).id)).toEqual([]);
  });
});

describe('remove', () => {
  test('deletes a user with its memberships and permissions, and unbinds its identities', async ({ db }) => {
    const user = await aUser(db);
    const group = await groups.create(db, unique('group'));
    await users.addToGroup(db, user.id, group.id);
    await users.addPermission(db, user.id, (await permissions.getByName(db, 'db.view_worker')).id);
    const identity = await identities.create(db, { issuer: 'i', subject: unique('s'), userId: user.id }, now);

    const references = await users.remove(db, user.id);

    expect(references).toEqual({
      artifacts: 0,
      work_requests: 0,
      collection_items: 0,
      tokens: 0,
      identities: 1,
    });
    await expect(users.get(db, user.id)).rejects.toThrow(NotFoundError);
    expect(await identities.get(db, identity.id)).toEqual({ ...identity, userId: null });
    expect(await groups.userSet(db, group.id)).toEqual([]);
    expect(await db.$count(userPermissions, eq(userPermissions.userId, user.id))).toBe(0);
  });

  test('refuses when identities are protected, too', async ({ db }) => {
    const user = await aUser(db);
    await identities.create(db, { issuer: 'i', subject: unique('s'), userId: user.id }, now);

    await expect(users.remove(db, user.id, { protectIdentities: true })).rejects.toThrow(
      `user "${user.username}" has 1 identity`,
    );
    expect(await users.get(db, user.id)).toEqual(user);
  });

  test.for([
    ['an artifact', (db: Db, id: Id<'User'>) => anArtifact(db, { createdById: id })],
    ['a work request', (db: Db, id: Id<'User'>) => aWorkRequest(db, { createdById: id })],
    ['a token', (db: Db, id: Id<'User'>) => aToken(db, { userId: id })],
    [
      'a collection item it added',
      async (db: Db, id: Id<'User'>) =>
        anItem(db, await aCollection(db), await anArtifact(db), { createdByUserId: id }),
    ],
    [
      'a collection item it removed',
      async (db: Db, id: Id<'User'>) =>
        anItem(db, await aCollection(db), await anArtifact(db), { removedByUserId: id, removedAt: now }),
    ],
  ] as const)('refuses a user that %s refers to, and changes nothing', async ([, refer], { db }) => {
    const user = await aUser(db);
    const identity = await identities.create(db, { issuer: 'i', subject: unique('s'), userId: user.id }, now);
    await refer(db, user.id);

    await expect(users.remove(db, user.id)).rejects.toThrow(ProtectedError);

    expect(await users.get(db, user.id)).toEqual(user);
    expect(await identities.get(db, identity.id)).toEqual(identity);
  });

  test('says in words how many of what refer to the user', async ({ db }) => {
    const user = await aUser(db);
    await aWorkRequest(db, { createdById: user.id });
    await aWorkRequest(db, { createdById: user.id });
    const artifact = await anArtifact(db, { createdById: user.id });
    const both = { createdByUserId: user.id, removedByUserId: user.id, removedAt: now };
    await anItem(db, await aCollection(db), artifact, both);

    expect(await users.references(db, user.id)).toEqual({
      artifacts: 1,
      work_requests: 2,
      collection_items: 1,
      tokens: 0,
      identities: 0,
    });
    await expect(users.remove(db, user.id)).rejects.toMatchObject({
      message: `user "${user.username}" is recorded on 2 work requests and 1 artifact and 1 collection item`,
      hint: `debusine-admin manage-user disable ${user.username}`,
    });
    expect(await db.$count(collectionItems, eq(collectionItems.createdByUserId, user.id))).toBe(1);
  });

  test('takes the tokens along when told so, but not one that a worker uses', async ({ db }) => {
    const user = await aUser(db);
    const token = await aToken(db, { userId: user.id });
    await expect(users.remove(db, user.id)).rejects.toMatchObject({
      hint: '--with-tokens deletes them, too',
    });
    const other = await aUser(db);
    await aWorker(db, { tokenId: (await aToken(db, { userId: other.id })).id });

    await users.remove(db, user.id, { withTokens: true });
    await expect(users.remove(db, other.id, { withTokens: true })).rejects.toThrow(/belongs to worker/);

    await expect(tokens.get(db, token.id)).rejects.toThrow(NotFoundError);
    expect(await users.get(db, other.id)).toEqual(other);
    await expect(users.remove(db, nobody)).rejects.toThrow(NotFoundError);
    await expect(users.references(db, nobody)).rejects.toThrow(NotFoundError);
  });

  test('and a token that is made at that moment: the user goes, the token is refused', async ({
    database,
  }) => {
    const user = await aUser(database.db);
    const removal = await begin(database);
    await users.remove(removal.tx, user.id);

    const making = await session(database);
    const refused = expect(tokens.create(making.db, { userId: user.id }, now)).rejects.toThrow(
      ConstraintError,
    );
    await untilBlocked(database, making.pid);
    await removal.commit();

    await refused;
  });

  test('needs as many statements for a user with fifty tokens as for one with one', async ({ database }) => {
    const [one, many] = [await aUser(database.db), await aUser(database.db)];
    await aToken(database.db, { userId: one.id });
    for (let i = 0; i < 50; i += 1) await aToken(database.db, { userId: many.id });

    const few = await countStatements(database, (db) => users.remove(db, one.id, { withTokens: true }));
    const lots = await countStatements(database, (db) => users.remove(db, many.id, { withTokens: true }));

    expect(lots).toBe(few);
  });
});

test('the database refuses a second user of the same name, and a second one with the same address', async ({
  db,
}) => {
  const { username, email } = await aUser(db);

  await expect(transaction(db, (tx) => aUser(tx, { username, email: 'x@y.org' }))).rejects.toMatchObject({
    constraint: 'db_user_username_key',
  });
  await expect(transaction(db, (tx) => aUser(tx, { email }))).rejects.toMatchObject({
    constraint: 'db_user_email_key',
  });
});
