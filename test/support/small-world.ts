/** One or two of everything under fixed names and numbers: those that the examples of the commands name. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Id } from '../../src/db/ids.ts';
import { identities } from '../../src/schema/identities.ts';
import { notificationChannels } from '../../src/schema/notification-channels.ts';
import { workRequestDependencies } from '../../src/schema/work-requests.ts';
import { localPath } from '../../src/storage/local.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import * as make from './factories.ts';

export interface SmallWorld {
  readonly database: TestDatabase;
  /** A folder of its own, with the directories of the store and of uploads in it. */
  readonly folder: string;
  /** Leads every command into the folder, and nowhere else. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const id = <Model extends string>(number: number): Id<Model> => number as Id<Model>;
const when = make.at('2024-05-01 10:00');
const later = make.at('2024-05-01 11:00');

export async function makeSmallWorld(): Promise<SmallWorld> {
  const database = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'debusine-world-'));
  const directories = Object.fromEntries(
    ['store', 'spare', 'uploads', 'home', 'bin', 'tmp'].map((name) => [name, join(folder, name)]),
  );
  for (const directory of Object.values(directories)) mkdirSync(directory, { mode: 0o700 });
  await fill(database, directories['store'] ?? folder);
  const home = directories['home'] ?? folder;
  return {
    database,
    folder,
    env: {
      HOME: home,
      XDG_DATA_HOME: home,
      XDG_STATE_HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_RUNTIME_DIR: home,
      TMPDIR: directories['tmp'] ?? folder,
      PATH: directories['bin'] ?? folder,
      DEBUSINE_STORE_DIRECTORY: directories['store'] ?? folder,
      DEBUSINE_UPLOAD_DIRECTORY: directories['uploads'] ?? folder,
      DEBUSINE_ADMIN_SMTP_URL: 'smtp://127.0.0.1:1',
    },
    async close() {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fill({ db }: TestDatabase, store: string): Promise<void> {
  const alice = await make.aUser(db, { username: 'alice', isSuperuser: true });
  await make.aUser(db, { username: 'alise', isActive: false });
  await make.aToken(db, { id: id(7), userId: alice.id, comment: 'CI' });
  await make.aToken(db, { enabled: false });
  const saturn = await make.aWorker(db, {
    name: 'saturn',
    connectedAt: when,
    staticMetadata: { tasks_denylist: ['lintian'] },
    dynamicMetadata: { 'system:cpu_count': 4 },
  });
  await make.aWorker(db, { name: 'mercury' });
  await make.aWorker(db, { name: 'buidl1-example-org' });
  await make.aWorker(db, { name: 'celery', internal: true });
  await make.aFileStore(db, {
    name: 'spare',
    configuration: { base_directory: join(dirname(store), 'spare') },
  });
  await make.aWorkspace(db, { name: 'devel', public: true, defaultExpirationDelay: '30 days' });
  const email = { from: 'debusine@example.org', to: ['team@example.org'] };
  await db.insert(notificationChannels).values({ name: 'admin-team', method: 'email', data: email });
  await db
    .insert(identities)
    .values({ issuer: 'sso', subject: 'alice', claims: {}, lastUsed: when, userId: alice.id });
  await make.aWorkflowTemplate(db, {
    name: 'build-all',
    taskName: 'sbuild',
    taskData: { target_distribution: 'debian:sid', architectures: ['amd64'] },
  });
  await make.aWorkflowTemplate(db, { name: 'noop-template' });

  const internal = await make.aCollection(db, {
    category: 'debusine:workflow-internal',
    name: 'workflow-40',
  });
  const made = { createdById: alice.id };
  const workflow = { ...made, taskType: 'Workflow' } as const;
  const root = await make.aWorkRequest(db, {
    ...workflow,
    id: id(40),
    status: 'running',
    startedAt: when,
    internalCollectionId: internal.id,
  });
  const prepared = await make.aCollection(db, {
    category: 'debusine:workflow-internal',
    name: 'workflow-12',
  });
  await make.aWorkRequest(db, { ...workflow, id: id(12), internalCollectionId: prepared.id });
  const waiting = await make.aWorkRequest(db, {
    ...made,
    id: id(51),
    parentId: root.id,
    workerId: saturn.id,
    workflowDataJson: { display_name: 'build', step: 'build' },
    eventReactionsJson: {
      on_failure: [{ action: 'send-notification', channel: 'admin-team', data: null }],
    },
  });
  const blocked = await make.aWorkRequest(db, {
    ...made,
    id: id(52),
    parentId: root.id,
    status: 'blocked',
  });
  await db
    .insert(workRequestDependencies)
    .values({ fromWorkRequestId: blocked.id, toWorkRequestId: waiting.id });
  const done = await make.aWorkRequest(db, {
    ...made,
    id: id(3),
    status: 'completed',
    result: 'failure',
    workerId: saturn.id,
    startedAt: when,
    completedAt: later,
  });

  const suite = await make.aCollection(db, { name: 'bookworm', fullHistoryRetentionPeriod: '30 days' });
  const environments = await make.aCollection(db, { name: 'debian', category: 'debian:environments' });
  const source = await make.anArtifact(db, {
    id: id(12),
    category: 'debian:source-package',
    data: { name: 'hello', version: '2.10-3', type: 'dpkg', dsc_fields: {} },
    createdById: alice.id,
  });
  const logs = await make.anArtifact(db, { id: id(9), createdByWorkRequestId: done.id });
  const expiring = await make.anArtifact(db, { id: id(5), expirationDelay: '1 day' });
  await make.aRelation(db, source, logs);
  await make.aRelation(db, expiring, logs, 'extends');
  for (const [artifact, content, path] of [
    [source, 'source', 'hello_2.10-3.dsc'],
    [logs, 'log', 'build.log'],
    [expiring, 'old', 'old.log'],
  ] as const) {
    const file = await make.aFile(db, content);
    await make.aFileInArtifact(db, artifact, file, path);
    await make.aFileInStore(db, file);
    const place = localPath(store, { sha256: file.sha256, size: file.size });
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
  }
  // Of this one no store has the bytes yet.
  await make.anUpload(db, await make.aFileInArtifact(db, expiring, await make.aFile(db), 'coming'));
  const by = { createdByUserId: alice.id };
  const data = { package: 'hello', version: '2.10-3', component: 'main', section: 'devel' };
  await make.anItem(db, suite, source, { ...by, id: id(21), name: 'hello_2.10-3', data });
  await make.anItem(db, suite, logs, { ...by, name: 'old_1', removedAt: later, removedByUserId: alice.id });
  await make.anItem(db, environments, logs, { ...by, name: 'tarball:bookworm:amd64:' });

  // What is made later gets numbers that nobody has.
  await db.execute(sql`do $$ declare it record; begin
    for it in select table_name, column_name from information_schema.columns
      where table_schema = 'public' and is_identity = 'YES'
    loop execute format('alter table %I alter column %I restart with 1000', it.table_name, it.column_name); end loop;
  end $$`);
}

/** A query that changes with any row of any table. */
async function digestQuery({ db }: TestDatabase): Promise<string> {
  const tables = await db.execute<{ name: string }>(
    sql`select quote_ident(tablename) as name from pg_tables where schemaname = 'public' order by 1`,
  );
  const sums = tables.map(
    ({ name }) => `(select coalesce(sum(hashtextextended(t::text, 0)), 0) from ${name} t)`,
  );
  return `select concat_ws(' ', ${sums.join(', ')}) as digest`;
}

/** Gives a function whose text changes when any row of any table does. */
export async function digestOf(database: TestDatabase): Promise<() => Promise<string>> {
  const query = sql.raw(`prepare world_digest as ${await digestQuery(database)}`);
  await database.db.execute(query);
  return async () => {
    const [row] = await database.db.execute<{ digest: string }>(sql`execute world_digest`);
    return row?.digest ?? '';
  };
}
