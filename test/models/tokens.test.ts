/** Keys for the API. */
import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { all } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import {
  ArgumentError,
  AssertionError,
  ConstraintError,
  MultipleFoundError,
  NotFoundError,
  ProtectedError,
  UsageError,
  ValidationError,
} from '../../src/errors.ts';
import type { Id } from '../../src/db/ids.ts';
import * as tokens from '../../src/models/tokens.ts';
import type { WorkerMessage } from '../../src/models/notifier.ts';
import { tokens as table } from '../../src/schema/tokens.ts';
import { workers } from '../../src/schema/workers.ts';
import { test } from '../support/database.ts';
import { at, aToken, aUser, aWorker, unique } from '../support/factories.ts';
import tokenHashes from '../vectors/token-hash.json' with { type: 'json' };
import { columnsOf } from './columns.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const now = at('2024-05-02 09:14:07.530864');
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
const noToken = 987_654 as Id<'Token'>;

test('the columns of a token are those of the reference', async ({ db }) => {
  expect(await columnsOf(db, 'db_token')).toEqual({
    id: 'bigint not null by default as identity',
    comment: 'varchar(100) not null',
    created_at: 'timestamp with time zone not null',
    enabled: 'boolean not null',
    hash: 'varchar(64) not null',
    user_id: 'bigint',
  });
});

describe('create', () => {
  test('generates a key of 64 hexadecimal digits and stores only its SHA-256', async ({ db }) => {
    const { token, key } = await tokens.create(db, {}, now);

    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(token.hash).toBe(hashOf(key));
    expect(JSON.stringify(await db.select().from(table))).not.toContain(key);
  });

  test('makes a disabled token with an empty comment and no user when nothing else is said', async ({
    db,
  }) => {
    const { token } = await tokens.create(db, {}, now);

    expect(token).toMatchObject({ comment: '', enabled: false, userId: null, createdAt: now });
    expect(await tokens.get(db, token.id)).toEqual(token);
  });

  test('keeps user, comment and state', async ({ db }) => {
    const { id: userId } = await aUser(db);

    const { token } = await tokens.create(db, { userId, comment: 'CI', enabled: true }, now);

    expect(token).toMatchObject({ userId, comment: 'CI', enabled: true });
    expect(await tokens.user(db, token)).toMatchObject({ id: userId });
  });

  test('never gives the same key twice', async ({ db }) => {
    const keys = new Set<string>();
    for (let i = 0; i < 20; i += 1) keys.add((await tokens.create(db, {}, now)).key);
    expect(keys.size).toBe(20);
  });

  test('uses a key that is given', async ({ db }) => {
    const given = '0123456789abcdef'.repeat(4);

    const { token, key } = await tokens.create(db, { key: given }, now);

    expect(key).toBe(given);
    expect(token.hash).toBe('a8ae6e6ee929abea3afcfc5258c8ccd6f85273e0d4626d26c7279f3250f77c8e');
  });

  test.for(tokenHashes.cases)(
    'stores key $id of the known answers under its hash',
    async ({ key, hash }, { db }) => {
      const { token } = await tokens.create(db, { key }, now);

      expect(token.hash).toBe(hash);
      expect(await tokens.getTokenOrNone(db, key)).toMatchObject({ id: token.id });
    },
  );

  test('refuses a key that exists and changes nothing', async ({ db }) => {
    await tokens.create(db, { key: 'secret' }, now);
    const before = await db.$count(table);

    await expect(tokens.create(db, { key: 'secret' }, now)).rejects.toMatchObject({
      constructor: ConstraintError,
      constraint: 'db_token_hash_3fabc04a_uniq',
    });
    expect(await db.$count(table)).toBe(before);
  });
});

describe('createWithHash', () => {
  test('stores a hash that is given, makes no key, and later changes keep the hash', async ({ db }) => {
    const hash = hashOf('a key nobody tells us');

    const token = await tokens.createWithHash(db, { hash }, now);
    await tokens.enable(db, token.id);

    expect(token).toMatchObject({ hash, createdAt: now });
    expect(token).not.toHaveProperty('key');
    expect((await tokens.get(db, token.id)).hash).toBe(hash);
  });

  test.for(['', 'abc', hashOf('x').toUpperCase(), `${hashOf('x')}0`])(
    'refuses %j, which is no hash',
    async (hash, { db }) => {
      await expect(tokens.createWithHash(db, { hash }, now)).rejects.toThrow(ArgumentError);
    },
  );
});

describe('the comment', () => {
  test('may have 100 characters, counted as code points, and no more', async ({ db }) => {
    const longest = '😀'.repeat(100);

    expect((await tokens.create(db, { comment: longest }, now)).token.comment).toBe(longest);
    expect(tokens.commentProblem(`${longest}x`)).toBe('101 characters, at most 100 are stored');
    await expect(tokens.create(db, { comment: `${longest}x` }, now)).rejects.toThrow(ValidationError);
  });

  test.for(['two\nlines', 'tab\t', 'escape\u001b[1m', 'nul\0', 'line\u2028separator', 'half \ud83d'])(
    'is refused when it is %j',
    async (comment, { db }) => {
      const before = await db.$count(table);

      await expect(tokens.create(db, { comment }, now)).rejects.toThrow(/control character/);

      expect(await db.$count(table)).toBe(before);
    },
  );

  test('can be changed, and an equal one is no change', async ({ db }) => {
    const { id } = await aToken(db, { comment: 'old' });

    expect(await tokens.setComment(db, id, 'new')).toBe(true);
    expect(await tokens.setComment(db, id, 'new')).toBe(false);
    expect((await tokens.get(db, id)).comment).toBe('new');
    await expect(tokens.setComment(db, noToken, 'new')).rejects.toThrow(NotFoundError);
    await expect(tokens.setComment(db, id, 'x'.repeat(101))).rejects.toThrow(ValidationError);
  });
});

describe('rotate', () => {
  test('disables the other enabled tokens of the user with the same comment, and no others', async ({
    db,
  }) => {
    const { id: userId } = await aUser(db);
    const other = await aUser(db);
    const first = await aToken(db, { userId, comment: 'CI' });
    const second = await aToken(db, { userId, comment: 'CI' });
    await aToken(db, { userId, comment: 'CI', enabled: false });
    const unrelated = [
      await aToken(db, { userId, comment: 'ci' }),
      await aToken(db, { userId: other.id, comment: 'CI' }),
      await aToken(db, { comment: 'CI' }),
    ];

    const { token, key, rotated } = await tokens.rotate(db, userId, { comment: 'CI' }, now);

    expect(rotated).toEqual([first.id, second.id]);
    expect(token).toMatchObject({ userId, comment: 'CI', enabled: true, hash: hashOf(key) });
    const enabled = await all(
      tokens.list(db, { userIds: [userId, other.id], enabled: true }, { order: ['id'] }),
    );
    expect(enabled.map(({ id }) => id)).toEqual([unrelated[0]?.id, unrelated[1]?.id, token.id]);
  });

  test('refuses an empty comment, an unknown user and a bad comment', async ({ db }) => {
    const { id } = await aUser(db);

    await expect(tokens.rotate(db, id, { comment: '' }, now)).rejects.toThrow(ArgumentError);
    await expect(tokens.rotate(db, id, { comment: 'a\nb' }, now)).rejects.toThrow(ValidationError);
    await expect(tokens.rotate(db, 987_654 as Id<'User'>, { comment: 'CI' }, now)).rejects.toThrow(
      NotFoundError,
    );
  });

  test('of two rotations at once leaves exactly one token enabled', async ({ database }) => {
    const { id: userId } = await aUser(database.db);
    const first = await begin(database);
    await tokens.rotate(first.tx, userId, { comment: 'CI' }, now);

    const second = await session(database);
    const rotating = tokens.rotate(second.db, userId, { comment: 'CI' }, now);
    await untilBlocked(database, second.pid);
    await first.commit();
    const { token, rotated } = await rotating;

    const enabled = await all(tokens.list(database.db, { userIds: [userId], enabled: true }));
    expect(enabled.map(({ id }) => id)).toEqual([token.id]);
    expect(rotated).toHaveLength(1);
  });

  test('by ten sessions at once leaves exactly one token enabled', async ({ database }) => {
    const { id: userId } = await aUser(database.db);

    await Promise.all(
      Array.from({ length: 10 }, () => tokens.rotate(database.connect(), userId, { comment: 'CI' }, now)),
    );

    const all_ = await all(tokens.list(database.db, { userIds: [userId] }));
    expect(all_).toHaveLength(10);
    expect(all_.filter(({ enabled }) => enabled)).toHaveLength(1);
  });

  test('does not hold up somebody who makes another row for the user', async ({ database }) => {
    const { id: userId } = await aUser(database.db);
    const rotation = await begin(database);
    await tokens.rotate(rotation.tx, userId, { comment: 'CI' }, now);

    const { token } = await tokens.create(database.connect(), { userId, comment: 'mine' }, now);

    expect(token.userId).toBe(userId);
    await rotation.commit();
  });
});

test('lockOrCreateWithHash makes a token once and gives it to the next caller as it is', async ({ db }) => {
  const hash = hashOf(unique('key'));
  const made = await tokens.lockOrCreateWithHash(db, { hash, comment: 'first' }, now);

  const found = await tokens.lockOrCreateWithHash(db, { hash, comment: 'second', enabled: true }, now);

  expect(found).toEqual(made);
  expect(made).toMatchObject({ hash, comment: 'first', enabled: false });
});

describe('enable and disable', () => {
  test('switch a token on and off, and may be repeated', async ({ db }) => {
    const { id } = await aToken(db, { enabled: false, comment: 'kept' });

    expect(await tokens.enable(db, id)).toMatchObject({ enabled: true, comment: 'kept' });
    expect((await tokens.enable(db, id)).enabled).toBe(true);
    expect((await tokens.disable(db, id)).enabled).toBe(false);
    expect((await tokens.disable(db, id)).enabled).toBe(false);
    expect((await tokens.get(db, id)).enabled).toBe(false);
  });

  test('refuse a token that does not exist', async ({ db }) => {
    await expect(tokens.enable(db, noToken)).rejects.toThrow(NotFoundError);
    await expect(tokens.disable(db, noToken)).rejects.toThrow(NotFoundError);
    await expect(tokens.get(db, noToken)).rejects.toThrow(NotFoundError);
  });

  test('disable tells the worker, on every call, and only after the commit', async ({ database }) => {
    const { db } = database;
    const token = await aToken(db);
    await aWorker(db, { tokenId: token.id });
    const sent: [string, WorkerMessage][] = [];
    const notifier = { send: (...message: [string, WorkerMessage]) => void sent.push(message) };

    await transaction(db, async (tx) => {
      await tokens.disable(tx, token.id, notifier);
      expect(sent).toEqual([]);
    });
    await tokens.disable(db, token.id, notifier);

    expect(sent).toEqual([
      [token.hash, { type: 'worker.disabled' }],
      [token.hash, { type: 'worker.disabled' }],
    ]);
  });

  test('disable tells nobody when no worker uses the token, or when it is rolled back', async ({
    database,
  }) => {
    const { db } = database;
    const sent: string[] = [];
    const notifier = { send: (channel: string) => void sent.push(channel) };
    const lonely = await aToken(db);
    const used = await aToken(db);
    await aWorker(db, { tokenId: used.id });

    await tokens.disable(db, lonely.id, notifier);
    await expect(
      transaction(db, async (tx) => {
        await tokens.disable(tx, used.id, notifier);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');

    expect(sent).toEqual([]);
    expect((await tokens.get(db, used.id)).enabled).toBe(true);
  });

  test('setEnabled says which tokens it changed, and passes over ids that do not exist', async ({ db }) => {
    const on = await aToken(db, { enabled: true });
    const off = await aToken(db, { enabled: false });

    expect(await tokens.setEnabled(db, [off.id, on.id, noToken], false)).toEqual([
      { id: on.id, hash: on.hash, enabled: false, changed: true },
      { id: off.id, hash: off.hash, enabled: false, changed: false },
    ]);
    expect(await tokens.setEnabled(db, [], true)).toEqual([]);
    expect((await tokens.get(db, on.id)).enabled).toBe(false);
  });

  test('disableOfUsers switches off the enabled tokens of these users only', async ({ db }) => {
    const [one, two, three] = [await aUser(db), await aUser(db), await aUser(db)];
    const a = await aToken(db, { userId: one.id });
    const b = await aToken(db, { userId: two.id });
    await aToken(db, { userId: two.id, enabled: false });
    const c = await aToken(db, { userId: three.id });

    expect(await tokens.disableOfUsers(db, [one.id, two.id])).toEqual([a.id, b.id]);
    expect((await tokens.get(db, c.id)).enabled).toBe(true);
  });
});

describe('looking a key up', () => {
  test('getTokenOrNone finds a token by its key, with its worker, disabled ones too', async ({ db }) => {
    const { token, key } = await tokens.create(db, { enabled: false }, now);
    const worker = await aWorker(db, { tokenId: token.id });

    expect(await tokens.getTokenOrNone(db, key)).toEqual({ ...token, worker });
  });

  test('getTokenOrNone gives undefined for a key nobody has, and for the hash of one somebody has', async ({
    db,
  }) => {
    const { token } = await tokens.create(db, {}, now);

    expect(await tokens.getTokenOrNone(db, 'nobody has this')).toBeUndefined();
    expect(await tokens.getTokenOrNone(db, token.hash)).toBeUndefined();
  });

  test.for([undefined, null, 7, {}])('getTokenOrNone refuses %j, which is no text', async (key, { db }) => {
    await expect(tokens.getTokenOrNone(db, key)).rejects.toThrow(AssertionError);
  });

  test('getTokens restricts by user name, by key, by both, and not at all by an empty text or null', async ({
    db,
  }) => {
    const alice = await aUser(db);
    const { token: one, key } = await tokens.create(db, { userId: alice.id }, now);
    const two = await aToken(db, { userId: alice.id, enabled: false });
    const three = await aToken(db);
    const ids = async (filter: Parameters<typeof tokens.getTokens>[1]) =>
      (await tokens.getTokens(db, filter)).map(({ id }) => id);

    const everything = await ids({});
    expect(everything).toEqual(expect.arrayContaining([one.id, two.id, three.id]));
    expect(await ids({ username: '', key: null })).toEqual(everything);
    expect(await ids({ username: null, key: '' })).toEqual(everything);
    expect(await ids({ username: alice.username })).toEqual([one.id, two.id]);
    expect(await ids({ key })).toEqual([one.id]);
    expect(await ids({ username: alice.username, key })).toEqual([one.id]);
    expect(await ids({ username: 'nosuch', key })).toEqual([]);
    expect(await ids({ username: alice.username.toUpperCase() })).toEqual([]);
  });

  test('worker is the worker that uses the token, or null', async ({ db }) => {
    const token = await aToken(db);
    expect(await tokens.worker(db, token.id)).toBeNull();
    const worker = await aWorker(db, { tokenId: token.id });

    expect(await tokens.worker(db, token.id)).toEqual(worker);
    expect(await tokens.user(db, token)).toBeNull();
  });
});

describe('list', () => {
  test('shows hash, user, worker and state of each token, and no expiry', async ({ db }) => {
    const user = await aUser(db);
    const mine = await aToken(db, { userId: user.id, comment: 'CI', createdAt: now });
    const worker = await aWorker(db);
    if (worker.tokenId === null) throw new Error('a worker has a token');

    const rows = await all(tokens.list(db, { ids: [mine.id, worker.tokenId] }));

    expect(rows).toEqual([
      {
        id: mine.id,
        hash: mine.hash,
        user: user.username,
        worker: null,
        created: now,
        expires: null,
        enabled: true,
        comment: 'CI',
      },
      expect.objectContaining({ id: worker.tokenId, user: null, worker: worker.name }),
    ]);
    expect(Object.keys(rows[0] ?? {})).toEqual([
      'id',
      'hash',
      'user',
      'worker',
      'created',
      'expires',
      'enabled',
      'comment',
    ]);
  });

  test('goes by user name with tokens of nobody last, then by creation, then by id', async ({ db }) => {
    const prefix = unique('order');
    const anna = await aUser(db, { username: `${prefix}-a` });
    const bert = await aUser(db, { username: `${prefix}-b` });
    const make = (userId: Id<'User'> | null, day: string) => aToken(db, { userId, createdAt: at(day) });
    const nobody = await make(null, '2024-01-01');
    const b = await make(bert.id, '2024-01-02');
    const a2 = await make(anna.id, '2024-01-04');
    const a1 = await make(anna.id, '2024-01-03');
    const a3 = await make(anna.id, '2024-01-04');
    const ids = [nobody.id, b.id, a2.id, a1.id, a3.id];

    const rows = await all(tokens.list(db, { ids }));

    expect(rows.map(({ id }) => id)).toEqual([a1.id, a2.id, a3.id, b.id, nobody.id]);
    const turned = await all(tokens.list(db, { ids }, { order: ['-created', 'id'], limit: 2, offset: 1 }));
    expect(turned.map(({ id }) => id)).toEqual([a3.id, a1.id]);
  });

  test('filters by user, worker, no owner, comment, state, hash and key; all must hold', async ({ db }) => {
    const user = await aUser(db);
    const key = unique('key');
    const mine = await aToken(db, { userId: user.id, comment: 'CI_100%', hash: hashOf(key) });
    const off = await aToken(db, { userId: user.id, comment: 'CIx1000', enabled: false });
    const lonely = await aToken(db);
    const worker = await aWorker(db);
    const scope = [mine.id, off.id, lonely.id, worker.tokenId].filter((id) => id !== null);
    const ids = async (filter: tokens.TokenFilter) =>
      (await all(tokens.list(db, { ids: scope, ...filter }, { order: ['id'] }))).map(({ id }) => id);

    expect(await ids({ userIds: [user.id] })).toEqual([mine.id, off.id]);
    expect(await ids({ userIds: [] })).toEqual([]);
    expect(await ids({ workerIds: [worker.id] })).toEqual([worker.tokenId]);
    expect(await ids({ noOwner: true })).toEqual([lonely.id]);
    expect(await ids({ noOwner: false })).toEqual([mine.id, off.id, worker.tokenId]);
    expect(await ids({ commentLike: String.raw`CI\_100\%` })).toEqual([mine.id]);
    expect(await ids({ commentLike: 'CI%' })).toEqual([mine.id, off.id]);
    expect(await ids({ enabled: false })).toEqual([off.id]);
    expect(await ids({ hashPrefix: mine.hash.slice(0, 8).toUpperCase() })).toEqual([mine.id]);
    expect(await ids({ key })).toEqual([mine.id]);
    expect(await ids({ key: 'nobody has this' })).toEqual([]);
    expect(await ids({ key, enabled: false })).toEqual([]);
  });

  test.for(['1234567', 'xyzxyzxyz', '%%%%%%%%', ''])(
    'refuses %j as first digits of a hash',
    (hashPrefix, { db }) => {
      expect(tokens.isHashPrefix(hashPrefix)).toBe(false);
      expect(() => tokens.list(db, { hashPrefix })).toThrow(ArgumentError);
    },
  );

  test('refuses an order key it does not know', ({ db }) => {
    expect(() => tokens.list(db, {}, { order: ['password'] })).toThrow(UsageError);
  });

  test('needs as many statements for a hundred tokens as for one', async ({ database }) => {
    const { db } = database;
    const user = await aUser(db);
    const lists = (handle: typeof db) => all(tokens.list(handle, { userIds: [user.id] }));
    await aToken(db, { userId: user.id });
    const one = await countStatements(database, lists);
    await db.execute(sql`
      insert into db_token (comment, created_at, enabled, hash, user_id)
      select '', now(), true, encode(sha256(n::text::bytea), 'hex'), ${user.id}::bigint
      from generate_series(1, 99) n`);

    expect(await countStatements(database, lists)).toBe(one);
    expect(await tokens.list(db, { userIds: [user.id] }).count()).toBe(100);
  });
});

describe('select', () => {
  test('gives the tokens a change is meant for, by id', async ({ db }) => {
    const user = await aUser(db);
    const a = await aToken(db, { userId: user.id, createdAt: at('2024-02-01') });
    const b = await aToken(db, { userId: user.id, createdAt: at('2024-01-01') });

    expect((await tokens.select(db, { userIds: [user.id] })).map(({ id }) => id)).toEqual([a.id, b.id]);
  });

  test('refuses first digits that two hashes have, and names the tokens', async ({ db }) => {
    const a = await aToken(db, { hash: `abcdef01${'0'.repeat(56)}` });
    const b = await aToken(db, { hash: `abcdef01${'1'.repeat(56)}` });

    await expect(tokens.select(db, { hashPrefix: 'abcdef01' })).rejects.toMatchObject({
      constructor: MultipleFoundError,
      message: `hash "abcdef01" is ambiguous: tokens ${a.id}, ${b.id}`,
    });
    expect((await tokens.select(db, { hashPrefix: 'abcdef010' })).map(({ id }) => id)).toEqual([a.id]);
  });

  test('refuses a selection that nothing matches, and an id that does not exist, unless that is accepted', async ({
    db,
  }) => {
    const { id } = await aToken(db);

    await expect(tokens.select(db, { key: 'nobody has this' })).rejects.toThrow(NotFoundError);
    await expect(tokens.select(db, { ids: [id, noToken] })).rejects.toThrow(/token 987654 not found/);
    expect(await tokens.select(db, { key: 'nobody has this' }, { ifExists: true })).toEqual([]);
    expect(await tokens.select(db, { ids: [id, noToken] }, { ifExists: true })).toHaveLength(1);
  });
});

describe('remove', () => {
  test('deletes exactly these tokens and passes over ids that do not exist', async ({ db }) => {
    const user = await aUser(db);
    const a = await aToken(db, { userId: user.id });
    const b = await aToken(db);
    const kept = await aToken(db);

    const result = await tokens.remove(db, [b.id, a.id, noToken]);

    expect(result).toEqual({
      deleted: [
        { id: a.id, hash: a.hash, user: user.username },
        { id: b.id, hash: b.hash, user: null },
      ],
      skipped: [],
    });
    expect(await tokens.list(db, { ids: [a.id, b.id, kept.id] }).count()).toBe(1);
    expect(await tokens.remove(db, [])).toEqual({ deleted: [], skipped: [] });
  });

  test('refuses the token of a worker, names both, and deletes nothing', async ({ db }) => {
    const worker = await aWorker(db, { name: unique('saturn') });
    const free = await aToken(db);
    const ids = [free.id, worker.tokenId].filter((id) => id !== null);

    await expect(tokens.remove(db, ids)).rejects.toMatchObject({
      constructor: ProtectedError,
      message: `token ${worker.tokenId} belongs to worker "${worker.name}"`,
      hint: `debusine-admin manage-worker disable ${worker.name}`,
    });
    expect(await tokens.list(db, { ids }).count()).toBe(2);
  });

  test('leaves the tokens of workers out when told so, and reports them', async ({ db }) => {
    const worker = await aWorker(db);
    const free = await aToken(db);
    const ids = [free.id, worker.tokenId].filter((id) => id !== null);

    const { deleted, skipped } = await tokens.remove(db, ids, { skipInUse: true });

    expect(deleted.map(({ id }) => id)).toEqual([free.id]);
    expect(skipped).toMatchObject([{ id: worker.tokenId, worker: worker.name }]);
  });

  test('and a worker that is registered with the token at that moment: the token goes, the worker is refused', async ({
    database,
  }) => {
    const token = await aToken(database.db);
    const removal = await begin(database);
    await tokens.remove(removal.tx, [token.id]);

    const registering = await session(database);
    const refused = expect(
      transaction(registering.db, (tx) => aWorker(tx, { tokenId: token.id })),
    ).rejects.toMatchObject({ constraint: 'db_worker_token_id_41bc93dc_fk_db_token_id' });
    await untilBlocked(database, registering.pid);
    await removal.commit();

    await refused;
    expect(await database.db.$count(workers, eq(workers.tokenId, token.id))).toBe(0);
  });

  test('needs as many statements for a hundred tokens as for one', async ({ database }) => {
    const hundred = await Promise.all(Array.from({ length: 100 }, () => aToken(database.db)));
    const one = await aToken(database.db);

    const few = await countStatements(database, (db) => tokens.remove(db, [one.id]));
    const many = await countStatements(database, (db) =>
      tokens.remove(
        db,
        hundred.map(({ id }) => id),
      ),
    );

    expect(many).toBe(few);
  });
});
