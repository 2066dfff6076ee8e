/** Machines that execute work requests, and the server's own queue. */
import { eq, inArray, isNull, sql } from 'drizzle-orm';
import postgres from 'postgres';
import { describe, expect } from 'vitest';
import type { JsonObject } from '../../src/data/json.ts';
import { type Db, openDatabase } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { all } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import {
  ConflictError,
  ConstraintError,
  DataError,
  InvalidInputError,
  InvalidTransitionError,
  NotFoundError,
  ProtectedError,
  ValidationError,
} from '../../src/errors.ts';
import * as tokens from '../../src/models/tokens.ts';
import { markRunning } from '../../src/models/work-requests/lifecycle.ts';
import * as workers from '../../src/models/workers.ts';
import { artifacts } from '../../src/schema/artifacts.ts';
import { tokens as tokenTable } from '../../src/schema/tokens.ts';
import { workRequestDependencies, workRequests } from '../../src/schema/work-requests.ts';
import { type Worker, workers as table } from '../../src/schema/workers.ts';
import { driver, test } from '../support/database.ts';
import { anArtifact, at, aToken, aUser, aWorker, aWorkRequest, unique } from '../support/factories.ts';
import merges from '../vectors/metadata-merge.json' with { type: 'json' };
import names from '../vectors/worker-names.json' with { type: 'json' };
import { columnsOf } from './columns.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const now = at('2024-05-02 09:14:07.530864');
const none = 987_654 as Id<'Worker'>;

/** Connected, with room for one work request, unless told otherwise. */
const aConnected = (db: Db, given: Partial<Worker> = {}): Promise<Worker> =>
  aWorker(db, { connectedAt: now, ...given });

/** Condition on the token of the worker. */
const tokenOf = ({ tokenId }: Worker) =>
  tokenId === null ? isNull(tokenTable.id) : eq(tokenTable.id, tokenId);

test('the columns of a worker are those of the reference', async ({ db }) => {
  expect(await columnsOf(db, 'db_worker')).toEqual({
    id: 'bigint not null by default as identity',
    name: 'varchar(50) not null',
    registered_at: 'timestamp with time zone not null',
    connected_at: 'timestamp with time zone',
    static_metadata: 'jsonb not null',
    dynamic_metadata: 'jsonb not null',
    dynamic_metadata_updated_at: 'timestamp with time zone',
    concurrency: 'integer not null',
    internal: 'boolean not null',
    token_id: 'bigint',
  });
});

test('the database refuses a negative concurrency, and an external worker without token', async ({ db }) => {
  await expect(transaction(db, (tx) => aWorker(tx, { concurrency: -1 }))).rejects.toMatchObject({
    constraint: 'db_worker_concurrency_check',
  });
  await expect(transaction(db, (tx) => aWorker(tx, { tokenId: null }))).rejects.toMatchObject({
    constraint: 'db_worker_internal_or_token',
  });
});

test('the database refuses two workers of one name, and two with one token', async ({ db }) => {
  const { name, tokenId } = await aWorker(db);

  await expect(transaction(db, (tx) => aWorker(tx, { name }))).rejects.toMatchObject({
    constraint: 'db_worker_name_key',
  });
  await expect(transaction(db, (tx) => aWorker(tx, { tokenId }))).rejects.toMatchObject({
    constraint: 'db_worker_token_id_key',
  });
});

test('the index of assigned work covers the pending and running requests of a worker, and no others', async ({
  db,
}) => {
  const [row] = await db.execute<{ definition: string }>(
    sql`select pg_get_indexdef('db_workrequest_worker_idx'::regclass) as definition`,
  );

  expect(row?.definition).toMatch(/\(worker_id\) WHERE .*'pending'.*'running'/);
});

describe('createWithFqdn', () => {
  test('makes a worker that is external, not connected, and takes one work request at a time', async ({
    db,
  }) => {
    const token = await aToken(db);

    const worker = await workers.createWithFqdn(db, { fqdn: 'computer.lan', tokenId: token.id }, now);

    expect(worker).toMatchObject({
      name: 'computer-lan',
      registeredAt: now,
      connectedAt: null,
      staticMetadata: {},
      dynamicMetadata: {},
      dynamicMetadataUpdatedAt: null,
      concurrency: 1,
      internal: false,
      tokenId: token.id,
    });
    expect(await workers.get(db, worker.id)).toEqual(worker);
    expect(await workers.token(db, worker)).toEqual(token);
  });

  test.for(names.cases)('gives the names of case $id of the known answers', async (known, { db }) => {
    for (const [index, fqdn] of known.fqdns.entries()) {
      const { id: tokenId } = await aToken(db);
      const creating = workers.createWithFqdn(db, { fqdn, tokenId }, now);
      const expected = known.names[index];
      if (typeof expected === 'string') expect((await creating).name).toBe(expected);
      else await expect(creating).rejects.toThrow(DataError);
    }
  });

  test('takes the lowest number that is free, with a few statements however many are taken', async ({
    database,
  }) => {
    const { db } = database;
    const slug = unique('crowd');
    await db.execute(sql`
      with token as (
        insert into db_token (comment, created_at, enabled, hash)
        select '', now(), true, encode(sha256((${slug} || n)::bytea), 'hex') from generate_series(1, 300) n
        returning id
      ), numbered as (
        select id, row_number() over (order by id) as n from token
      )
      insert into db_worker
        (name, registered_at, static_metadata, dynamic_metadata, concurrency, internal, token_id)
      select ${slug} || case when n = 1 then '' else '-' || n end, now(), '{}', '{}', 1, false, id
      from numbered
      where n <> 200`);
    const { id: tokenId } = await aToken(db);

    const count = await countStatements(database, async (counted) => {
      expect((await workers.createWithFqdn(counted, { fqdn: slug, tokenId }, now)).name).toBe(`${slug}-200`);
    });

    expect(count).toBeLessThan(10);
  });

  test('refuses a token that another worker has, at once', async ({ db }) => {
    const { tokenId } = await aWorker(db);
    if (tokenId === null) throw new Error('a worker has a token');
    const before = await db.$count(table);

    await expect(workers.createWithFqdn(db, { fqdn: 'a.b', tokenId }, now)).rejects.toMatchObject({
      constructor: ConstraintError,
      constraint: 'db_worker_token_id_key',
    });
    expect(await db.$count(table)).toBe(before);
  });

  test('called by fifty sessions at once gives fifty names without a gap', async ({ database }) => {
    const slug = unique('race');
    const prepared = [];
    for (let i = 0; i < 50; i += 1)
      prepared.push({ db: database.connect(), tokenId: (await aToken(database.db)).id });
    try {
      const made = await Promise.all(
        prepared.map(({ db, tokenId }) => workers.createWithFqdn(db, { fqdn: slug, tokenId }, now)),
      );

      const expected = Array.from({ length: 50 }, (_, i) => (i === 0 ? slug : `${slug}-${i + 1}`));
      expect(made.map(({ name }) => name).sort()).toEqual(expected.sort());
    } finally {
      await Promise.all(prepared.map(({ db }) => driver(db).end()));
    }
  });

  test('goes on to the next name when another session takes one meanwhile', async ({ database }) => {
    const fqdn = unique('contended');
    const first = await begin(database);
    await workers.createWithFqdn(first.tx, { fqdn, tokenId: (await aToken(first.tx)).id }, now);
    const { id: tokenId } = await aToken(database.db);

    const second = await session(database);
    const creating = workers.createWithFqdn(second.db, { fqdn, tokenId }, now);
    await untilBlocked(database, second.pid);
    await first.commit();

    expect((await creating).name).toBe(`${fqdn}-2`);
  });
});

describe('create', () => {
  test('registers a worker with a disabled token and gives the key', async ({ db }) => {
    const fqdn = `${unique('build')}.example.org`;

    const { worker, key, wasCreated } = await workers.create(db, { fqdn, comment: 'rack 3' }, now);

    expect(wasCreated).toBe(true);
    expect(worker.name).toBe(fqdn.replaceAll('.', '-'));
    const token = await tokens.getTokenOrNone(db, key);
    expect(token).toMatchObject({ enabled: false, comment: 'rack 3', userId: null, worker });
  });

  test('keeps name, concurrency and metadata, and enables the token when told so', async ({ db }) => {
    const name = unique('Worker_1');
    const staticMetadata = { tasks_denylist: ['sbuild'] };

    const { worker } = await workers.create(
      db,
      { fqdn: 'a.b', name, concurrency: 4, staticMetadata, enabled: true },
      now,
    );

    expect(worker).toMatchObject({ name, concurrency: 4, staticMetadata });
    expect((await workers.token(db, worker))?.enabled).toBe(true);
  });

  test('uses a key that is given, also of a token nobody has, and does not give it back', async ({ db }) => {
    const key = unique('key');
    const { token } = await tokens.create(db, { key, comment: 'made before' }, now);

    const created = await workers.create(db, { fqdn: unique('host'), key, enabled: true }, now);

    expect(created.key).toBeUndefined();
    expect(created.worker.tokenId).toBe(token.id);
    expect(await tokens.get(db, token.id)).toEqual({ ...token, enabled: true });
  });

  test('refuses the key of a user or of another worker', async ({ db }) => {
    const user = await aUser(db);
    const { key } = await tokens.create(db, { userId: user.id }, now);
    const own = unique('key');
    const { worker } = await workers.create(db, { fqdn: unique('host'), key: own }, now);
    const before = await db.$count(table);

    await expect(workers.create(db, { fqdn: 'a.b', key }, now)).rejects.toMatchObject({
      constructor: ConflictError,
      message: `the key belongs to user "${user.username}"`,
    });
    await expect(workers.create(db, { fqdn: 'a.b', key: own }, now)).rejects.toMatchObject({
      constructor: ConflictError,
      message: `the key belongs to worker "${worker.name}"`,
    });
    expect(await db.$count(table)).toBe(before);
  });

  test('accepts a worker that has the given key when told so', async ({ db }) => {
    const key = unique('key');
    const { worker } = await workers.create(db, { fqdn: unique('host'), key }, now);

    expect(await workers.create(db, { fqdn: unique('host'), key }, now, { ifNotExists: true })).toEqual({
      worker,
      key: undefined,
      wasCreated: false,
    });
  });

  test.for([
    ['an empty host name', { fqdn: '' }],
    ['a host name with a blank', { fqdn: 'a b' }],
    ['a host name with a newline', { fqdn: 'a.b\n' }],
    ['a host name with an empty part', { fqdn: 'a..b' }],
    ['a host name that gives no name', { fqdn: '東京' }],
    ['a host name that gives too long a name', { fqdn: `${'a'.repeat(30)}.${'b'.repeat(30)}` }],
    ['a name with a dot', { fqdn: 'a', name: 'a.b' }],
    ['an empty name', { fqdn: 'a', name: '' }],
    ['a name of 51 characters', { fqdn: 'a', name: 'x'.repeat(51) }],
    ['an empty key', { fqdn: 'a', key: '' }],
    ['a concurrency of 0', { fqdn: 'a', concurrency: 0 }],
    ['half a concurrency', { fqdn: 'a', concurrency: 1.5 }],
    ['a comment of 101 characters', { fqdn: 'a', comment: 'x'.repeat(101) }],
    ['metadata of the wrong form', { fqdn: 'a', staticMetadata: { tasks_allowlist: 'sbuild' } }],
  ] as const)('refuses %s and leaves no token behind', async ([, given], { db }) => {
    const before = await db.$count(tokenTable);

    await expect(transaction(db, (tx) => workers.create(tx, given, now))).rejects.toMatchObject({
      code: 'invalid',
    });

    expect(await db.$count(tokenTable)).toBe(before);
  });

  test('a name that is given gets no number when it is taken', async ({ db }) => {
    const { name } = await aWorker(db);

    await expect(workers.create(db, { fqdn: 'a.b', name }, now)).rejects.toMatchObject({
      constructor: ConflictError,
      message: `worker "${name}" exists already`,
    });
  });

  test('by two sessions with one key makes one worker', async ({ database }) => {
    const key = unique('key');
    const first = await begin(database);
    await workers.create(first.tx, { fqdn: unique('host'), key }, now);

    const second = await session(database);
    const creating = workers.create(second.db, { fqdn: unique('host'), key }, now, { ifNotExists: true });
    await untilBlocked(database, second.pid);
    await first.commit();

    expect((await creating).wasCreated).toBe(false);
  });
});

describe('getOrCreateCelery', () => {
  test('makes the internal worker once and then gives the same', async ({ db }) => {
    const worker = await workers.getOrCreateCelery(db, now);

    expect(worker).toMatchObject({
      name: 'celery',
      internal: true,
      tokenId: null,
      concurrency: 1,
      registeredAt: now,
    });
    expect(await workers.token(db, worker)).toBeNull();
    await db.update(table).set({ concurrency: 8 }).where(eq(table.id, worker.id));
    expect(await workers.getOrCreateCelery(db, at('2025-01-01'))).toEqual({ ...worker, concurrency: 8 });
  });

  test('refuses when an external worker has its name', async ({ db }) => {
    await aWorker(db, { name: 'celery' });

    await expect(workers.getOrCreateCelery(db, now)).rejects.toMatchObject({
      constructor: ConstraintError,
      constraint: 'db_worker_name_key',
    });
  });

  test('called by two sessions at once makes one worker', async ({ database }) => {
    const first = await begin(database);
    const made = await workers.getOrCreateCelery(first.tx, now);

    const second = await session(database);
    const finding = workers.getOrCreateCelery(second.db, now);
    await untilBlocked(database, second.pid);
    await first.commit();

    expect(await finding).toEqual(made);
    await database.db.delete(table).where(eq(table.id, made.id));
  });

  test('called by twenty sessions at once makes one worker', async ({ database }) => {
    const sessions = Array.from({ length: 20 }, () => database.connect());
    try {
      const made = await Promise.all(sessions.map((db) => workers.getOrCreateCelery(db, now)));
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      for (const { id } of made) await database.db.delete(table).where(eq(table.id, id));
    } finally {
      await Promise.all(sessions.map((db) => driver(db).end()));
    }
  });
});

describe('finding workers', () => {
  test('goes by the exact name', async ({ db }) => {
    const worker = await aWorker(db);

    expect(await workers.getWorkerOrNone(db, worker.name)).toEqual(worker);
    expect(await workers.getWorkerOrNone(db, worker.name.toUpperCase())).toBeUndefined();
    expect(await workers.getByName(db, worker.name)).toEqual(worker);
    await expect(workers.getByName(db, 'nosuch')).rejects.toMatchObject({
      constructor: NotFoundError,
      message: 'worker "nosuch" not found',
      hint: 'see debusine-admin list-workers',
    });
    await expect(workers.get(db, none)).rejects.toThrow(NotFoundError);
  });

  test('finds several in the order of the names, and says which one is missing', async ({ db }) => {
    const [a, b] = [await aWorker(db), await aWorker(db)];

    expect(await workers.getByNames(db, [b.name, a.name])).toEqual([b, a]);
    await expect(workers.getByNames(db, [a.name, 'nosuch'])).rejects.toThrow('worker "nosuch" not found');
  });

  test('goes by the key of the token, whether or not it is enabled', async ({ db }) => {
    const { token, key } = await tokens.create(db, { enabled: false }, now);
    const worker = await aWorker(db, { tokenId: token.id });
    const lonely = await tokens.create(db, {}, now);

    expect(await workers.getWorkerByTokenKeyOrNone(db, key)).toEqual(worker);
    expect(await workers.getWorkerByTokenKeyOrNone(db, lonely.key)).toBeUndefined();
    expect(await workers.getWorkerByTokenKeyOrNone(db, 'nobody has this')).toBeUndefined();
  });
});

describe('connections', () => {
  test('are noted and ended without touching anything else', async ({ db }) => {
    const before = await aWorker(db, { staticMetadata: { a: 1 } });
    expect(workers.isConnected(before)).toBe(false);

    const connected = await workers.markConnected(db, before.id, now);
    expect(connected).toEqual({ ...before, connectedAt: now });
    expect(workers.isConnected(connected)).toBe(true);
    expect(await workers.markDisconnected(db, before.id)).toEqual(before);

    await expect(workers.markConnected(db, none, now)).rejects.toThrow(NotFoundError);
    await expect(workers.markDisconnected(db, none)).rejects.toThrow(NotFoundError);
  });

  test('do not undo a change of metadata that an administrator makes at the same moment', async ({
    database,
  }) => {
    const worker = await aWorker(database.db);
    const edit = await begin(database);
    await workers.setStaticMetadata(edit.tx, worker.id, { before: {}, after: { edited: true } });

    const other = await session(database);
    const connecting = workers.markConnected(other.db, worker.id, now);
    await untilBlocked(database, other.pid);
    await edit.commit();

    expect(await connecting).toEqual({ ...worker, staticMetadata: { edited: true }, connectedAt: now });
    await workers.markDisconnected(database.db, worker.id);
  });

  test('connected lists the workers that are, oldest connection first', async ({ db }) => {
    const late = await aConnected(db, { connectedAt: at('2024-05-03') });
    const early = await aConnected(db, { connectedAt: at('2024-05-01') });
    const same = await aConnected(db, { connectedAt: at('2024-05-01') });
    await aWorker(db);

    expect(await workers.connected(db)).toEqual([early, same, late]);
  });
});

describe('isBusy', () => {
  test('counts pending and running work requests against the concurrency', async ({ db }) => {
    const { id } = await aWorker(db, { concurrency: 2 });
    const other = await aWorker(db);
    await aWorkRequest(db, { workerId: other.id, status: 'running' });
    expect(await workers.isBusy(db, id)).toBe(false);

    await aWorkRequest(db, { workerId: id, status: 'pending' });
    for (const status of ['completed', 'aborted', 'blocked'] as const) {
      await aWorkRequest(db, { workerId: id, status });
    }
    expect(await workers.isBusy(db, id)).toBe(false);

    await aWorkRequest(db, { workerId: id, status: 'running' });
    expect(await workers.isBusy(db, id)).toBe(true);
  });

  test('is always true with a concurrency of 0, and unknown for a worker that does not exist', async ({
    db,
  }) => {
    const { id } = await aWorker(db, { concurrency: 0 });

    expect(await workers.isBusy(db, id)).toBe(true);
    await expect(workers.isBusy(db, none)).rejects.toThrow(NotFoundError);
  });
});

test('waitingForWorkRequest gives connected workers that may work and have room, oldest connection first', async ({
  db,
}) => {
  const internal = await aConnected(db, { internal: true, tokenId: null, connectedAt: at('2024-05-04') });
  const roomy = await aConnected(db, { concurrency: 2, connectedAt: at('2024-05-03') });
  await aWorkRequest(db, { workerId: roomy.id, status: 'running' });
  const idle = await aConnected(db, { connectedAt: at('2024-05-02') });
  await aWorkRequest(db, { workerId: idle.id, status: 'completed' });
  const busy = await aConnected(db);
  await aWorkRequest(db, { workerId: busy.id, status: 'pending' });
  await aConnected(db, { concurrency: 0 });
  await aConnected(db, { tokenId: (await aToken(db, { enabled: false })).id });
  await aWorker(db);

  expect(await workers.waitingForWorkRequest(db)).toEqual([idle, roomy, internal]);
});

describe('metadata', () => {
  test.for(merges.cases)('is merged as in case $id of the known answers', async (known, { db }) => {
    const worker = await aWorker(db, { staticMetadata: known.static, dynamicMetadata: known.dynamic } as {
      staticMetadata: JsonObject;
      dynamicMetadata: JsonObject;
    });

    expect(workers.metadata(worker)).toEqual(known.merged);
  });

  test('is a copy: changing it does not change the worker', async ({ db }) => {
    const worker = await aWorker(db, { staticMetadata: { list: [{ deep: 1 }] } });
    const merged: { list?: { deep: number }[] } = JSON.parse('{}');
    Object.assign(merged, workers.metadata(worker));

    merged.list?.push({ deep: 2 });
    if (merged.list?.[0] !== undefined) merged.list[0].deep = 3;

    expect(worker.staticMetadata).toEqual({ list: [{ deep: 1 }] });
  });

  test('that a worker reports is replaced and stamped', async ({ db }) => {
    const before = await aWorker(db, { dynamicMetadata: { old: 1 }, staticMetadata: { kept: true } });

    const after = await workers.setDynamicMetadata(db, before.id, { new: 2 }, now);

    expect(after).toEqual({ ...before, dynamicMetadata: { new: 2 }, dynamicMetadataUpdatedAt: now });
    expect(await workers.get(db, before.id)).toEqual(after);
    await expect(workers.setDynamicMetadata(db, none, {}, now)).rejects.toThrow(NotFoundError);
  });

  test('that administrators set is replaced, and an equal one is no change', async ({ db }) => {
    const before = await aWorker(db, { staticMetadata: { a: 1, b: [1, 2] } });
    const edit = { before: { b: [1, 2], a: 1 }, after: { tasks_allowlist: ['sbuild'] } };

    expect(await workers.setStaticMetadata(db, before.id, edit)).toBe(true);
    expect(await workers.setStaticMetadata(db, before.id, { before: edit.after, after: edit.after })).toBe(
      false,
    );
    expect(await workers.get(db, before.id)).toEqual({ ...before, staticMetadata: edit.after });
  });

  test('is not overwritten when somebody else changed it since it was read', async ({ db }) => {
    const worker = await aWorker(db, { staticMetadata: { a: 2 } });

    await expect(
      workers.setStaticMetadata(db, worker.id, { before: { a: 1 }, after: { a: 3 } }),
    ).rejects.toMatchObject({ constructor: InvalidTransitionError, code: 'wrong_state' });
    expect(await workers.get(db, worker.id)).toEqual(worker);
    await expect(workers.setStaticMetadata(db, none, { before: {}, after: { a: 1 } })).rejects.toThrow(
      NotFoundError,
    );
  });

  test('of two edits at once is that of the first; the second is refused', async ({ database }) => {
    const worker = await aWorker(database.db);
    const first = await begin(database);
    await workers.setStaticMetadata(first.tx, worker.id, { before: {}, after: { first: true } });

    const second = await session(database);
    const refused = expect(
      workers.setStaticMetadata(second.db, worker.id, { before: {}, after: { second: true } }),
    ).rejects.toThrow(InvalidTransitionError);
    await untilBlocked(database, second.pid);
    await first.commit();

    await refused;
    expect((await workers.get(database.db, worker.id)).staticMetadata).toEqual({ first: true });
  });

  test('with a known key of the wrong form is refused', async ({ db }) => {
    const worker = await aWorker(db);

    await expect(
      workers.setStaticMetadata(db, worker.id, { before: {}, after: { 'system:architectures': [1] } }),
    ).rejects.toThrow(ValidationError);
    expect(await workers.get(db, worker.id)).toEqual(worker);
  });
});

test('assignedWorkRequests gives all work requests of a worker, whatever their status', async ({ db }) => {
  const { id } = await aWorker(db);
  const requests = [];
  for (const status of ['completed', 'running', 'aborted', 'pending', 'blocked'] as const) {
    requests.push(await aWorkRequest(db, { workerId: id, status }));
  }
  await aWorkRequest(db);

  expect(await workers.assignedWorkRequests(db, id)).toEqual(requests);
});

describe('list', () => {
  test('shows connection, state and load of each worker, by registration', async ({ db }) => {
    const token = await aToken(db, { enabled: false });
    const external = await aConnected(db, {
      tokenId: token.id,
      concurrency: 3,
      registeredAt: at('2024-05-02'),
    });
    const internal = await aWorker(db, { internal: true, registeredAt: at('2024-05-01') });
    for (const status of ['pending', 'running', 'running', 'completed'] as const) {
      await aWorkRequest(db, { workerId: external.id, status });
    }
    await aWorkRequest(db);

    const rows = await all(workers.list(db, { ids: [external.id, internal.id] }));

    expect(rows).toEqual([
      {
        id: internal.id,
        name: internal.name,
        type: 'celery',
        internal: true,
        registered: at('2024-05-01'),
        connected: null,
        enabled: null,
        concurrency: 1,
        running: 0,
        pending: 0,
        busy: false,
        token_id: null,
        hash: null,
      },
      {
        id: external.id,
        name: external.name,
        type: 'external',
        internal: false,
        registered: at('2024-05-02'),
        connected: now,
        enabled: false,
        concurrency: 3,
        running: 2,
        pending: 1,
        busy: true,
        token_id: token.id,
        hash: token.hash,
      },
    ]);
    expect(await workers.summary(db, external.id)).toEqual(rows[1]);
    await expect(workers.summary(db, none)).rejects.toThrow(NotFoundError);
  });

  test('filters by state, connection, load, kind and name; all must hold', async ({ db }) => {
    const prefix = unique('filtered');
    const on = await aConnected(db, { name: `${prefix}-on` });
    const off = await aWorker(db, {
      name: `${prefix}-off`,
      tokenId: (await aToken(db, { enabled: false })).id,
    });
    const own = await aWorker(db, { name: `${prefix}-own`, internal: true, concurrency: 0 });
    const ids = async (filter: workers.WorkerFilter) =>
      (await all(workers.list(db, { nameLike: `${prefix}%`, ...filter }, { order: ['id'] }))).map(
        ({ id }) => id,
      );

    expect(await ids({})).toEqual([on.id, off.id, own.id]);
    expect(await ids({ enabled: true })).toEqual([on.id, own.id]);
    expect(await ids({ enabled: false })).toEqual([off.id]);
    expect(await ids({ connected: true })).toEqual([on.id]);
    expect(await ids({ connected: false })).toEqual([off.id, own.id]);
    expect(await ids({ busy: true })).toEqual([own.id]);
    expect(await ids({ busy: false })).toEqual([on.id, off.id]);
    expect(await ids({ internal: true })).toEqual([own.id]);
    expect(await ids({ internal: false, connected: true })).toEqual([on.id]);
    expect(await ids({ ids: [off.id] })).toEqual([off.id]);
    expect(await ids({ ids: [] })).toEqual([]);
    expect(await ids({ nameLike: '%-of_' })).toEqual([off.id]);
    expect(await workers.list(db, { nameLike: `${prefix}%` }).count()).toBe(3);
  });

  test('can be ordered by what it shows', async ({ db }) => {
    const prefix = unique('ordered');
    const one = await aWorker(db, { name: `${prefix}-1`, concurrency: 2 });
    const two = await aWorker(db, { name: `${prefix}-2` });
    await aWorkRequest(db, { workerId: two.id, status: 'running' });
    const ids = async (...order: string[]) =>
      (await all(workers.list(db, { nameLike: `${prefix}%` }, { order }))).map(({ id }) => id);

    expect(await ids('-name')).toEqual([two.id, one.id]);
    expect(await ids('running')).toEqual([one.id, two.id]);
    expect(await ids('-busy', 'name')).toEqual([two.id, one.id]);
    expect(await ids('-concurrency')).toEqual([one.id, two.id]);
  });

  test('needs as many statements for thirty workers with work as for one', async ({ database }) => {
    const prefix = unique('many');
    const lists = (db: Db) => all(workers.list(db, { nameLike: `${prefix}%` }));
    await aWorker(database.db, { name: unique(prefix) });
    const one = await countStatements(database, lists);
    for (let i = 0; i < 29; i += 1) {
      const { id } = await aWorker(database.db, { name: unique(prefix) });
      await aWorkRequest(database.db, { workerId: id, status: 'running' });
    }

    expect(await countStatements(database, lists)).toBe(one);
    expect(await lists(database.db)).toHaveLength(30);
  });
});

test('list counts the work by the index of assigned work, not by reading all that was ever done', async ({
  database,
  db,
}) => {
  const { id } = await aWorker(db);
  const done = await aWorkRequest(db, { workerId: id, status: 'completed' });
  await db.execute(sql`
    insert into db_workrequest
      select (jsonb_populate_record(r, jsonb_build_object('id', r.id + n))).*
      from db_workrequest r, generate_series(1, 5000) n
      where r.id = ${done.id}::bigint`);
  await db.execute(sql`analyze db_workrequest`);
  const statements: string[] = [];
  const watched = postgres({
    ...database.server,
    database: database.name,
    max: 1,
    fetch_types: false,
    debug: (_connection, statement) => statements.push(statement),
  });
  await all(workers.list(openDatabase(watched)));
  await watched.end();

  const plan = await driver(db).unsafe(`explain ${statements.find((text) => text.includes('db_worker '))}`);

  expect(JSON.stringify(plan)).toContain('db_workrequest_worker_idx');
});

describe('show', () => {
  test('gives metadata, current work and finished work by result', async ({ db }) => {
    const worker = await aConnected(db, {
      staticMetadata: { tasks_denylist: ['sbuild'], 'system:cpu_count': 4 },
      dynamicMetadata: { 'system:cpu_count': 8 },
      dynamicMetadataUpdatedAt: now,
    });
    const running = await aWorkRequest(db, {
      workerId: worker.id,
      status: 'running',
      taskName: 'lintian',
      startedAt: now,
    });
    const pending = await aWorkRequest(db, { workerId: worker.id, status: 'pending' });
    for (const result of ['success', 'success', 'failure'] as const) {
      await aWorkRequest(db, { workerId: worker.id, status: 'completed', result });
    }
    await aWorkRequest(db, { workerId: worker.id, status: 'aborted' });

    expect(await workers.show(db, worker.name)).toEqual({
      ...(await workers.summary(db, worker.id)),
      static_metadata: { tasks_denylist: ['sbuild'], 'system:cpu_count': 4 },
      dynamic_metadata: { 'system:cpu_count': 8 },
      dynamic_metadata_updated_at: now,
      metadata: { tasks_denylist: ['sbuild'], 'system:cpu_count': 4 },
      current_work_requests: [
        { id: running.id, task_name: 'lintian', status: 'running', started_at: now },
        { id: pending.id, task_name: 'noop', status: 'pending', started_at: null },
      ],
      finished: { success: 2, failure: 1, error: 0 },
    });
    await expect(workers.show(db, 'nosuch')).rejects.toThrow('worker "nosuch" not found');
  });

  test('gives empty work for a worker that never had any', async ({ db }) => {
    const { name } = await aWorker(db);

    expect(await workers.show(db, name)).toMatchObject({
      current_work_requests: [],
      finished: { success: 0, failure: 0, error: 0 },
      dynamic_metadata_updated_at: null,
      metadata: {},
    });
  });
});

describe('enable', () => {
  test('enables the tokens and says which were not', async ({ db }) => {
    const off = await aWorker(db, { tokenId: (await aToken(db, { enabled: false })).id });
    const on = await aWorker(db);

    expect(await workers.enable(db, [on.id, off.id, on.id])).toEqual([
      { name: on.name, enabled: true, changed: false, returned_work_requests: [] },
      { name: off.name, enabled: true, changed: true, returned_work_requests: [] },
    ]);
    expect((await workers.token(db, off))?.enabled).toBe(true);
  });
});

describe('disable', () => {
  test('disables the token and gives pending and running work back to the queue', async ({ db }) => {
    const worker = await aWorker(db);
    const running = await aWorkRequest(db, { workerId: worker.id, status: 'running', startedAt: now });
    const pending = await aWorkRequest(db, { workerId: worker.id, status: 'pending' });
    const kept = [
      await aWorkRequest(db, { workerId: worker.id, status: 'completed', startedAt: now, result: 'success' }),
      await aWorkRequest(db, { workerId: worker.id, status: 'aborted' }),
      await aWorkRequest(db, { workerId: (await aWorker(db)).id, status: 'running', startedAt: now }),
    ];

    expect(await workers.disable(db, [worker.id])).toEqual([
      { name: worker.name, enabled: false, changed: true, returned_work_requests: [running.id, pending.id] },
    ]);

    expect((await workers.token(db, worker))?.enabled).toBe(false);
    const back = { status: 'pending', workerId: null, startedAt: null };
    const ids = [running, pending, ...kept].map(({ id }) => id);
    expect(
      await db.select().from(workRequests).where(inArray(workRequests.id, ids)).orderBy(workRequests.id),
    ).toEqual([{ ...running, ...back }, { ...pending, ...back }, ...kept]);
    expect(await workers.disable(db, [worker.id])).toEqual([
      { name: worker.name, enabled: false, changed: false, returned_work_requests: [] },
    ]);
  });

  test('of a worker that is disabled still returns the work it has', async ({ db }) => {
    const worker = await aWorker(db, { tokenId: (await aToken(db, { enabled: false })).id });
    const { id } = await aWorkRequest(db, { workerId: worker.id, status: 'running' });

    expect(await workers.disable(db, [worker.id])).toMatchObject([
      { changed: true, returned_work_requests: [id] },
    ]);
  });

  test('of several workers reports each, in the order given', async ({ db }) => {
    const [a, b] = [await aWorker(db), await aWorker(db)];
    const work = await aWorkRequest(db, { workerId: a.id });

    expect(await workers.disable(db, [b.id, a.id])).toMatchObject([
      { name: b.name, returned_work_requests: [] },
      { name: a.name, returned_work_requests: [work.id] },
    ]);
  });

  test('of several workers disables none when one has no token or does not exist', async ({ db }) => {
    const worker = await aWorker(db);
    const request = await aWorkRequest(db, { workerId: worker.id, status: 'running', startedAt: now });
    const celery = await workers.getOrCreateCelery(db, now);

    await expect(workers.disable(db, [worker.id, celery.id])).rejects.toMatchObject({
      constructor: InvalidTransitionError,
      message: 'worker "celery" is internal and has no token',
      hint: 'it cannot be disabled',
    });
    await expect(workers.disable(db, [worker.id, none])).rejects.toThrow(NotFoundError);
    await expect(workers.enable(db, [celery.id])).rejects.toThrow(InvalidTransitionError);

    expect((await workers.token(db, worker))?.enabled).toBe(true);
    expect(await workers.assignedWorkRequests(db, worker.id)).toEqual([request]);
  });

  test('waits for somebody who completes one of the work requests, and leaves that one alone', async ({
    database,
  }) => {
    const worker = await aWorker(database.db);
    const request = await aWorkRequest(database.db, {
      workerId: worker.id,
      status: 'running',
      startedAt: now,
    });
    const completing = await begin(database);
    const done = { status: 'completed', result: 'success' } as const;
    await completing.tx.update(workRequests).set(done).where(eq(workRequests.id, request.id));

    const other = await session(database);
    const disabling = workers.disable(other.db, [worker.id]);
    await untilBlocked(database, other.pid);
    await completing.commit();

    expect(await disabling).toMatchObject([{ returned_work_requests: [] }]);
    expect(await workers.assignedWorkRequests(database.db, worker.id)).toEqual([{ ...request, ...done }]);
  });

  test('waits for somebody who is about to start work of the worker, without deadlock', async ({
    database,
  }) => {
    const worker = await aWorker(database.db);
    const { id } = await aWorkRequest(database.db, { workerId: worker.id });
    const starting = await begin(database);
    await starting.tx.select().from(table).where(eq(table.id, worker.id)).for('no key update');

    const other = await session(database);
    const disabling = workers.disable(other.db, [worker.id]);
    await untilBlocked(database, other.pid);
    expect(await markRunning(starting.tx, id, now)).toBe(true);
    await starting.commit();

    expect(await disabling).toMatchObject([{ returned_work_requests: [id] }]);
  });

  test('returns work that somebody assigns while the worker is being locked', async ({ database }) => {
    const worker = await aWorker(database.db);
    const request = await aWorkRequest(database.db);
    const scheduler = await begin(database);
    await scheduler.tx.select().from(table).where(eq(table.id, worker.id)).for('update');
    await scheduler.tx
      .update(workRequests)
      .set({ workerId: worker.id })
      .where(eq(workRequests.id, request.id));

    const other = await session(database);
    const disabling = workers.disable(other.db, [worker.id]);
    await untilBlocked(database, other.pid);
    await scheduler.commit();

    expect(await disabling).toMatchObject([{ returned_work_requests: [request.id] }]);
  });

  test('needs as many statements for twenty workers with work as for one', async ({ database }) => {
    const busy = async (): Promise<Id<'Worker'>> => {
      const { id } = await aWorker(database.db);
      await aWorkRequest(database.db, { workerId: id, status: 'running' });
      return id;
    };
    const one = await busy();
    const twenty: Id<'Worker'>[] = [];
    for (let i = 0; i < 20; i += 1) twenty.push(await busy());

    const few = await countStatements(database, (db) => workers.disable(db, [one]));
    const many = await countStatements(database, (db) => workers.disable(db, twenty));

    expect(many).toBe(few);
  });
});

describe('remove', () => {
  test('deletes a worker that never had work, and leaves its token', async ({ db }) => {
    const worker = await aWorker(db);

    expect(await workers.remove(db, worker.id)).toEqual([]);

    await expect(workers.get(db, worker.id)).rejects.toThrow(NotFoundError);
    expect(await db.$count(tokenTable, tokenOf(worker))).toBe(1);
    await expect(workers.remove(db, worker.id)).rejects.toThrow(NotFoundError);
  });

  test('refuses a worker that had work, and changes nothing', async ({ db }) => {
    const worker = await aWorker(db);
    const request = await aWorkRequest(db, { workerId: worker.id, status: 'completed' });
    await aWorkRequest(db, { parentId: request.id });

    await expect(workers.remove(db, worker.id)).rejects.toMatchObject({
      constructor: ProtectedError,
      message: `worker "${worker.name}" has run 1 work request`,
      hint: `debusine-admin manage-worker disable ${worker.name}`,
    });
    expect(await workers.get(db, worker.id)).toEqual(worker);
  });

  test('with cascade takes every work request of the worker along, their children and dependencies', async ({
    db,
  }) => {
    const worker = await aWorker(db);
    const request = await aWorkRequest(db, { workerId: worker.id, status: 'completed' });
    const child = await aWorkRequest(db, { parentId: request.id });
    const grandchild = await aWorkRequest(db, { parentId: child.id });
    const waiting = await aWorkRequest(db, { status: 'blocked' });
    const needed = await aWorkRequest(db);
    await db.insert(workRequestDependencies).values([
      { fromWorkRequestId: waiting.id, toWorkRequestId: grandchild.id },
      { fromWorkRequestId: request.id, toWorkRequestId: needed.id },
      { fromWorkRequestId: waiting.id, toWorkRequestId: needed.id },
    ]);

    expect(await workers.remove(db, worker.id, { cascade: true })).toEqual([
      request.id,
      child.id,
      grandchild.id,
    ]);

    const left = await db
      .select({ id: workRequests.id })
      .from(workRequests)
      .where(inArray(workRequests.id, [request.id, child.id, grandchild.id, waiting.id, needed.id]))
      .orderBy(workRequests.id);
    expect(left).toEqual([{ id: waiting.id }, { id: needed.id }]);
    expect(
      await db.$count(workRequestDependencies, eq(workRequestDependencies.fromWorkRequestId, waiting.id)),
    ).toBe(1);
  });

  test('with cascade refuses when work that would go has made an artifact, and changes nothing', async ({
    db,
  }) => {
    const worker = await aWorker(db);
    const request = await aWorkRequest(db, { workerId: worker.id });
    const child = await aWorkRequest(db, { parentId: request.id });
    const artifact = await anArtifact(db, { createdByWorkRequestId: child.id });

    await expect(workers.remove(db, worker.id, { cascade: true })).rejects.toThrow(ProtectedError);

    expect(await workers.get(db, worker.id)).toEqual(worker);
    expect(await db.$count(workRequests, inArray(workRequests.id, [request.id, child.id]))).toBe(2);
    expect(await db.$count(artifacts, eq(artifacts.id, artifact.id))).toBe(1);
  });

  test('with cascade needs as many statements for forty work requests as for one', async ({ database }) => {
    const [one, many] = [await aWorker(database.db), await aWorker(database.db)];
    await aWorkRequest(database.db, { workerId: one.id });
    for (let i = 0; i < 40; i += 1) await aWorkRequest(database.db, { workerId: many.id });

    const few = await countStatements(database, (db) => workers.remove(db, one.id, { cascade: true }));
    const lots = await countStatements(database, (db) => workers.remove(db, many.id, { cascade: true }));

    expect(lots).toBe(few);
  });

  test('and work that is assigned at that moment: the worker goes, the assignment is refused', async ({
    database,
  }) => {
    const worker = await aWorker(database.db);
    const request = await aWorkRequest(database.db);
    const removal = await begin(database);
    await workers.remove(removal.tx, worker.id);

    const assigning = await session(database);
    const refused = expect(
      transaction(assigning.db, (tx) =>
        tx.update(workRequests).set({ workerId: worker.id }).where(eq(workRequests.id, request.id)),
      ),
    ).rejects.toMatchObject({ kind: 'foreign-key' });
    await untilBlocked(database, assigning.pid);
    await removal.commit();

    await refused;
  });
});

describe('removeRegistration', () => {
  test('deletes a worker made by mistake together with its token', async ({ db }) => {
    const worker = await aWorker(db);

    expect(await workers.removeRegistration(db, worker.id)).toBe(worker.tokenId);

    expect(await db.$count(table, eq(table.id, worker.id))).toBe(0);
    expect(await db.$count(tokenTable, tokenOf(worker))).toBe(0);
  });

  test('refuses an internal worker and one that had work', async ({ db }) => {
    const celery = await workers.getOrCreateCelery(db, now);
    const worker = await aWorker(db);
    await aWorkRequest(db, { workerId: worker.id, status: 'completed' });

    await expect(workers.removeRegistration(db, celery.id)).rejects.toThrow('worker "celery" is internal');
    await expect(workers.removeRegistration(db, worker.id)).rejects.toThrow(ProtectedError);
    await expect(workers.removeRegistration(db, none)).rejects.toThrow(NotFoundError);
    expect(await workers.get(db, worker.id)).toEqual(worker);
  });
});

test('a name that is refused says what is allowed', async ({ db }) => {
  const { id: tokenId } = await aToken(db);

  await expect(workers.createWithFqdn(db, { fqdn: 'a', name: 'a b', tokenId }, now)).rejects.toThrow(
    InvalidInputError,
  );
});
