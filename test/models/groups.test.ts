/** Groups of users and their permissions. */
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Id } from '../../src/db/ids.ts';
import { ConstraintError, NotFoundError } from '../../src/errors.ts';
import * as groups from '../../src/models/groups.ts';
import * as permissions from '../../src/models/permissions.ts';
import * as users from '../../src/models/users.ts';
import { contentTypes } from '../../src/schema/content-types.ts';
import { groupPermissions } from '../../src/schema/groups.ts';
import { permissions as table } from '../../src/schema/permissions.ts';
import { test } from '../support/database.ts';
import { aUser, unique } from '../support/factories.ts';
import { begin, session, untilBlocked } from './sessions.ts';

test('a group has a name nobody else has', async ({ db }) => {
  const name = unique('group');
  const group = await groups.create(db, name);

  expect(await groups.getByName(db, name)).toEqual(group);
  expect(await groups.all(db)).toContainEqual(group);
  await expect(groups.create(db, name)).rejects.toMatchObject({
    constructor: ConstraintError,
    constraint: 'auth_group_name_key',
  });
  await expect(groups.getByName(db, 'nosuch')).rejects.toThrow(NotFoundError);
});

test('permissions of a group can be added twice and removed twice without effect', async ({ db }) => {
  const { id } = await groups.create(db, unique('group'));
  const permission = await permissions.getByName(db, 'db.manage_workrequest_priorities');

  await groups.addPermission(db, id, permission.id);
  await groups.addPermission(db, id, permission.id);
  expect(await groups.permissionsOf(db, id)).toEqual([permission]);

  await groups.removePermission(db, id, permission.id);
  await groups.removePermission(db, id, permission.id);
  expect(await groups.permissionsOf(db, id)).toEqual([]);
});

test('members of a group are listed by name', async ({ db }) => {
  const { id } = await groups.create(db, unique('group'));
  const b = await aUser(db, { username: unique('b') });
  const a = await aUser(db, { username: unique('a') });
  await users.addToGroup(db, b.id, id);
  await users.addToGroup(db, a.id, id);

  expect(await groups.userSet(db, id)).toEqual([a, b]);
});

test('removing a group ends memberships and takes its permissions along; users and permissions stay', async ({
  db,
}) => {
  const user = await aUser(db);
  const { id } = await groups.create(db, unique('group'));
  const permission = await permissions.getByName(db, 'db.view_worker');
  await groups.addPermission(db, id, permission.id);
  await users.addToGroup(db, user.id, id);

  await groups.remove(db, id);

  expect(await users.groupsOf(db, user.id)).toEqual([]);
  expect(await db.$count(groupPermissions, eq(groupPermissions.groupId, id))).toBe(0);
  expect(await permissions.getByName(db, 'db.view_worker')).toEqual(permission);
  await expect(groups.remove(db, id)).rejects.toThrow(NotFoundError);
});

test('a group that is removed and joined at the same moment goes, and the membership is refused', async ({
  database,
}) => {
  const user = await aUser(database.db);
  const { id } = await groups.create(database.db, unique('group'));
  const removal = await begin(database);
  await groups.remove(removal.tx, id);

  const joining = await session(database);
  const refused = expect(users.addToGroup(joining.db, user.id, id)).rejects.toThrow();
  await untilBlocked(database, joining.pid);
  await removal.commit();

  await refused;
  expect(await users.groupsOf(database.db, user.id)).toEqual([]);
});

test('removing a permission takes it from users and groups', async ({ db }) => {
  const user = await aUser(db);
  const group = await groups.create(db, unique('group'));
  const permission = await permissions.getByName(db, 'db.view_worker');
  await users.addPermission(db, user.id, permission.id);
  await groups.addPermission(db, group.id, permission.id);

  await permissions.remove(db, permission.id);

  expect(await users.userPermissions(db, user.id)).toEqual([]);
  expect(await groups.permissionsOf(db, group.id)).toEqual([]);
  await expect(permissions.getByName(db, 'db.view_worker')).rejects.toThrow(NotFoundError);
  await expect(permissions.remove(db, permission.id)).rejects.toThrow(NotFoundError);
});

test('removing a content type takes its permissions along, and nobody has them any more', async ({ db }) => {
  const user = await aUser(db);
  const permission = await permissions.getByName(db, 'db.view_worker');
  await users.addPermission(db, user.id, permission.id);
  const before = await db.$count(table);

  await permissions.removeContentType(db, permission.contentTypeId);

  expect(await db.$count(contentTypes, eq(contentTypes.model, 'worker'))).toBe(0);
  expect(await db.$count(table)).toBe(before - 4);
  expect(await users.userPermissions(db, user.id)).toEqual([]);
  await expect(permissions.removeContentType(db, 987_654 as Id<'ContentType'>)).rejects.toThrow(
    NotFoundError,
  );
});

test.for(['manage_workrequest_priorities', 'db.nosuch', 'nosuch.view_worker', '', '.'])(
  'a permission is not found under the name %j',
  async (name, { db }) => {
    await expect(permissions.getByName(db, name)).rejects.toThrow(NotFoundError);
  },
);
