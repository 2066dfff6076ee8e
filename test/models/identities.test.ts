/** People as external authorities know them. */
import { describe, expect } from 'vitest';
import type { Id } from '../../src/db/ids.ts';
import { ConstraintError, NotFoundError } from '../../src/errors.ts';
import * as identities from '../../src/models/identities.ts';
import { identities as table } from '../../src/schema/identities.ts';
import { test } from '../support/database.ts';
import { at, aUser, unique } from '../support/factories.ts';
import { columnsOf } from './columns.ts';

const now = at('2024-05-02 09:14:07.530864');
const later = at('2024-05-03 10:00:00.000001');
const none = 987_654 as Id<'Identity'>;
const aPerson = () => ({ issuer: 'https://sso.example.org', subject: unique('subject') });

test('the columns of an identity are those of the reference', async ({ db }) => {
  expect(await columnsOf(db, 'db_identity')).toEqual({
    id: 'bigint not null by default as identity',
    issuer: 'varchar(512) not null',
    subject: 'varchar(512) not null',
    last_used: 'timestamp with time zone not null',
    claims: 'jsonb not null',
    user_id: 'bigint',
  });
});

test('create makes an unbound identity without claims, used now', async ({ db }) => {
  const person = aPerson();

  const identity = await identities.create(db, person, now);

  expect(identity).toMatchObject({ ...person, claims: {}, userId: null, lastUsed: now });
  expect(await identities.get(db, identity.id)).toEqual(identity);
  expect(await identities.find(db, person)).toEqual(identity);
  expect(await identities.user(db, identity)).toBeNull();
  expect(identities.toText(identity)).toBe(`${person.issuer}:${person.subject}`);
});

test('create keeps claims and user', async ({ db }) => {
  const user = await aUser(db);
  const claims = { name: 'Ä', groups: ['a'] };

  const identity = await identities.create(db, { ...aPerson(), claims, userId: user.id }, now);

  expect(identity.claims).toEqual(claims);
  expect(await identities.user(db, identity)).toEqual(user);
});

test('a subject is unique for its issuer, and only there', async ({ db }) => {
  const person = aPerson();
  await identities.create(db, person, now);
  const before = await db.$count(table);

  await expect(identities.create(db, person, now)).rejects.toMatchObject({
    constructor: ConstraintError,
    constraint: 'db_identity_unique_issuer_subject',
  });
  expect(await db.$count(table)).toBe(before);
  expect(await identities.create(db, { ...person, issuer: 'another' }, now)).toMatchObject({
    subject: person.subject,
  });
});

describe('every save', () => {
  test('refreshes the instant of the last use, also when nothing else changes', async ({ db }) => {
    const { id } = await identities.create(db, { ...aPerson(), claims: { a: 1 } }, now);

    const saved = await identities.save(db, id, {}, later);

    expect(saved).toMatchObject({ lastUsed: later, claims: { a: 1 } });
  });

  test('changes what is given', async ({ db }) => {
    const { id } = await identities.create(db, { ...aPerson(), claims: { a: 1 } }, now);

    expect((await identities.save(db, id, { claims: { b: 2 } }, later)).claims).toEqual({ b: 2 });
    await expect(identities.save(db, none, {}, later)).rejects.toThrow(NotFoundError);
  });
});

test('an identity can be bound to a user, to another one, and unbound', async ({ db }) => {
  const [one, two] = [await aUser(db), await aUser(db)];
  const { id } = await identities.create(db, aPerson(), now);

  expect(await identities.bind(db, id, one.id, later)).toMatchObject({ userId: one.id, lastUsed: later });
  expect(await identities.bind(db, id, two.id, later)).toMatchObject({ userId: two.id });
  expect(await identities.unbind(db, id, later)).toMatchObject({ userId: null });
});

describe('getOrCreate', () => {
  test('makes an identity once and then only notes its use', async ({ db }) => {
    const person = aPerson();
    const made = await identities.getOrCreate(db, { ...person, claims: { a: 1 } }, now);

    const found = await identities.getOrCreate(db, { ...person, claims: { b: 2 } }, later);

    expect(found).toEqual({ ...made, lastUsed: later });
  });

  test('called by many sessions at once makes one row', async ({ database }) => {
    const person = aPerson();

    const found = await Promise.all(
      Array.from({ length: 8 }, () => identities.getOrCreate(database.connect(), person, now)),
    );

    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
  });
});

test('all lists every identity by id', async ({ db }) => {
  const made = [await identities.create(db, aPerson(), now), await identities.create(db, aPerson(), now)];

  expect((await identities.all(db)).slice(-2)).toEqual(made);
});

test('remove deletes an identity; its user stays', async ({ db }) => {
  const user = await aUser(db);
  const { id } = await identities.create(db, { ...aPerson(), userId: user.id }, now);

  await identities.remove(db, id);

  await expect(identities.get(db, id)).rejects.toThrow(NotFoundError);
  await expect(identities.remove(db, id)).rejects.toThrow(NotFoundError);
  expect(await identities.find(db, { issuer: 'nobody', subject: 'x' })).toBeUndefined();
});
