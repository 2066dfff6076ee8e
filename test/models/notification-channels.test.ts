/** Where messages about work requests go. */
import { describe, expect } from 'vitest';
import type { JsonObject } from '../../src/data/json.ts';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { all } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import { ConflictError, NotFoundError, ValidationError } from '../../src/errors.ts';
import * as channels from '../../src/models/notification-channels.ts';
import { notificationChannels as table } from '../../src/schema/notification-channels.ts';
import { test } from '../support/database.ts';
import { aWorkRequest, unique } from '../support/factories.ts';
import names from '../vectors/notification-channel-names.json' with { type: 'json' };
import { columnsOf } from './columns.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const data: JsonObject = { from: 'a@example.org', to: ['B <b@example.org>'] };
const aName = (): string => unique('chan').slice(0, 20);

const aChannel = async (db: Db, given: { name?: string; data?: JsonObject } = {}) =>
  (await channels.create(db, { name: aName(), method: 'email', data, ...given })).channel;

/** A work request that sends notifications through the channels named. */
const naming = (
  db: Db,
  status: 'pending' | 'running' | 'blocked' | 'completed' | 'aborted',
  ...named: string[]
) =>
  aWorkRequest(db, {
    status,
    eventReactionsJson: {
      on_success: [{ action: 'update-collection-with-artifacts', channel: 'no channel', collection: 'x' }],
      on_failure: named.map((channel) => ({ action: 'send-notification', channel })),
    },
  });

test('the columns of a notification channel are those of the reference', async ({ db }) => {
  expect(await columnsOf(db, 'db_notificationchannel')).toEqual({
    id: 'bigint not null by default as identity',
    name: 'varchar(20) not null',
    method: 'varchar(10) not null',
    data: 'jsonb not null',
  });
});

test('the only method is email, and has a label; an unknown method is its own label', () => {
  expect(channels.methods).toEqual({ email: 'Email' });
  expect(channels.methodDisplay({ method: 'email' })).toBe('Email');
  expect(channels.methodDisplay({ method: 'pigeon' })).toBe('pigeon');
  expect(channels.methodDisplay({ method: 'constructor' })).toBe('constructor');
  expect([...channels.dataValidators.keys()]).toEqual(['email']);
});

describe('clean', () => {
  test.for([
    {},
    data,
    { from: null, to: null, subject: null },
    { cc: ['x@example.org'], subject: 'Done: $work_request_id' },
  ] as JsonObject[])('accepts %j', (given) => {
    expect(() => channels.clean({ method: 'email', data: given })).not.toThrow();
  });

  test.for([
    ['an unknown method', 'pigeon', data],
    ['data that are a list', 'email', []],
    ['data that are null', 'email', null],
    ['data that are text', 'email', 'x'],
    ['an invalid address', 'email', { to: ['x'] }],
    ['addresses that are no list', 'email', { to: 'a@example.org' }],
    ['a copy that is null', 'email', { cc: null }],
    ['an unknown key', 'email', { bcc: [] }],
  ] as const)('refuses %s, with a problem of no single field', ([, method, given]) => {
    let problems: readonly string[] = [];
    try {
      channels.clean({ method, data: given });
    } catch (error) {
      if (error instanceof ValidationError) problems = Object.keys(error.problems);
    }
    expect(problems).toEqual(['__all__']);
  });

  test('says what is wrong and where', () => {
    expect(() => channels.clean({ method: 'email', data: { to: ['x'] } })).toThrow(
      'data: to.0: "x" is not an e-mail address',
    );
  });
});

describe('save', () => {
  test('stores a new channel with its data as they are given', async ({ db }) => {
    const name = aName();

    const channel = await channels.save(db, { name, method: 'email', data });

    expect(channel).toMatchObject({ name, method: 'email', data });
    expect(await channels.getByName(db, name)).toEqual(channel);
    expect(channels.toText(channel)).toBe(name);
  });

  test.for(names.cases)('judges name $id of the known answers as this level does', async (known, { db }) => {
    const saving = channels.save(db, { name: known.name, method: 'email', data: {} });

    // Names that only a later release refuses are accepted here.
    if (known.valid) expect((await saving).name).toBe(known.name);
    else await expect(saving).rejects.toMatchObject({ problems: { name: [expect.any(String)] } });
  });

  test('refuses a bad name, method or data on creation and on change, and stores nothing', async ({ db }) => {
    const channel = await aChannel(db);
    const before = await db.select().from(table);
    for (const bad of [{ name: '' }, { name: 'x'.repeat(21) }, { method: 'pigeon' }, { data: { to: 'x' } }]) {
      await expect(channels.save(db, { name: aName(), method: 'email', data, ...bad })).rejects.toThrow(
        ValidationError,
      );
      await expect(channels.save(db, { ...channel, ...bad })).rejects.toThrow(ValidationError);
    }

    expect(await db.select().from(table)).toEqual(before);
  });

  test('reports all problems together, each under its field', async ({ db }) => {
    await expect(
      channels.save(db, { name: 'x'.repeat(24), method: 'email', data: { to: 1 } }),
    ).rejects.toMatchObject({
      problems: {
        name: ['channel name has 24 characters, at most 20 are stored'],
        __all__: [expect.stringContaining('to')],
      },
    });
    await expect(channels.save(db, { name: aName(), method: 'pigeon', data })).rejects.toMatchObject({
      problems: { method: ['method "pigeon" is not one of email'] },
    });
  });

  test('refuses the name of another channel as invalid, on creation and on change', async ({ db }) => {
    const [one, two] = [await aChannel(db), await aChannel(db)];

    for (const duplicate of [
      { name: one.name, method: 'email', data },
      { ...two, name: one.name },
    ]) {
      await expect(channels.save(db, duplicate)).rejects.toMatchObject({
        constructor: ValidationError,
        problems: { name: [`notification channel "${one.name}" exists already`] },
      });
    }
    expect(await channels.getByName(db, two.name)).toEqual(two);
  });

  test('changes a channel under its id, also when nothing is different', async ({ db }) => {
    const channel = await aChannel(db);

    expect(await channels.save(db, channel)).toEqual(channel);
    expect(await channels.save(db, { ...channel, data: {} })).toEqual({ ...channel, data: {} });
    await expect(
      channels.save(db, { ...channel, name: aName(), id: 987_654 as Id<'NotificationChannel'> }),
    ).rejects.toThrow(NotFoundError);
  });

  test('by two sessions at once stores one channel; the database decides', async ({ database }) => {
    const name = aName();
    const first = await begin(database);
    await channels.save(first.tx, { name, method: 'email', data });

    const second = await session(database);
    const refused = expect(channels.save(second.db, { name, method: 'email', data })).rejects.toMatchObject({
      constraint: 'db_notificationchannel_name_key',
    });
    await untilBlocked(database, second.pid);
    await first.commit();

    await refused;
  });
});

describe('create', () => {
  test('makes a channel with empty data when none are given', async ({ db }) => {
    expect(await channels.create(db, { name: aName(), method: 'email' })).toMatchObject({
      wasCreated: true,
      changed: true,
      channel: { data: {} },
    });
  });

  test('refuses one that exists, as a conflict', async ({ db }) => {
    const { name } = await aChannel(db);

    await expect(channels.create(db, { name, method: 'email' })).rejects.toMatchObject({
      constructor: ConflictError,
      message: `notification channel "${name}" exists already`,
    });
  });

  test('accepts one that is the same, or of which only the name was given', async ({ db }) => {
    const channel = await aChannel(db);
    const { name } = channel;

    const same = { wasCreated: false, changed: false, channel };
    expect(await channels.create(db, { name, method: 'email', data: { ...data } }, 'accept')).toEqual(same);
    expect(await channels.create(db, { name, method: 'email' }, 'accept')).toEqual(same);
    expect(await channels.create(db, { name, method: 'email', data }, 'update')).toEqual(same);
  });

  test('refuses or changes one that differs', async ({ db }) => {
    const channel = await aChannel(db);
    const other = { name: channel.name, method: 'email', data: { subject: 'Done' } };

    await expect(channels.create(db, other, 'accept')).rejects.toThrow(/exists already with another data/);
    expect(await channels.getByName(db, channel.name)).toEqual(channel);
    expect(await channels.create(db, other, 'update')).toEqual({
      wasCreated: false,
      changed: true,
      channel: { ...channel, data: other.data },
    });
  });

  test('called by many sessions at once makes one channel, and all of them succeed', async ({ database }) => {
    const name = aName();

    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        channels.create(database.connect(), { name, method: 'email', data }, 'accept'),
      ),
    );

    expect(new Set(outcomes.map(({ channel }) => channel.id)).size).toBe(1);
    expect(outcomes.filter(({ wasCreated }) => wasCreated)).toHaveLength(1);
  });
});

describe('rename', () => {
  test('gives a channel another name', async ({ db }) => {
    const channel = await aChannel(db);
    const name = aName();

    expect(await channels.rename(db, channel.name, name)).toEqual({
      channel: { ...channel, name },
      changed: true,
      namedByUnfinished: 0,
    });
    expect(await channels.find(db, channel.name)).toBeUndefined();
    expect(await channels.rename(db, name, name)).toMatchObject({ changed: false });
  });

  test('refuses an unknown channel, a bad name and a name that is taken', async ({ db }) => {
    const [one, two] = [await aChannel(db), await aChannel(db)];

    await expect(channels.rename(db, 'nosuch', aName())).rejects.toThrow(
      'notification channel "nosuch" not found',
    );
    await expect(channels.rename(db, one.name, '')).rejects.toThrow(ValidationError);
    await expect(channels.rename(db, one.name, two.name)).rejects.toMatchObject({
      constructor: ConflictError,
      message: `notification channel "${two.name}" exists already`,
    });
    expect(await channels.getByName(db, one.name)).toEqual(one);
  });

  test('counts the unfinished work requests that will not find it any more', async ({ db }) => {
    const { name } = await aChannel(db);
    await naming(db, 'pending', name, name);
    await naming(db, 'blocked', 'another', name);
    await naming(db, 'completed', name);

    expect(await channels.rename(db, name, aName())).toMatchObject({ namedByUnfinished: 2 });
  });

  test('to a name that another session takes meanwhile is a conflict', async ({ database }) => {
    const { name } = await aChannel(database.db);
    const wanted = aName();
    const first = await begin(database);
    await aChannel(first.tx, { name: wanted });

    const second = await session(database);
    const refused = expect(channels.rename(second.db, name, wanted)).rejects.toThrow(ConflictError);
    await untilBlocked(database, second.pid);
    await first.commit();

    await refused;
  });
});

describe('changeData', () => {
  test('makes the new data of the old, under the same rules', async ({ db }) => {
    const channel = await aChannel(db);

    const changed = await channels.changeData(db, channel.name, (old) => ({ ...old, subject: 'Done' }));

    expect(changed).toMatchObject({
      changed: true,
      channel: { ...channel, data: { ...data, subject: 'Done' } },
    });
    expect(await channels.changeData(db, channel.name, (old) => ({ ...old }))).toMatchObject({
      changed: false,
    });
    await expect(channels.changeData(db, channel.name, () => ({ to: ['x'] }))).rejects.toThrow(
      ValidationError,
    );
    await expect(channels.changeData(db, 'nosuch', (old) => old)).rejects.toThrow(NotFoundError);
    expect(await channels.getByName(db, channel.name)).toEqual(changed.channel);
  });

  test('of two sessions at once loses neither change', async ({ database }) => {
    const { name } = await aChannel(database.db, { data: {} });
    const first = await begin(database);
    await channels.changeData(first.tx, name, (old) => ({ ...old, subject: 'first' }));

    const second = await session(database);
    const changing = channels.changeData(second.db, name, (old) => ({ ...old, from: 'second@example.org' }));
    await untilBlocked(database, second.pid);
    await first.commit();

    expect((await changing).channel.data).toEqual({ subject: 'first', from: 'second@example.org' });
  });
});

describe('list', () => {
  test('goes by name and filters by method and name', async ({ db }) => {
    const prefix = unique('l').slice(0, 10);
    const b = await aChannel(db, { name: `${prefix}-b` });
    const a = await aChannel(db, { name: `${prefix}-a`, data: {} });

    const rows = await all(channels.list(db, { nameLike: `${prefix}%` }));

    expect(rows).toEqual(
      [a, b].map(({ id, name, method, data: stored }) => ({ id, name, method, data: stored })),
    );
    expect(await channels.list(db, { nameLike: `${prefix}%`, methods: ['email'] }).count()).toBe(2);
    expect(await channels.list(db, { methods: ['pigeon'] }).count()).toBe(0);
    const [last] = await all(channels.list(db, { nameLike: `${prefix}%` }, { order: ['-name'], limit: 1 }));
    expect(last?.id).toBe(b.id);
  });
});

describe('remove', () => {
  test('deletes channels in the order given and says who will miss them', async ({ db }) => {
    const [one, two, kept] = [await aChannel(db), await aChannel(db), await aChannel(db)];
    await naming(db, 'running', two.name);

    expect(await channels.remove(db, [two.name, one.name, two.name])).toEqual([
      { name: two.name, deleted: true, named_by_unfinished_work_requests: 1 },
      { name: one.name, deleted: true, named_by_unfinished_work_requests: 0 },
    ]);
    expect(await channels.getByName(db, kept.name)).toEqual(kept);
    expect(await channels.find(db, one.name)).toBeUndefined();
  });

  test('deletes none when one does not exist, unless that is accepted', async ({ db }) => {
    const { name } = await aChannel(db);

    await expect(channels.remove(db, [name, 'nosuch'])).rejects.toThrow(
      'notification channel "nosuch" not found',
    );
    expect(await channels.find(db, name)).toBeDefined();

    expect(await channels.remove(db, ['nosuch', name], { ifExists: true })).toMatchObject([
      { name: 'nosuch', deleted: false },
      { name, deleted: true },
    ]);
  });
});

describe('unfinishedNaming', () => {
  test('counts each pending, running or blocked work request once for each channel it names', async ({
    db,
  }) => {
    const [a, b] = [aName(), aName()];
    await naming(db, 'pending', a, b, a);
    await naming(db, 'running', b);
    await naming(db, 'blocked', b);
    await naming(db, 'completed', a);
    await naming(db, 'aborted', a);
    await aWorkRequest(db, { eventReactionsJson: {} });
    await aWorkRequest(db, { eventReactionsJson: { on_success: 'not a list' } });

    expect(await channels.unfinishedNaming(db, [a, b, 'no channel'])).toEqual(
      new Map([
        [a, 1],
        [b, 3],
      ]),
    );
  });

  test('needs one statement for any number of channels', async ({ database }) => {
    const many = Array.from({ length: 50 }, aName);

    const one = await countStatements(database, (db) => channels.unfinishedNaming(db, many.slice(0, 1)));

    expect(await countStatements(database, (db) => channels.unfinishedNaming(db, many))).toBe(one);
  });
});

test('the database refuses two channels of one name', async ({ db }) => {
  const { name } = await aChannel(db);

  await expect(
    transaction(db, (tx) => tx.insert(table).values({ name, method: 'email', data: {} })),
  ).rejects.toMatchObject({ constraint: 'db_notificationchannel_name_key' });
});
