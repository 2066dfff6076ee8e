/** Compares runs on random graphs with the model of expiry. */
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import { dryRun, type ExpiryOptions, type ExpirySummary, run } from '../../src/models/expiry/index.ts';
import {
  insertGraph,
  leftOver,
  randomGraph,
  randomNumbers,
  readOutcome,
  workspaceIds,
} from './expiry-graphs.ts';
import { at } from './factories.ts';

const T = at('2024-06-01');

const hooks = {
  signal: new AbortController().signal,
  elapsedMs: () => performance.now(),
  now: () => T,
  progress: () => undefined,
};

/** What a dry run and a run must both say: all but the time and who says it. */
function comparable({ dry_run: _, seconds: _s, started_at: _b, finished_at: _e, ...rest }: ExpirySummary) {
  return rest;
}

/**
 * One database full of graphs: a dry run, a run, and another one, which must find nothing.
 * @param seed decides about everything; in a failure it is part of the message
 * @param second another session, which helps in half of the runs
 */
export async function expectSameAsModel(
  db: Db,
  directory: string,
  count: number,
  seed: number,
  second: Db,
): Promise<void> {
  const random = randomNumbers(seed);
  await db.execute(sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_fileupload, db_fileinstore,
    db_file, db_collectionitem, db_collection, db_workrequest cascade`);
  const graph = randomGraph(count, seed);
  await insertGraph(db, graph, T);
  const isFiltered = random(2) === 0;
  const selected = isFiltered ? new Set([random(3)]) : new Set([0, 1, 2]);
  const options: ExpiryOptions = {
    at: T,
    batchSize: 1 + random(40),
    workspaceIds: isFiltered ? workspaceIds(selected) : undefined,
    history: true,
    files: true,
    uploadDirectory: directory,
    stores: { storeDirectory: directory },
  };
  const expected = leftOver(graph, selected);
  const planned = await dryRun(db, options, hooks, ({ summary }) => Promise.resolve(summary));
  const another = () => Promise.resolve({ db: second, close: () => Promise.resolve() });
  const { summary, failure } = await run(db, options, random(2) === 0 ? hooks : { ...hooks, another });
  const label = `seed ${seed}`;
  expect(failure, label).toBeUndefined();
  expect(await readOutcome(db, graph), label).toEqual(expected);
  expect(comparable(planned), label).toEqual(comparable(summary));
  const { expired, kept, deleted, skipped, remaining } = summary.artifacts;
  expect(kept + deleted + skipped + remaining, label).toBe(expired);
  const again = await run(db, options, hooks);
  expect(again.summary, label).toMatchObject({
    complete: true,
    artifacts: { deleted: 0 },
    files: { removed: 0 },
  });
}
