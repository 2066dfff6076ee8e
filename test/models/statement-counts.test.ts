/** No query per row: every list and every change of many rows takes as many statements for a few as for many. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { all, type Listing } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import * as artifactRelations from '../../src/models/artifact-relations.ts';
import * as artifacts from '../../src/models/artifacts.ts';
import * as expiry from '../../src/models/expiry/index.ts';
import * as fileStores from '../../src/models/file-stores.ts';
import * as files from '../../src/models/files.ts';
import * as notificationChannels from '../../src/models/notification-channels.ts';
import * as orchestrators from '../../src/models/orchestrators/index.ts';
import * as tokens from '../../src/models/tokens.ts';
import * as users from '../../src/models/users.ts';
import * as workers from '../../src/models/workers.ts';
import * as workflowTemplates from '../../src/models/workflow-templates.ts';
import * as workRequests from '../../src/models/work-requests/index.ts';
import * as workspaces from '../../src/models/workspaces.ts';
import { createTestDatabase, test, type TestDatabase } from '../support/database.ts';
import { exportedFunctions } from '../support/exported-functions.ts';
import { at } from '../support/factories.ts';
import { countStatements } from './sessions.ts';
import { hub, makeWorld, type World } from './world.ts';

const now = at('2024-06-01');
const few = 2;
const many = 9;

const ids = <Row extends { readonly id: number }>(rows: readonly Row[]): Row['id'][] =>
  rows.map(({ id }) => id);
const names = (rows: readonly { readonly name: string }[]): string[] => rows.map(({ name }) => name);

type Work = (db: Db, world: World) => Promise<unknown>;

const settings = { storeDirectory: '/nonexistent' };

/** Reads a listing to its end, and counts it. */
const whole = async (listing: Listing<unknown> | Promise<Listing<unknown>>) => {
  const found = await listing;
  return [await all(found), await found.count()];
};

/** Lists that need more than a database. */
const lists: Readonly<Record<string, Work>> = {
  'artifacts.list': (db) => whole(artifacts.list(db, {}, {}, now)),
  'artifacts.list with every filter': (db, world) =>
    whole(
      artifacts.list(
        db,
        {
          workspaces: names([world.workspace, ...world.workspaces]),
          categories: ['debian:test'],
          createdBy: world.users.map(({ username }) => username),
          workRequests: ids(world.finished),
          relatedTo: world.artifact.id,
          inCollection: world.collection.id,
        },
        {},
        now,
      ),
    ),
  'artifacts.show': (db, { artifact }) => artifacts.show(db, artifact.id, now),
  'artifacts.expired': (db) => artifacts.expired(db, now),
  'artifacts.notExpired': (db) => artifacts.notExpired(db, now),
  'fileStores.list': (db) => whole(fileStores.list(db, {}, {}, settings)),
  'fileStores.show': (db, { store }) => fileStores.show(db, store.name, settings),
  'tokens.getTokens': (db, { user }) => tokens.getTokens(db, { username: user.username }),
  'tokens.select': (db, world) => tokens.select(db, { ids: ids(world.tokens) }),
  'users.getByUsernames': (db, world) =>
    users.getByUsernames(
      db,
      world.users.map(({ username }) => username),
    ),
  'users.references': (db, { user }) => users.references(db, user.id),
  'workers.getByNames': (db, world) => workers.getByNames(db, names(world.workers)),
  'workers.show': (db, { worker }) => workers.show(db, worker.name),
  'workflowTemplates.getByNames': (db, world) =>
    workflowTemplates.getByNames(db, world.workspace, names(world.templates)),
  'workRequests.getAll': (db, world) => workRequests.getAll(db, ids(world.blocked)),
  'workRequests.show': (db, { request }) => workRequests.show(db, request.id),
  'workRequests.workflowTree': (db, { request }) => workRequests.workflowTree(db, request.id),
  'workspaces.getByNames': (db, world) => workspaces.getByNames(db, names(world.workspaces)),
  'workspaces.show': (db, { workspace }) => workspaces.show(db, workspace.name, now),
  'workspaces.removal': (db, { workspace }) =>
    workspaces.removal(db, workspace.id, { defaultName: 'System' }),
};

/** Changes of many rows. Each is rolled back, so that the next one finds the same world. */
const changes: Readonly<Record<string, Work>> = {
  'artifacts.setExpiration': (db, world) =>
    artifacts.setExpiration(db, ids(world.artifacts), { delay: '3 days' }, now),
  'artifactRelations.relate': (db, world) =>
    artifactRelations.relate(db, {
      artifactId: world.artifact.id,
      type: 'built-using',
      targetIds: ids(world.artifacts),
    }),
  'artifactRelations.unrelate': (db, world) =>
    artifactRelations.unrelate(db, {
      artifactId: world.artifact.id,
      type: 'relates-to',
      targetIds: ids(world.artifacts),
    }),
  'files.hold': (db, world) =>
    files.hold(
      db,
      world.files.map(({ sha256, size }) => ({ sha256, size: size + 1 })),
    ),
  'notificationChannels.remove': (db, world) => notificationChannels.remove(db, names(world.channels)),
  'orchestrators.orchestrate': async (db, world) => {
    const target = (name: string) => ({
      codenames: name,
      architectures: ['amd64'],
      mmdebstrap_template: { bootstrap_repositories: [{ mirror: 'http://deb.example.org' }] },
    });
    const { id } = await workRequests.create(
      db,
      {
        taskType: 'Workflow',
        taskName: 'update_environments',
        taskData: { vendor: 'debian', targets: names(world.channels).map(target) },
        workspaceId: world.workspace.id,
        createdById: world.user.id,
      },
      now,
    );
    const { created } = await orchestrators.orchestrate(db, id, { start: true }, now);
    expect(created).toHaveLength(world.channels.length);
  },
  'tokens.setEnabled': (db, world) => tokens.setEnabled(db, ids(world.tokens), false),
  'tokens.disableOfUsers': (db, world) => tokens.disableOfUsers(db, ids([world.user, ...world.users])),
  'tokens.rotate': (db, { user }) => tokens.rotate(db, user.id, { comment: 'x' }, now),
  'tokens.remove': (db, world) => tokens.remove(db, ids(world.tokens)),
  'users.disable': (db, { user }) => users.disable(db, user.id, { withTokens: true }),
  'workers.enable': (db, world) => workers.enable(db, ids(world.workers)),
  'workers.disable': (db, world) => workers.disable(db, ids([world.worker, ...world.workers])),
  'workers.remove': (db, { worker }) => workers.remove(db, worker.id, { cascade: true }),
  'workflowTemplates.remove': (db, world) => workflowTemplates.remove(db, ids(world.templates)),
  'workRequests.abort': (db, world) => workRequests.abort(db, ids(world.pending), { recursive: true }, now),
  'workRequests.abort of a workflow': (db, { request }) =>
    workRequests.abort(db, [request.id], { recursive: true }, now),
  'workRequests.addDependencies': (db, world) =>
    workRequests.addDependencies(db, idle(world), ids(world.running)),
  'workRequests.changePriority': (db, world) =>
    workRequests.changePriority(db, ids(world.pending), { add: 1 }),
  'workRequests.markAborted': (db, { request }) => workRequests.markAborted(db, request.id, now),
  'workRequests.markCompleted, which lets others go': (db, { request }) =>
    workRequests.markCompleted(db, request.id, { result: 'success' }, now),
  'workRequests.markCompleted, which aborts others': (db, { request }) =>
    workRequests.markCompleted(db, request.id, { result: 'failure' }, now),
  'workRequests.remove': (db, world) => workRequests.remove(db, ids(world.idle)),
  'workRequests.removeDependencies': (db, world) =>
    workRequests.removeDependencies(db, world.request.id, ids(world.finished)),
  'workRequests.unassign': (db, world) => workRequests.unassign(db, ids(world.running)),
  'workRequests.unblock': (db, world) => workRequests.unblock(db, ids(world.blocked), { force: true }),
  'workspaces.remove': (db, { workspace }) =>
    workspaces.remove(db, workspace.id, { defaultName: 'System', detach: true, abortRunning: true }, now),
  'expiry.dryRun': (db) =>
    expiry.dryRun(
      db,
      {
        at: now,
        batchSize: 100,
        history: true,
        files: false,
        uploadDirectory: '/nonexistent',
        stores: settings,
      },
      {
        signal: new AbortController().signal,
        elapsedMs: () => 0,
        now: () => now,
        progress: () => undefined,
      },
      () => Promise.resolve(),
    ),
};

const idle = ({ idle: [first] }: World): Id<'WorkRequest'> => {
  if (first === undefined) throw new Error('the world has no idle work request');
  return first.id;
};

interface Place {
  readonly database: TestDatabase;
  readonly world: World;
}

let small: Place;
let large: Place;

beforeAll(async () => {
  const place = async (size: number): Promise<Place> => {
    const database = await createTestDatabase();
    return { database, world: await transaction(database.db, (tx) => makeWorld(tx, size)) };
  };
  small = await place(few);
  large = await place(many);
});

afterAll(async () => {
  await small.database.close();
  await large.database.close();
});

async function expectEqualCounts(work: Work): Promise<void> {
  const count = ({ database, world }: Place) =>
    countStatements(database, (db) => transaction(db, (tx) => work(tx, world), { dryRun: true }));
  expect(await count(large)).toBe(await count(small));
}

/** Lists and accessors that can be called without knowing more of them than their signature. */
const plain = exportedFunctions('models').flatMap(({ file, exportedAs, parameters, returns }) => {
  const [first, second = '', ...rest] = parameters;
  if (first !== 'Db' || file.startsWith('models/expiry/')) return [];
  const isListing = returns.startsWith('Listing<');
  const isRows = /^Promise<(?:readonly )?[\w<>']+\[\]>$/.test(returns);
  const model = /^Id<'(\w+)'>$/.exec(second)?.[1];
  const given = (world: World): readonly unknown[] | undefined => {
    if (isListing) return [];
    if (isRows && parameters.length === 1) return [];
    return isRows && model !== undefined && rest.length === 0 ? [hub(world, model)] : undefined;
  };
  const isCallable =
    isListing || (isRows && (parameters.length === 1 || (model !== undefined && rest.length === 0)));
  return isCallable ? [{ name: `${file}: ${exportedAs}`, file, exportedAs, given }] : [];
});

describe('takes as many statements for many rows as for few:', () => {
  test.each(plain)('$name', async ({ file, exportedAs, given }) => {
    const module: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ `../../src/${file}`);
    const called = module[exportedAs];
    if (typeof called !== 'function') throw new Error(`${file} does not export ${exportedAs}`);
    await expectEqualCounts(async (db, world) => {
      const result: unknown = called(db, ...(given(world) ?? []));
      // Queries of Drizzle can be awaited, but are no promises.
      const isListing = typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
      await (isListing ? whole(result as Listing<unknown>) : result);
    });
  });

  test('finds such functions at all', () => expect(plain.length).toBeGreaterThan(60));

  test.each(Object.entries({ ...lists, ...changes }))('%s', (_, work) => expectEqualCounts(work));
});
