/** Administrative homes of artifacts, collections and work requests. */
import { eq, inArray, sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { all } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import {
  ConflictError,
  ConstraintError,
  InvalidInputError,
  InvalidTransitionError,
  NotFoundError,
  ProtectedError,
} from '../../src/errors.ts';
import * as workspaces from '../../src/models/workspaces.ts';
import { fileStores } from '../../src/schema/file-stores.ts';
import {
  type Workspace,
  workspaceOtherFileStores,
  workspaces as table,
} from '../../src/schema/workspaces.ts';
import { test } from '../support/database.ts';
import {
  aCollection,
  aFile,
  aFileInArtifact,
  aFileInStore,
  aFileStore,
  anArtifact,
  at,
  aWorkflowTemplate,
  aWorkRequest,
  aWorkspace,
  systemWorkspace,
  unique,
} from '../support/factories.ts';
import vectors from '../vectors/passwords.json' with { type: 'json' };
import { columnsOf } from './columns.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const none = 987_654 as Id<'Workspace'>;
const defaultStoreId = 1 as Id<'FileStore'>;

const link = (db: Db, { id: workspaceId }: Workspace, { id: fileStoreId }: { id: Id<'FileStore'> }) =>
  db.insert(workspaceOtherFileStores).values({ workspaceId, fileStoreId });

/** An artifact in the workspace that names the file. */
const using = async (db: Db, { id: workspaceId }: Workspace, file: Awaited<ReturnType<typeof aFile>>) => {
  const artifact = await anArtifact(db, { workspaceId });
  await aFileInArtifact(db, artifact, file);
  return artifact;
};

test('the columns of a workspace are those of the reference', async ({ db }) => {
  expect(await columnsOf(db, 'db_workspace')).toEqual({
    id: 'bigint not null by default as identity',
    name: 'varchar(255) not null',
    public: 'boolean not null',
    default_expiration_delay: 'interval not null',
    default_file_store_id: 'bigint not null',
  });
});

test('the database refuses two workspaces of one name, and a store linked twice', async ({ db }) => {
  const workspace = await aWorkspace(db);
  const store = await aFileStore(db);
  await link(db, workspace, store);

  await expect(transaction(db, (tx) => aWorkspace(tx, { name: workspace.name }))).rejects.toMatchObject({
    constraint: 'db_workspace_name_key',
  });
  await expect(transaction(db, (tx) => link(tx, workspace, store))).rejects.toMatchObject({
    constraint: 'db_workspace_other_file__workspace_id_filestore_i_c1486eda_uniq',
  });
});

describe('createWithName', () => {
  test('makes a private workspace that keeps its artifacts for ever, in the store Default', async ({
    db,
  }) => {
    const name = unique('workspace');

    const workspace = await workspaces.createWithName(db, name);

    expect(workspace).toMatchObject({ name, public: false, defaultFileStoreId: defaultStoreId });
    expect(await workspaces.summary(db, workspace.id)).toMatchObject({ default_expiration_delay_seconds: 0 });
    expect(await workspaces.get(db, workspace.id)).toEqual(workspace);
  });

  test('refuses a name that is taken', async ({ db }) => {
    await expect(workspaces.createWithName(db, 'System')).rejects.toMatchObject({
      constructor: ConstraintError,
      constraint: 'db_workspace_name_key',
    });
  });

  test('refuses when there is no store Default', async ({ db }) => {
    await db.update(fileStores).set({ name: 'Elsewhere' }).where(eq(fileStores.id, defaultStoreId));

    await expect(workspaces.createWithName(db, unique('w'))).rejects.toThrow(
      'file store "Default" not found',
    );
  });
});

describe('create', () => {
  test('makes a private workspace by default and says how it looks', async ({ db }) => {
    const name = unique('workspace');

    expect(await workspaces.create(db, name)).toEqual({
      was_created: true,
      changed: true,
      id: expect.any(Number),
      name,
      public: false,
      expiration: 'Never',
      default_expiration_delay_seconds: 0,
      default_file_store: 'Default',
      other_file_stores: [],
    });
  });

  test('keeps visibility, delay and stores; a store given twice counts once', async ({ db }) => {
    const [main, other] = [await aFileStore(db), await aFileStore(db)];

    const made = await workspaces.create(db, unique('workspace'), {
      public: true,
      defaultExpirationDelaySeconds: 129_600,
      defaultFileStore: main.name,
      otherFileStores: [other.name, 'Default', other.name],
    });

    expect(made).toMatchObject({
      public: true,
      expiration: 2,
      default_expiration_delay_seconds: 129_600,
      default_file_store: main.name,
      other_file_stores: ['Default', other.name],
    });
    expect(await workspaces.otherFileStores(db, made.id)).toMatchObject([
      { name: 'Default' },
      { name: other.name },
    ]);
  });

  test.for([
    [864_000, '10 days'],
    [43_200, '12:00:00'],
    [129_600, '1 day 12:00:00'],
    [36_500 * 86_400, '36500 days'],
  ] as const)('stores a delay of %i seconds as days and time', async ([delay, stored], { db }) => {
    const { id } = await workspaces.create(db, unique('w'), { defaultExpirationDelaySeconds: delay });

    expect((await workspaces.get(db, id)).defaultExpirationDelay).toBe(stored);
  });

  test.for(vectors.cases.filter(({ kind }) => kind === 'workspace-name'))(
    'judges name $id of the known answers as this level does',
    async ({ name = '', valid }, { db }) => {
      await db.execute(sql`update db_workspace set name = 'Moved' where name = 'System'`);
      const creating = workspaces.create(db, name);
      if (valid === true) expect((await creating).name).toBe(name);
      else await expect(creating).rejects.toThrow(InvalidInputError);
    },
  );

  test.for([
    ['', 'workspace name is empty'],
    ['x'.repeat(256), 'workspace name has 256 characters, at most 255 are stored'],
    ['debian/qa', 'workspace name "debian/qa" contains "/"'],
    [' qa', 'workspace name " qa" has a blank at an end'],
    ['q\u001ba', 'has a control character'],
  ] as const)('refuses the name %j and stores nothing', async ([name, message], { db }) => {
    const before = await db.$count(table);

    await expect(workspaces.create(db, name)).rejects.toThrow(message);

    expect(await db.$count(table)).toBe(before);
  });

  test('accepts a slash and blanks at the ends when told so', async ({ db }) => {
    const name = ` a/${unique('b')} `;

    expect((await workspaces.create(db, name, {}, { anyName: true })).name).toBe(name);
  });

  test('refuses an unknown store, a store that takes no files, and the default store as another', async ({
    db,
  }) => {
    const external = await aFileStore(db, { backend: 'ExternalDebianSuite' });
    const before = await db.$count(table);

    await expect(workspaces.create(db, unique('w'), { defaultFileStore: 'nosuch' })).rejects.toThrow(
      'file store "nosuch" not found',
    );
    await expect(workspaces.create(db, unique('w'), { otherFileStores: ['nosuch'] })).rejects.toThrow(
      NotFoundError,
    );
    await expect(
      workspaces.create(db, unique('w'), { defaultFileStore: external.name }),
    ).rejects.toMatchObject({
      constructor: InvalidTransitionError,
      message: `file store "${external.name}" (ExternalDebianSuite) cannot store new files`,
    });
    await expect(workspaces.create(db, unique('w'), { otherFileStores: ['Default'] })).rejects.toThrow(
      ConflictError,
    );
    expect(await db.$count(table)).toBe(before);
    const made = await workspaces.create(db, unique('w'), { otherFileStores: [external.name] });
    expect(made.other_file_stores).toEqual([external.name]);
  });

  test('refuses a workspace that exists, and says what would help', async ({ db }) => {
    await expect(workspaces.create(db, 'System')).rejects.toMatchObject({
      constructor: ConflictError,
      message: 'workspace "System" exists already',
      hint: '--if-not-exists accepts that, --update changes it',
    });
  });

  test('accepts one that has what is asked for; what is not given does not count', async ({ db }) => {
    const other = await aFileStore(db);
    const given = { public: true, defaultExpirationDelaySeconds: 60, otherFileStores: [other.name] };
    const name = unique('workspace');
    const made = await workspaces.create(db, name, given);

    const found = { ...made, was_created: false, changed: false };
    expect(await workspaces.create(db, name, given, { whenExisting: 'accept' })).toEqual(found);
    expect(await workspaces.create(db, name, {}, { whenExisting: 'accept' })).toEqual(found);
    expect(await workspaces.create(db, name, { public: true }, { whenExisting: 'update' })).toEqual(found);
  });

  test('refuses one that differs and names what differs, or changes it', async ({ db }) => {
    const [first, second] = [await aFileStore(db), await aFileStore(db)];
    const name = unique('workspace');
    const made = await workspaces.create(db, name, { otherFileStores: [first.name] });
    const wanted = {
      public: true,
      defaultExpirationDelaySeconds: 86_400,
      defaultFileStore: first.name,
      otherFileStores: [second.name, 'Default'],
    };

    await expect(workspaces.create(db, name, wanted, { whenExisting: 'accept' })).rejects.toThrow(
      `workspace "${name}" exists already with another visibility, default expiration delay, default file store, set of other file stores`,
    );
    expect(await workspaces.summary(db, made.id)).toMatchObject({
      public: false,
      default_file_store: 'Default',
    });

    expect(await workspaces.create(db, name, wanted, { whenExisting: 'update' })).toEqual({
      was_created: false,
      changed: true,
      id: made.id,
      name,
      public: true,
      expiration: 1,
      default_expiration_delay_seconds: 86_400,
      default_file_store: first.name,
      other_file_stores: ['Default', second.name],
    });
  });

  test('called by many sessions at once makes one workspace, and all of them succeed', async ({
    database,
  }) => {
    const name = unique('workspace');
    const properties = { otherFileStores: [(await aFileStore(database.db)).name] };

    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        workspaces.create(database.connect(), name, properties, { whenExisting: 'accept' }),
      ),
    );

    expect(new Set(outcomes.map(({ id }) => id)).size).toBe(1);
    expect(outcomes.filter(({ was_created: wasCreated }) => wasCreated)).toHaveLength(1);
    expect(outcomes.every(({ other_file_stores: stores }) => stores.length === 1)).toBe(true);
  });
});

describe('finding workspaces', () => {
  test('goes by the exact name', async ({ db }) => {
    const system = await systemWorkspace(db);

    expect(await workspaces.getByName(db, 'System')).toEqual(system);
    expect(await workspaces.findByName(db, 'system')).toBeUndefined();
    await expect(workspaces.getByName(db, 'nosuch')).rejects.toMatchObject({
      message: 'workspace "nosuch" not found',
      hint: 'see debusine-admin list-workspaces',
    });
    await expect(workspaces.get(db, none)).rejects.toThrow(NotFoundError);
    await expect(workspaces.summary(db, none)).rejects.toThrow(NotFoundError);
  });

  test('finds several in the order of the names, and says which one is missing', async ({ db }) => {
    const [a, b] = [await aWorkspace(db), await aWorkspace(db)];

    expect(await workspaces.getByNames(db, [b.name, a.name])).toEqual([b, a]);
    await expect(workspaces.getByNames(db, [a.name, 'nosuch'])).rejects.toThrow(
      'workspace "nosuch" not found',
    );
  });

  test('defaultWorkspace is the one that the setting names', async ({ db }) => {
    const other = await aWorkspace(db);

    expect(await workspaces.defaultWorkspace(db, 'System')).toEqual(await systemWorkspace(db));
    expect(await workspaces.defaultWorkspace(db, other.name)).toEqual(other);
    await expect(workspaces.defaultWorkspace(db, 'nosuch')).rejects.toThrow(NotFoundError);
  });
});

describe('isFileInWorkspace', () => {
  test('is true for a file in the default store or in another one, and false for one elsewhere', async ({
    db,
  }) => {
    const [main, other, foreign] = [await aFileStore(db), await aFileStore(db), await aFileStore(db)];
    const workspace = await aWorkspace(db, { defaultFileStoreId: main.id });
    await link(db, workspace, other);
    const [inMain, inOther, inForeign, nowhere] = [
      await aFile(db),
      await aFile(db),
      await aFile(db),
      await aFile(db),
    ];
    await aFileInStore(db, inMain, main);
    await aFileInStore(db, inOther, other);
    await aFileInStore(db, inForeign, foreign);

    expect(await workspaces.isFileInWorkspace(db, workspace.id, inMain)).toBe(true);
    expect(await workspaces.isFileInWorkspace(db, workspace.id, inOther)).toBe(true);
    expect(await workspaces.isFileInWorkspace(db, workspace.id, inForeign)).toBe(false);
    expect(await workspaces.isFileInWorkspace(db, workspace.id, nowhere)).toBe(false);
    expect(await workspaces.isFileInWorkspace(db, none, inMain)).toBe(false);
  });

  test('does not look at artifacts', async ({ db }) => {
    const workspace = await aWorkspace(db);
    const named = await aFile(db);
    await using(db, workspace, named);

    expect(await workspaces.isFileInWorkspace(db, workspace.id, named)).toBe(false);
  });

  test('needs one statement', async ({ database }) => {
    const file = await aFile(database.db);

    expect(
      await countStatements(database, (db) => workspaces.isFileInWorkspace(db, 1 as Id<'Workspace'>, file)),
    ).toBe(await countStatements(database, (db) => db.execute(sql`select 1`)));
  });
});

test('what is in a workspace is found by its accessors, each ordered by id', async ({ db }) => {
  const store = await aFileStore(db);
  const workspace = await aWorkspace(db, { defaultFileStoreId: store.id });
  const own = { workspaceId: workspace.id };
  const artifacts = [await anArtifact(db, own), await anArtifact(db, own)];
  const collections = [await aCollection(db, own), await aCollection(db, own)];
  const templates = [await aWorkflowTemplate(db, own), await aWorkflowTemplate(db, own)];
  const requests = [await aWorkRequest(db, own), await aWorkRequest(db, own)];
  const others = [await aFileStore(db), await aFileStore(db)];
  for (const other of [...others].reverse()) await link(db, workspace, other);
  await anArtifact(db);
  await aCollection(db);
  await aWorkflowTemplate(db);
  await aWorkRequest(db);

  expect(await workspaces.artifactSet(db, workspace.id)).toEqual(artifacts);
  expect(await workspaces.collectionSet(db, workspace.id)).toEqual(collections);
  expect(await workspaces.workflowTemplateSet(db, workspace.id)).toEqual(templates);
  expect(await workspaces.workRequestSet(db, workspace.id)).toEqual(requests);
  expect(await workspaces.otherFileStores(db, workspace.id)).toEqual(others);
  expect(await workspaces.defaultFileStore(db, workspace)).toEqual(store);
});

describe('list', () => {
  test('shows delay and stores of each workspace, by id', async ({ db }) => {
    const store = await aFileStore(db, { name: unique('a-store') });
    const workspace = await aWorkspace(db, { public: true, defaultExpirationDelay: '10 days' });
    await link(db, workspace, store);
    const system = await systemWorkspace(db);

    expect(await all(workspaces.list(db, { ids: [workspace.id, system.id] }))).toEqual([
      {
        id: system.id,
        name: 'System',
        public: false,
        expiration: 'Never',
        default_expiration_delay_seconds: 0,
        default_file_store: 'Default',
        other_file_stores: [],
      },
      {
        id: workspace.id,
        name: workspace.name,
        public: true,
        expiration: 10,
        default_expiration_delay_seconds: 864_000,
        default_file_store: 'Default',
        other_file_stores: [store.name],
      },
    ]);
  });

  test.for([
    ['12 hours', 1, 43_200],
    ['1 day', 1, 86_400],
    ['1 day 00:00:00.5', 2, 86_400.5],
    ['1 month', 30, 2_592_000],
  ] as const)(
    'rounds a delay of %s up to whole days, and gives it exactly',
    async ([delay, days, exact], { db }) => {
      const { id } = await aWorkspace(db, { defaultExpirationDelay: delay });

      expect(await workspaces.summary(db, id)).toMatchObject({
        expiration: days,
        default_expiration_delay_seconds: exact,
      });
    },
  );

  test('filters by visibility, store and name; all must hold', async ({ db }) => {
    const prefix = unique('filtered');
    const store = await aFileStore(db);
    const open = await aWorkspace(db, { name: `${prefix}-1`, public: true, defaultFileStoreId: store.id });
    const linked = await aWorkspace(db, { name: `${prefix}-2` });
    await link(db, linked, store);
    const plain = await aWorkspace(db, { name: `${prefix}-3` });
    const ids = async (filter: workspaces.WorkspaceFilter) =>
      (await all(workspaces.list(db, { nameLike: `${prefix}%`, ...filter }))).map(({ id }) => id);

    expect(await ids({})).toEqual([open.id, linked.id, plain.id]);
    expect(await ids({ public: true })).toEqual([open.id]);
    expect(await ids({ public: false })).toEqual([linked.id, plain.id]);
    expect(await ids({ fileStoreIds: [store.id] })).toEqual([open.id, linked.id]);
    expect(await ids({ fileStoreIds: [store.id], public: false })).toEqual([linked.id]);
    expect(await ids({ fileStoreIds: [] })).toEqual([]);
    const turned = await all(workspaces.list(db, { nameLike: `${prefix}%` }, { order: ['-name'], limit: 1 }));
    expect(turned.map(({ id }) => id)).toEqual([plain.id]);
  });

  test('with usage counts each file of a workspace once', async ({ db }) => {
    const [one, two] = [await aWorkspace(db), await aWorkspace(db)];
    const shared = await aFile(db, `${unique('shared')}`);
    const single = await aFile(db, 'just these bytes');
    await aFileInArtifact(db, await using(db, one, shared), shared);
    await using(db, one, shared);
    await using(db, one, single);
    await using(db, two, shared);
    await aCollection(db, { workspaceId: one.id });
    await aWorkRequest(db, { workspaceId: one.id });
    await aWorkRequest(db, { workspaceId: one.id });
    const empty = await aWorkspace(db);

    const rows = await all(workspaces.listWithUsage(db, { ids: [one.id, two.id, empty.id] }));

    expect(rows).toMatchObject([
      { id: one.id, artifacts: 3, size_bytes: shared.size + single.size, work_requests: 2, collections: 1 },
      { id: two.id, artifacts: 1, size_bytes: shared.size, work_requests: 0, collections: 0 },
      { id: empty.id, artifacts: 0, size_bytes: 0, work_requests: 0, collections: 0 },
    ]);
    expect(rows[0]).toMatchObject(await workspaces.summary(db, one.id));
    const largest = await all(
      workspaces.listWithUsage(db, { ids: [one.id, two.id] }, { order: ['-size_bytes'], limit: 1 }),
    );
    expect(largest.map(({ id }) => id)).toEqual([one.id]);
  });

  test('needs as many statements for thirty workspaces as for one', async ({ database }) => {
    const prefix = unique('many');
    const lists = (db: Db) => all(workspaces.listWithUsage(db, { nameLike: `${prefix}%` }));
    await aWorkspace(database.db, { name: unique(prefix) });
    const one = await countStatements(database, lists);
    for (let i = 0; i < 29; i += 1) {
      const { id } = await aWorkspace(database.db, { name: unique(prefix) });
      await anArtifact(database.db, { workspaceId: id });
    }

    expect(await countStatements(database, lists)).toBe(one);
    expect(await lists(database.db)).toHaveLength(30);
  });
});

describe('show', () => {
  test('counts what is in a workspace', async ({ db }) => {
    const now = at('2024-05-11 10:00');
    const workspace = await aWorkspace(db, { defaultExpirationDelay: '10 days' });
    const own = { workspaceId: workspace.id };
    const file = await aFile(db, unique('content'));
    const expired = await using(db, workspace, file);
    await aFileInArtifact(db, expired, file);
    await anArtifact(db, { ...own, category: 'debian:test', createdAt: at('2024-05-01 10:00:00.000001') });
    await aFileInArtifact(
      db,
      await anArtifact(db, { ...own, category: 'debian:test', expirationDelay: '0' }),
      file,
    );
    await anArtifact(db);
    await aCollection(db, own);
    await aWorkflowTemplate(db, own);
    for (const status of ['pending', 'blocked', 'completed', 'completed'] as const) {
      await aWorkRequest(db, { ...own, status });
    }

    expect(await workspaces.show(db, workspace.name, now)).toEqual({
      ...(await workspaces.summary(db, workspace.id)),
      artifacts: 3,
      size_bytes: file.size,
      artifacts_by_category: [
        { category: 'debian:test', count: 2, size_bytes: file.size },
        { category: expired.category, count: 1, size_bytes: file.size },
      ],
      expired_now: 1,
      collections: 1,
      work_requests: { pending: 1, running: 0, blocked: 1, completed: 2, aborted: 0 },
      workflow_templates: 1,
    });
    await expect(workspaces.show(db, 'nosuch', now)).rejects.toThrow('workspace "nosuch" not found');
  });

  test('shows an empty workspace with zeros', async ({ db }) => {
    const { name } = await aWorkspace(db);

    expect(await workspaces.show(db, name, at('2024-05-01'))).toMatchObject({
      artifacts: 0,
      size_bytes: 0,
      artifacts_by_category: [],
      expired_now: 0,
    });
  });
});

describe('change', () => {
  test('changes what is given and nothing else', async ({ db }) => {
    const before = await aWorkspace(db);
    const name = unique('renamed');

    const result = await workspaces.change(db, before.id, {
      name,
      public: true,
      defaultExpirationDelaySeconds: 60,
    });

    expect(result).toMatchObject({
      changed: true,
      abandonedDefault: null,
      workspace: { name, public: true },
    });
    expect(await workspaces.get(db, before.id)).toEqual({
      ...before,
      name,
      public: true,
      defaultExpirationDelay: '00:01:00',
    });
  });

  test('with the values that are there is no change', async ({ db }) => {
    const { id, name } = await aWorkspace(db, { defaultExpirationDelay: '24 hours' });
    const before = await workspaces.get(db, id);
    const given = { name, public: false, defaultExpirationDelaySeconds: 86_400, defaultFileStore: 'Default' };

    expect(await workspaces.change(db, id, given)).toMatchObject({ changed: false });
    expect(await workspaces.change(db, id, {})).toMatchObject({ changed: false });
    expect(await workspaces.get(db, id)).toEqual(before);
  });

  test('refuses an unknown workspace, a bad name and a name that is taken', async ({ db }) => {
    const { id } = await aWorkspace(db);

    await expect(workspaces.change(db, none, { public: true })).rejects.toThrow(NotFoundError);
    await expect(workspaces.change(db, id, { name: 'a/b' })).rejects.toThrow(InvalidInputError);
    await expect(workspaces.change(db, id, { name: 'System', public: true })).rejects.toMatchObject({
      constructor: ConflictError,
      message: 'workspace "System" exists already',
    });
    expect((await workspaces.get(db, id)).public).toBe(false);
    expect((await workspaces.change(db, id, { name: 'a/b' }, { anyName: true })).workspace.name).toBe('a/b');
  });

  test('adds and removes other stores; adding one that is linked is no change', async ({ db }) => {
    const [a, b] = [await aFileStore(db), await aFileStore(db)];
    const workspace = await aWorkspace(db);
    await link(db, workspace, a);

    expect(await workspaces.change(db, workspace.id, { addOtherFileStores: [a.name] })).toMatchObject({
      changed: false,
    });
    const result = await workspaces.change(db, workspace.id, {
      addOtherFileStores: [b.name, b.name],
      removeOtherFileStores: [a.name],
    });

    expect(result).toMatchObject({ changed: true, workspace: { other_file_stores: [b.name] } });
  });

  test('refuses to remove a store that is not linked, unless that is accepted', async ({ db }) => {
    const { id } = await aWorkspace(db);
    const { name } = await aFileStore(db);

    await expect(workspaces.change(db, id, { removeOtherFileStores: [name] })).rejects.toMatchObject({
      constructor: InvalidTransitionError,
      message: `file store "${name}" is not linked as another store`,
    });
    await expect(workspaces.change(db, id, { removeOtherFileStores: ['Default'] })).rejects.toThrow(
      /not linked/,
    );
    await expect(workspaces.change(db, id, { removeOtherFileStores: ['nosuch'] })).rejects.toThrow(
      NotFoundError,
    );
    expect(
      await workspaces.change(db, id, { removeOtherFileStores: [name] }, { ifLinked: true }),
    ).toMatchObject({
      changed: false,
    });
  });

  test('refuses to remove a store that alone has files of the artifacts, with their number, unless forced', async ({
    db,
  }) => {
    const [store, backup] = [await aFileStore(db), await aFileStore(db)];
    const workspace = await aWorkspace(db);
    await link(db, workspace, store);
    const [file, alsoInDefault, unused] = [await aFile(db), await aFile(db), await aFile(db)];
    for (const each of [file, alsoInDefault, unused]) await aFileInStore(db, each, store);
    await aFileInStore(db, alsoInDefault);
    await using(db, workspace, file);
    await using(db, workspace, alsoInDefault);
    await using(db, await aWorkspace(db), unused);
    const removal = { removeOtherFileStores: [store.name] };

    await expect(workspaces.change(db, workspace.id, { ...removal, public: true })).rejects.toMatchObject({
      constructor: ProtectedError,
      message: `1 file of artifacts in workspace "${workspace.name}" is only in "${store.name}"`,
    });
    expect(await workspaces.summary(db, workspace.id)).toMatchObject({
      public: false,
      other_file_stores: [store.name],
    });

    await aFileInStore(db, file, backup);
    const replaced = { ...removal, addOtherFileStores: [backup.name] };
    expect((await workspaces.change(db, workspace.id, replaced)).changed).toBe(true);
    await link(db, workspace, store);
    const forced = { removeOtherFileStores: [store.name, backup.name] };
    expect(
      (await workspaces.change(db, workspace.id, forced, { force: true })).workspace.other_file_stores,
    ).toEqual([]);
  });

  test('changes the default store and says which files stay behind in the old one', async ({ db }) => {
    const [store, second] = [await aFileStore(db), await aFileStore(db)];
    const workspace = await aWorkspace(db);
    const file = await aFile(db);
    await aFileInStore(db, file);
    await using(db, workspace, file);

    expect(await workspaces.change(db, workspace.id, { defaultFileStore: store.name })).toMatchObject({
      changed: true,
      workspace: { default_file_store: store.name },
      abandonedDefault: { name: 'Default', files: 1 },
    });
    expect(
      await workspaces.change(db, workspace.id, {
        defaultFileStore: second.name,
        addOtherFileStores: [store.name],
      }),
    ).toMatchObject({ abandonedDefault: null, workspace: { other_file_stores: [store.name] } });
  });

  test('makes another store the default one, which is then no other one any more', async ({ db }) => {
    const store = await aFileStore(db);
    const workspace = await aWorkspace(db);
    await link(db, workspace, store);

    const { workspace: after } = await workspaces.change(db, workspace.id, { defaultFileStore: store.name });

    expect(after).toMatchObject({ default_file_store: store.name, other_file_stores: [] });
  });

  test('refuses a default store that takes no files or is added as another one, and unknown stores', async ({
    db,
  }) => {
    const { id } = await aWorkspace(db);
    const external = await aFileStore(db, { backend: 'ExternalDebianSuite' });
    const local = await aFileStore(db);

    await expect(workspaces.change(db, id, { defaultFileStore: external.name })).rejects.toThrow(
      /cannot store new/,
    );
    await expect(workspaces.change(db, id, { addOtherFileStores: ['Default'] })).rejects.toThrow(
      ConflictError,
    );
    await expect(
      workspaces.change(db, id, { defaultFileStore: local.name, addOtherFileStores: [local.name] }),
    ).rejects.toThrow(ConflictError);
    await expect(workspaces.change(db, id, { defaultFileStore: 'nosuch' })).rejects.toThrow(NotFoundError);
    expect(await workspaces.summary(db, id)).toMatchObject({
      default_file_store: 'Default',
      other_file_stores: [],
    });
  });

  test('to a name that another session takes meanwhile is a conflict', async ({ database }) => {
    const { id } = await aWorkspace(database.db);
    const name = unique('wanted');
    const first = await begin(database);
    await workspaces.createWithName(first.tx, name);

    const second = await session(database);
    const refused = expect(workspaces.change(second.db, id, { name })).rejects.toThrow(ConflictError);
    await untilBlocked(database, second.pid);
    await first.commit();

    await refused;
  });

  test('needs as many statements for forty stores as for one', async ({ database }) => {
    const [one, many] = [await aWorkspace(database.db), await aWorkspace(database.db)];
    const stores: string[] = [];
    for (let i = 0; i < 40; i += 1) stores.push((await aFileStore(database.db)).name);

    const few = await countStatements(database, (db) =>
      workspaces.change(db, one.id, { addOtherFileStores: stores.slice(0, 1) }),
    );
    const lots = await countStatements(database, (db) =>
      workspaces.change(db, many.id, { addOtherFileStores: stores }),
    );

    expect(lots).toBe(few);
    expect(
      await database.db.$count(
        workspaceOtherFileStores,
        inArray(workspaceOtherFileStores.workspaceId, [many.id]),
      ),
    ).toBe(40);
  });
});
