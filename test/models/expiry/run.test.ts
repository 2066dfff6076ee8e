import { mkdirSync, mkdtempSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asc, eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Db, driver, openDatabase } from '../../../src/db/database.ts';
import type { Id } from '../../../src/db/ids.ts';
import {
  dryRun as planRun,
  explain,
  type ExpiryItem,
  type ExpiryOptions,
  type ExpirySummary,
  run,
} from '../../../src/models/expiry/index.ts';
import { inSnapshot } from '../../../src/cli/snapshot.ts';
import { createFromLocalArtifact } from '../../../src/models/artifacts.ts';
import { type Artifact, artifacts } from '../../../src/schema/artifacts.ts';
import { collectionItems } from '../../../src/schema/collection-items.ts';
import { files } from '../../../src/schema/files.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import * as make from '../../support/factories.ts';
import { at } from '../../support/factories.ts';

const T = at('2024-06-01');
const created = at('2024-05-01');

let database: TestDatabase;
let db: Db;
let directory: string;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ db } = database);
});
afterAll(() => database.close());
beforeEach(async () => {
  await db.execute(sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_fileupload, db_fileinstore,
    db_file, db_collectionitem, db_collection, db_workrequest, db_collectionitemmatchconstraint cascade`);
  await db.execute(sql`update db_workspace set default_expiration_delay = '0'`);
  directory = mkdtempSync(path.join(tmpdir(), 'expiry-'));
});

const optionsWith = (given: Partial<ExpiryOptions> = {}): ExpiryOptions => ({
  at: T,
  batchSize: 3,
  history: true,
  files: true,
  uploadDirectory: path.join(directory, 'uploads'),
  stores: { storeDirectory: directory },
  ...given,
});

const hooks = {
  signal: new AbortController().signal,
  elapsedMs: () => performance.now(),
  now: () => T,
  progress: () => undefined,
};

async function expire(given?: Partial<ExpiryOptions>, on = db): Promise<ExpirySummary> {
  const { summary, failure } = await run(on, optionsWith(given), hooks);
  if (failure !== undefined && summary.stopped_by === 'error') throw failure;
  return summary;
}

const dryRun = (
  given?: Partial<ExpiryOptions>,
): Promise<ExpirySummary & { readonly items: readonly ExpiryItem[] }> =>
  planRun(db, optionsWith(given), hooks, async ({ summary, items }) => {
    const found: ExpiryItem[] = [];
    for await (const batch of items) found.push(...batch);
    return { ...summary, items: found };
  });

/** Until some session waits for a lock. */
async function isWaiting(watcher: Db): Promise<void> {
  for (;;) {
    const [row] = await watcher.execute<{ waiting: boolean }>(
      sql`select exists (select 1 from pg_locks where not granted) as waiting`,
    );
    if (row?.waiting === true) return;
  }
}

const anExpired = (given: Partial<Artifact> = {}): Promise<Artifact> =>
  make.anArtifact(db, { createdAt: created, expirationDelay: '1 day', ...given });
const aLasting = (): Promise<Artifact> => make.anArtifact(db, { createdAt: created, expirationDelay: '0' });
const remaining = async (): Promise<readonly number[]> =>
  (await db.select({ id: artifacts.id }).from(artifacts).orderBy(asc(artifacts.id))).map(({ id }) => id);

describe('an artifact', () => {
  test('has expired exactly when creation and delay together reach the instant, to the microsecond', async () => {
    const due = await anExpired({ createdAt: at('2024-05-31') });
    const notYet = await anExpired({ createdAt: at('2024-05-31 00:00:00.000001') });
    await expire();
    expect(await remaining()).toEqual([notYet.id]);
    expect(due.id).toBeLessThan(notYet.id);
  });

  test('inherits the delay of its workspace, and an own delay of zero means never', async () => {
    const workspace = await make.aWorkspace(db, { defaultExpirationDelay: '1 day' });
    await anExpired({ workspaceId: workspace.id, expirationDelay: null });
    const kept = await anExpired({ workspaceId: workspace.id, expirationDelay: '0' });
    const unset = await anExpired({ expirationDelay: null });
    await expire();
    expect(await remaining()).toEqual([kept.id, unset.id]);
  });

  test('is kept while a kept artifact points at it, through any number of others; not the other way round', async () => {
    const [keeper, middle, end, pointing] = [
      await aLasting(),
      await anExpired(),
      await anExpired(),
      await anExpired(),
    ];
    await make.aRelation(db, keeper, middle, 'built-using');
    await make.aRelation(db, middle, end, 'extends');
    await make.aRelation(db, pointing, keeper);
    const summary = await expire();
    expect(await remaining()).toEqual([keeper.id, middle.id, end.id]);
    expect(summary.kept_by.related).toBe(2);
    expect(summary.relations_deleted).toBe(1);
  });

  test('that points at itself goes, and so does a cycle that nothing else needs', async () => {
    const own = await anExpired();
    await make.aRelation(db, own, own);
    const cycle = await Promise.all(Array.from({ length: 7 }, () => anExpired()));
    for (const [index, one] of cycle.entries()) await make.aRelation(db, one, cycle[(index + 1) % 7] ?? one);
    const summary = await expire();
    expect(summary.artifacts).toMatchObject({ deleted: 8, skipped: 0, remaining: 0 });
    expect(await remaining()).toEqual([]);
  });

  test('in a collection is kept, whether the item is active or removed; in two that do not hold it goes', async () => {
    const [active, removed, finished] = [await anExpired(), await anExpired(), await anExpired()];
    const suite = await make.aCollection(db);
    await make.anItem(db, suite, active);
    await make.anItem(db, suite, removed, { removedAt: at('2024-05-02') });
    const internal = await Promise.all(
      [1, 2].map(() => make.aCollection(db, { category: 'debusine:workflow-internal' })),
    );
    for (const collection of internal) {
      await make.aWorkRequest(db, { status: 'completed', internalCollectionId: collection.id });
      await make.anItem(db, collection, finished);
    }
    const summary = await expire();
    expect(await remaining()).toEqual([active.id, removed.id]);
    expect(summary.kept_by).toMatchObject({ collection: 1, collection_history: 1 });
    const items = await db
      .select()
      .from(collectionItems)
      .where(eq(collectionItems.parentCollectionId, internal[0]?.id as never));
    expect(items).toMatchObject([{ artifactId: null, removedAt: T }]);
  });

  test.for(['pending', 'running', 'blocked'] as const)('of a workflow that is %s is kept', async (status) => {
    const artifact = await anExpired();
    const collection = await make.aCollection(db, { category: 'debusine:workflow-internal' });
    await make.aWorkRequest(db, { status, internalCollectionId: collection.id });
    await make.anItem(db, collection, artifact);
    expect((await expire()).kept_by.workflow).toBe(1);
    expect(await remaining()).toEqual([artifact.id]);
  });

  test('with an upload that was active within a day is kept; an older upload goes with it, with its file', async () => {
    const [fresh, stale] = [await anExpired(), await anExpired()];
    const parts = [
      await make.aFileInArtifact(db, fresh, await make.aFile(db)),
      await make.aFileInArtifact(db, stale, await make.aFile(db)),
    ] as const;
    await make.anUpload(db, parts[0], { lastActivityAt: at('2024-05-31 00:00:01') });
    await make.anUpload(db, parts[1], { path: 'part', lastActivityAt: at('2024-05-30') });
    mkdirSync(path.join(directory, 'uploads'));
    const file = path.join(directory, 'uploads', 'part');
    writeFileSync(file, 'half');
    const summary = await expire();
    expect(summary.kept_by.upload_in_progress).toBe(1);
    expect(await remaining()).toEqual([fresh.id]);
    expect(existsSync(file)).toBe(false);
  });

  test('of another workspace still keeps what it points at', async () => {
    const [here, there] = [await make.aWorkspace(db), await make.aWorkspace(db)];
    const needed = await anExpired({ workspaceId: here.id });
    const keeper = await make.anArtifact(db, { workspaceId: there.id, expirationDelay: '0' });
    const elsewhere = await anExpired({ workspaceId: there.id });
    const free = await anExpired({ workspaceId: here.id });
    await make.aRelation(db, keeper, needed);
    await make.aRelation(db, elsewhere, free);
    await expire({ workspaceIds: [here.id] });
    expect(await remaining()).toEqual([needed.id, keeper.id, elsewhere.id]);
  });
});

describe('the history of a collection', () => {
  const removedItem = async (removedAt: string, full: string | null, metadata: string | null) => {
    const artifact = await anExpired();
    const collection = await make.aCollection(db, {
      fullHistoryRetentionPeriod: full,
      metadataOnlyRetentionPeriod: metadata,
    });
    return { artifact, item: await make.anItem(db, collection, artifact, { removedAt: at(removedAt) }) };
  };
  test.for([
    ['2024-05-27', '5 days', '5 days', 'held'],
    ['2024-05-26 23:59:59.999999', '5 days', '5 days', 'unlinked'],
    ['2024-05-21 23:59:59.999999', '5 days', '5 days', 'deleted'],
    ['2024-05-02', '5 days', null, 'unlinked'],
    ['2024-05-02', null, '1 day', 'held'],
  ] as const)(
    'an item removed at %s with periods %s and %s is %s',
    async ([removedAt, full, metadata, fate]) => {
      const { item } = await removedItem(removedAt, full, metadata);
      const planned = await dryRun();
      const summary = await expire();
      const [row] = await db.select().from(collectionItems).where(eq(collectionItems.id, item.id));
      expect(row === undefined ? 'deleted' : row.artifactId === null ? 'unlinked' : 'held').toBe(fate);
      expect(summary.artifacts.deleted).toBe(fate === 'held' ? 0 : 1);
      expect(planned.artifacts.deleted).toBe(summary.artifacts.deleted);
    },
  );

  test('is left alone with --no-history', async () => {
    const { artifact } = await removedItem('2024-05-02', '1 day', '1 day');
    await expire({ history: false });
    expect(await remaining()).toEqual([artifact.id]);
  });
});

describe('a file', () => {
  const stored = async (content: string, delay: string) => {
    const local = path.join(mkdtempSync(path.join(tmpdir(), 'content-')), 'file');
    writeFileSync(local, content);
    const category = 'debusine:work-request-debug-logs';
    const { files: made } = await createFromLocalArtifact(
      db,
      { category, data: {}, files: new Map([['file', local]]) },
      { id: 1 as Id<'Workspace'> },
      { expirationDelay: delay },
      { storeDirectory: directory },
      created,
    );
    const hex = made[0]?.file.sha256.toString('hex') ?? '';
    return path.join(
      directory,
      hex.slice(0, 2),
      hex.slice(2, 4),
      hex.slice(4, 6),
      `${hex}-${content.length}`,
    );
  };

  test('goes from the disk with the last artifact that names it, and is counted once', async () => {
    const shared = await stored('shared', '0');
    await stored('shared', '1 day');
    const single = await stored('single', '1 day');
    const planned = await dryRun();
    const summary = await expire();
    expect([existsSync(shared), existsSync(single)]).toEqual([true, false]);
    expect(summary.files).toMatchObject({ removed: 1, failed: 0 });
    expect(summary.bytes.freed).toBe(6);
    expect(summary.stores).toEqual([{ name: 'Default', files: 1, bytes: 6 }]);
    expect(planned.bytes).toEqual(summary.bytes);
    expect(planned.stores).toEqual(summary.stores);
  });

  test('that an earlier run left behind goes too, also when its bytes have gone already', async () => {
    const file = await make.aFile(db, 'left behind');
    await make.aFileInStore(db, file);
    expect((await expire()).files).toMatchObject({ unused: 1, removed: 1 });
    expect(await db.$count(files)).toBe(0);
  });

  test('that a read-only store has is left alone and counted', async () => {
    const external = await make.aFileStore(db, {
      backend: 'ExternalDebianSuite',
      configuration: { archive_root_url: 'http://example.org/', suite: 'sid', components: ['main'] },
    });
    await make.aFileInStore(db, await make.aFile(db), external, { relative_url: 'x' });
    expect((await expire()).files).toMatchObject({ unused: 1, removed: 0, external: 1 });
    expect(await db.$count(files)).toBe(1);
  });

  test('of a store that cannot be used keeps its rows, is reported, and holds nobody else up', async () => {
    const broken = await make.aFileStore(db, { configuration: { base_directory: '/nonexistent/store' } });
    await make.aFileInStore(db, await make.aFile(db), broken);
    const single = await stored('single', '1 day');
    const summary = await expire();
    expect(summary.files).toMatchObject({ removed: 1, failed: 1 });
    expect(summary.errors).toHaveLength(1);
    expect(summary).toMatchObject({ complete: false, stopped_by: 'error' });
    expect(existsSync(single)).toBe(false);
    expect(await db.$count(files)).toBe(1);
  });
});

describe('a run', () => {
  test('removes files on two connections, each of them once, and on one when no other is to be had', async () => {
    for (const isRefused of [false, true]) {
      for (let number = 0; number < 40; number += 1) {
        await make.aFileInStore(db, await make.aFile(db, `unused ${isRefused} ${number}`));
      }
      const removed: string[] = [];
      let closed = 0;
      const second = database.connect();
      const { summary, failure } = await run(db, optionsWith({ batchSize: 1 }), {
        ...hooks,
        tell(event) {
          if (event.event === 'file') removed.push(event.sha256);
          return Promise.resolve();
        },
        another: () =>
          Promise.resolve(
            isRefused ? undefined : { db: second, close: () => Promise.resolve(void (closed += 1)) },
          ),
      });
      expect(failure).toBeUndefined();
      expect(summary.files).toMatchObject({ unused: 40, removed: 40 });
      expect(new Set(removed).size).toBe(40);
      expect(removed).toHaveLength(40);
      expect(closed).toBe(isRefused ? 0 : 1);
      expect(await db.$count(files)).toBe(0);
    }
  });

  test('deletes artifacts on two connections, and what is pointed at only after all that point at it', async () => {
    const [heads, tails] = [
      await Promise.all(Array.from({ length: 12 }, () => anExpired())),
      await Promise.all(Array.from({ length: 12 }, () => anExpired())),
    ];
    for (const [index, head] of heads.entries()) {
      const tail = tails[(index + 5) % tails.length];
      if (tail !== undefined) await make.aRelation(db, head, tail);
    }
    const gone: number[] = [];
    const second = database.connect();
    let isUsed = false;
    const { summary } = await run(db, optionsWith({ batchSize: 2 }), {
      ...hooks,
      tell(event) {
        if (event.event === 'artifact') gone.push(event.id);
        return Promise.resolve();
      },
      another: () => {
        isUsed = true;
        return Promise.resolve({ db: second, close: () => Promise.resolve() });
      },
    });
    expect(summary).toMatchObject({ complete: true, artifacts: { deleted: 24, skipped: 0, remaining: 0 } });
    expect(isUsed).toBe(true);
    const ids = (of: readonly Artifact[]): number[] => of.map(({ id }) => Number(id)).sort((a, b) => a - b);
    expect(gone.slice(0, 12).sort((a, b) => a - b)).toEqual(ids(heads));
    expect(gone.slice(12).sort((a, b) => a - b)).toEqual(ids(tails));
  });

  test('reports the one artifact and the one file that a foreign table names, and does all the rest', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => anExpired()));
    const unused = await Promise.all(Array.from({ length: 10 }, (_, n) => make.aFile(db, `unused ${n}`)));
    const [artifact, file] = [made[6], unused[3]];
    if (artifact === undefined || file === undefined) throw new Error('nothing was made');
    await db.execute(sql`create table somebodys (
      artifact_id bigint references db_artifact deferrable initially deferred, file_id bigint references db_file)`);
    try {
      await db.execute(sql`insert into somebodys values (${artifact.id}, ${file.id})`);
      const summary = await expire({ batchSize: 4 });
      expect(await remaining()).toEqual([artifact.id]);
      expect((await db.select({ id: files.id }).from(files)).map(({ id }) => id)).toEqual([file.id]);
      expect(summary).toMatchObject({
        complete: false,
        stopped_by: 'error',
        artifacts: { deleted: 9, skipped: 0, remaining: 1 },
        files: { removed: 9 },
      });
      expect(summary.errors).toEqual([
        expect.stringMatching(new RegExp(`^artifact ${artifact.id} stays: .*somebodys`)),
        expect.stringMatching(new RegExp(`^file ${file.id} stays: .*somebodys`)),
      ]);
    } finally {
      await db.execute(sql`drop table somebodys`);
    }
    expect((await expire()).complete).toBe(true);
    expect(await remaining()).toEqual([]);
  });

  test('stops at --limit, longest expired first and pointing ones before what they point at; the next run goes on', async () => {
    const old = await anExpired({ createdAt: at('2024-04-01') });
    const [head, tail] = [await anExpired(), await anExpired({ createdAt: at('2024-03-01') })];
    await make.aRelation(db, head, tail);
    const first = await expire({ limit: 2 });
    expect(first).toMatchObject({
      complete: false,
      stopped_by: 'limit',
      artifacts: { deleted: 2, remaining: 1 },
    });
    expect(await remaining()).toEqual([tail.id]);
    expect(old.id).toBeLessThan(tail.id);
    expect(await expire()).toMatchObject({ complete: true, artifacts: { deleted: 1, remaining: 0 } });
  });

  test('that is interrupted starts no new batch', async () => {
    for (let index = 0; index < 5; index += 1) await anExpired();
    const controller = new AbortController();
    controller.abort('SIGINT');
    const { summary } = await run(db, optionsWith(), { ...hooks, signal: controller.signal });
    expect(summary).toMatchObject({ complete: false, stopped_by: 'signal', artifacts: { deleted: 0 } });
  });

  test('leaves what another session holds, with what it leads to, and says that it could not do all', async () => {
    const [busy, behind, free] = [await anExpired(), await anExpired(), await anExpired()];
    await make.aRelation(db, busy, behind);
    const impatient = openDatabase(driver(db), { lockTimeoutMs: 0 });
    await database.connect().transaction(async (tx) => {
      await tx.execute(sql`select 1 from db_artifact where id = ${busy.id}::bigint for key share`);
      const summary = await expire({}, impatient);
      expect(summary).toMatchObject({ complete: false, stopped_by: 'lock_timeout' });
      expect(summary.artifacts).toMatchObject({ deleted: 1, skipped: 0, remaining: 2 });
    });
    expect(await remaining()).toEqual([busy.id, behind.id]);
    expect(free.id).not.toBe(busy.id);
  });

  test('waits for what another session holds, and goes on when it lets go', async () => {
    const [busy, behind] = [await anExpired(), await anExpired()];
    await make.aRelation(db, busy, behind);
    const other = database.connect();
    let letGo = (): void => undefined;
    const released = new Promise<void>((resolve) => (letGo = resolve));
    let isHeld = (): void => undefined;
    const locked = new Promise<void>((resolve) => (isHeld = resolve));
    const holding = other.transaction(async (tx) => {
      await tx.execute(sql`select 1 from db_artifact where id = ${busy.id}::bigint for key share`);
      isHeld();
      await released;
    });
    await locked;
    const running = expire();
    await isWaiting(database.connect());
    letGo();
    await holding;
    expect(await running).toMatchObject({ complete: true, artifacts: { deleted: 2, skipped: 0 } });
  });

  test('a relation that is committed while the tail of a chain is being swept saves the rest of the chain', async () => {
    const chain = await Promise.all(Array.from({ length: 9 }, () => anExpired()));
    const ordered = [...chain].sort((a, b) => a.id - b.id);
    for (const [index, one] of ordered.entries()) {
      const next = ordered[index + 1];
      if (next !== undefined) await make.aRelation(db, one, next);
    }
    const writer = database.connect();
    const keeper = await aLasting();
    let saved: Artifact | undefined;
    const { summary } = await run(db, optionsWith({ batchSize: 3 }), {
      ...hooks,
      progress: () => {
        // After the first batch: the head of what is left.
        saved ??= ordered[3];
      },
    });
    expect(summary.artifacts.deleted).toBe(9);
    // The same again, with the relation made between two batches of the sweep.
    const again = await Promise.all(Array.from({ length: 6 }, () => anExpired()));
    const sorted = [...again].sort((a, b) => a.id - b.id);
    for (const [index, one] of sorted.entries()) {
      const next = sorted[index + 1];
      if (next !== undefined) await make.aRelation(db, one, next);
    }
    const { sweep } = await import('../../../src/models/expiry/sweep.ts');
    const ids = sorted.map(({ id }) => id);
    expect((await sweep(db, ids.slice(0, 2), { at: T })).deleted).toEqual(ids.slice(0, 2));
    await make.aRelation(writer, keeper, sorted[2] ?? keeper);
    expect((await sweep(db, ids.slice(2, 4), { at: T })).deleted).toEqual([]);
    expect((await sweep(db, ids.slice(4), { at: T })).deleted).toEqual([]);
    expect(await remaining()).toEqual([keeper.id, ...ids.slice(2)]);
    expect(saved).toBeDefined();
  });

  test('--explain names the chain from what is kept for its own sake', async () => {
    const [keeper, middle, end] = [await aLasting(), await anExpired(), await anExpired()];
    await make.aRelation(db, keeper, middle);
    await make.aRelation(db, middle, end, 'built-using');
    const { decision, reasons } = await inSnapshot(db, (tx) => explain(tx, end.id, T));
    expect(decision).toBe('keep');
    expect(reasons).toEqual([
      {
        code: 'related',
        keeper: keeper.id,
        keeper_code: 'never_expires',
        keeper_until: null,
        chain: [
          { artifact: keeper.id },
          { artifact: middle.id, type: 'relates-to' },
          { artifact: end.id, type: 'built-using' },
        ],
      },
    ]);
    expect(await inSnapshot(db, (tx) => explain(tx, keeper.id, T))).toMatchObject({
      decision: 'keep',
      expired: false,
    });
    await expect(inSnapshot(db, (tx) => explain(tx, 999_999, T))).rejects.toThrow(
      'artifact 999999 not found',
    );
  });
});

describe('on any graph', () => {
  /** The meaning of expiry without SQL, from its description alone. */
  function survivors(graph: Graph): readonly number[] {
    const expired = graph.artifacts.map(({ delay }) => delay !== 0 && delay <= 31);
    const held = graph.artifacts.map((_, index) =>
      graph.items.some(({ artifact, removedDaysAgo, fullDays }) => {
        if (artifact !== index) return false;
        return removedDaysAgo === null || fullDays === null || !(removedDaysAgo > fullDays);
      }),
    );
    const kept = new Set(
      graph.artifacts.flatMap((_, index) => (!expired[index] || held[index] ? [index] : [])),
    );
    for (let size = -1; size !== kept.size;) {
      size = kept.size;
      for (const [from, to] of graph.relations) if (kept.has(from)) kept.add(to);
    }
    return [...kept].sort((a, b) => a - b);
  }

  interface Graph {
    readonly artifacts: readonly { readonly delay: number }[];
    readonly relations: readonly (readonly [number, number])[];
    readonly items: readonly { artifact: number; removedDaysAgo: number | null; fullDays: number | null }[];
  }

  const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 12 }).chain((count) => {
    const one = fc.nat(count - 1);
    const days = fc.option(fc.nat(6));
    return fc.record({
      artifacts: fc.array(fc.record({ delay: fc.constantFrom(0, 1, 1, 1, 30, 31, 32) }), {
        minLength: count,
        maxLength: count,
      }),
      relations: fc.uniqueArray(fc.tuple(one, one), { maxLength: 16, selector: ([a, b]) => `${a} ${b}` }),
      items: fc.array(fc.record({ artifact: one, removedDaysAgo: days, fullDays: days }), { maxLength: 4 }),
    });
  });

  test('a run leaves exactly what an independent model says, and the dry run had said so', async () => {
    const runs = Number(process.env['EXPIRY_GRAPHS'] ?? 60);
    const user = await make.aUser(db);
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        await db.execute(
          sql`truncate db_artifact, db_artifactrelation, db_collectionitem, db_collection cascade`,
        );
        const made: Artifact[] = [];
        for (const { delay } of graph.artifacts) {
          made.push(await make.anArtifact(db, { createdAt: created, expirationDelay: `${delay} days` }));
        }
        const artifact = (index: number): Artifact => made[index] as Artifact;
        for (const [from, to] of graph.relations) await make.aRelation(db, artifact(from), artifact(to));
        for (const { artifact: index, removedDaysAgo, fullDays } of graph.items) {
          const collection = await make.aCollection(db, {
            fullHistoryRetentionPeriod: fullDays === null ? null : `${fullDays} days`,
          });
          const removedAt =
            removedDaysAgo === null ? null : at(`2024-05-${String(32 - removedDaysAgo).padStart(2, '0')}`);
          await make.anItem(db, collection, artifact(index), {
            createdByUserId: user.id,
            removedAt: removedDaysAgo === 0 ? T : removedAt,
          });
        }
        const expected = survivors(graph).map((index) => artifact(index).id);
        const planned = await dryRun();
        const summary = await expire();
        expect(await remaining()).toEqual(expected);
        const gone = new Set(planned.items?.map(({ id }) => id));
        expect(made.filter(({ id }) => !gone.has(id)).map(({ id }) => id)).toEqual(expected);
        expect(planned.artifacts).toEqual({ ...summary.artifacts });
        expect(planned.kept_by).toEqual(summary.kept_by);
        expect(summary.artifacts.kept).toBe(
          Object.values(summary.kept_by).reduce((sum, count) => sum + count, 0),
        );
      }),
      { numRuns: runs },
    );
  });
});
