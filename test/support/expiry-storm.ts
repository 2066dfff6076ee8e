/** Many runs of expiry and many writers on one database, without mercy: nobody may lose anything. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { failureCode } from '../../src/db/failures.ts';
import { transaction } from '../../src/db/transaction.ts';
import { ConstraintError, LockTimeoutError } from '../../src/errors.ts';
import { createFromLocalArtifact } from '../../src/models/artifacts.ts';
import { databaseNow, run } from '../../src/models/expiry/index.ts';
import { localPath } from '../../src/storage/local.ts';
import { randomNumbers } from './expiry-graphs.ts';
import { at } from './factories.ts';

export interface Storm {
  readonly seconds: number;
  readonly runs: number;
  readonly writers: number;
  connect(): Db;
}

export interface StormCounts {
  runs: number;
  deleted: number;
  saved: number;
  refused: number;
  uploads: number;
}

const chainLength = 6;
const long = at('2024-01-01');

/**
 * Runs that do not ask for the lock sweep beside each other, while writers make expired chains with files, save
 * some by a relation to their head, by an item or by a longer delay, and upload contents that are being removed.
 * What was saved by a transaction that succeeded must be there at the end, with all that it leads to.
 */
export async function expectNothingLost({ seconds, runs, writers, connect }: Storm): Promise<StormCounts> {
  const directory = mkdtempSync(path.join(tmpdir(), 'expiry-storm-'));
  const stores = { storeDirectory: path.join(directory, 'store') };
  mkdirSync(stores.storeDirectory);
  const until = performance.now() + seconds * 1000;
  const isOver = (): boolean => performance.now() >= until;
  const counts: StormCounts = { runs: 0, deleted: 0, saved: 0, refused: 0, uploads: 0 };
  /** Heads of chains and single artifacts that somebody saved, with everything below them. */
  const saved = new Set<number>();
  const chains: (readonly number[])[] = [];

  const expire = async (db: Db, batchSize: number, second?: Db): Promise<void> => {
    const { summary, failure } = await run(
      db,
      {
        at: await databaseNow(db),
        batchSize,
        history: true,
        files: true,
        uploadDirectory: directory,
        stores,
      },
      {
        signal: new AbortController().signal,
        elapsedMs: () => performance.now(),
        now: () => long,
        progress: () => undefined,
        another: () =>
          Promise.resolve(second === undefined ? second : { db: second, close: () => Promise.resolve() }),
      },
    );
    // Another one may hold what this one wanted for too long; anything else is a failure.
    if (failure !== undefined && !(failure instanceof LockTimeoutError)) throw failure;
    expect(summary.errors).toEqual([]);
    counts.runs += 1;
    counts.deleted += summary.artifacts.deleted;
  };

  const write = async (db: Db, seed: number): Promise<void> => {
    const random = randomNumbers(seed);
    while (!isOver()) {
      chains.push(await makeChain(db));
      const chain = chains[Math.max(0, chains.length - 1 - random(12))] ?? [];
      const place = random(2) === 0 ? 0 : random(chainLength);
      const id = chain[place] ?? 0;
      if (await trySave(db, id, random(3))) {
        for (const member of chain.slice(place)) saved.add(member);
        counts.saved += 1;
      } else counts.refused += 1;
      const content = path.join(directory, `content-${seed}`);
      writeFileSync(content, `content ${random(8)}`);
      await createFromLocalArtifact(
        db,
        { category: 'debusine:work-request-debug-logs', data: {}, files: new Map([['file', content]]) },
        { id: 1 as Id<'Workspace'> },
        { expirationDelay: random(4) === 0 ? '0' : '1 day' },
        stores,
        long,
      );
      counts.uploads += 1;
    }
  };

  await Promise.all([
    ...Array.from({ length: runs }, async (_, number) => {
      const [db, second] = [connect(), number % 2 === 0 ? connect() : undefined];
      while (!isOver()) await expire(db, 1 + number * 3, second);
    }),
    ...Array.from({ length: writers }, (_, number) => write(connect(), number + 1)),
  ]);
  const db = connect();
  await expire(db, 100);

  const rows = await db.execute<{ id: string }>(sql`select id from db_artifact order by id`);
  const left = new Set(rows.map(({ id }) => Number(id)));
  expect([...saved].filter((id) => !left.has(id))).toEqual([]);
  const files = await db.execute<{ sha256: string; size: string }>(
    sql`select encode(f.sha256, 'hex') as sha256, f.size from db_file f join db_fileinstore s on s.file_id = f.id`,
  );
  for (const { sha256, size } of files) {
    const bytes = readFileSync(
      localPath(stores.storeDirectory, { sha256: Buffer.from(sha256, 'hex'), size: Number(size) }),
    );
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  }
  const [dangling] = await db.execute<{ count: string }>(sql`
    select count(*) as count from db_fileinartifact p
    where not exists (select 1 from db_fileinstore s where s.file_id = p.file_id)`);
  expect(dangling?.count).toBe('0');
  return counts;
}

/** Expired artifacts of which each one points at the next. */
async function makeChain(db: Db): Promise<readonly number[]> {
  return transaction(db, async (tx) => {
    const rows = await tx.execute<{ id: string }>(sql`
      insert into db_artifact (category, data, created_at, workspace_id, expiration_delay)
      select 'debusine:test', '{}', ${long}::timestamptz, 1, '1 day' from generate_series(1, ${chainLength}::int)
      returning id`);
    const ids = rows.map(({ id }) => Number(id)).sort((a, b) => a - b);
    // Others take numbers from the same sequence in between.
    await tx.execute(sql`
      insert into db_artifactrelation (artifact_id, target_id, type)
      select (l.value ->> 0)::bigint, (l.value ->> 1)::bigint, 'extends'
      from jsonb_array_elements(${JSON.stringify(ids.slice(1).map((id, at) => [ids[at], id]))}::text::jsonb) l`);
    return ids;
  });
}

/** @returns false when it had gone already, which the writer is told cleanly */
async function trySave(db: Db, id: number, how: number): Promise<boolean> {
  try {
    return await transaction(db, async (tx) => {
      if (how === 0) {
        const changed = await tx.execute(
          sql`update db_artifact set expiration_delay = '0' where id = ${id}::bigint returning 1`,
        );
        return changed.length === 1;
      }
      const [live] = await tx.execute<{ id: string }>(sql`
        insert into db_artifact (category, data, created_at, workspace_id, expiration_delay)
        values ('debusine:test', '{}', ${long}::timestamptz, 1, '0') returning id`);
      await tx.execute(sql`
        insert into db_artifactrelation (artifact_id, target_id, type)
        values (${Number(live?.id)}::bigint, ${id}::bigint, ${how === 1 ? 'relates-to' : 'built-using'})`);
      return true;
    });
  } catch (error) {
    // A deadlock or a time limit would be another one.
    if (error instanceof ConstraintError && error.kind === 'foreign-key') return false;
    throw failureCode(error) === undefined ? error : new Error(`writer: ${failureCode(error)}`);
  }
}
