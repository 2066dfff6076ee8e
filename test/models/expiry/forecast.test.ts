import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { dryRun, type ExpirySummary, forecast } from '../../../src/models/expiry/index.ts';
import type { Timestamp } from '../../../src/timestamp.ts';
import { test } from '../../support/database.ts';
import { insertGraph, randomGraph, workspaceIds } from '../../support/expiry-graphs.ts';
import * as make from '../../support/factories.ts';
import { at } from '../../support/factories.ts';

const T = at('2024-06-01');
const { signal } = new AbortController();
const hooks = { signal, elapsedMs: () => 0, now: () => T, progress: () => undefined };

describe('a forecast', () => {
  for (const seed of [1, 2, 3, 4]) {
    test(`says of each day what a dry run at its end says; random graphs of seed ${seed}`, async ({
      database,
    }) => {
      const { db } = database;
      await db.execute(sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_fileupload,
        db_fileinstore, db_file, db_collectionitem, db_collection, db_workrequest cascade`);
      // As it was two days before, so that much of it is still to come.
      const begin = at('2024-05-30');
      await insertGraph(db, randomGraph(100, seed), T);
      const ids = seed % 2 === 0 ? workspaceIds(new Set([0, 2])) : undefined;
      const workspaces = ids?.map((id) => ({ id, name: `graph-${id}` }));
      const plannedAt = (instant: Timestamp): Promise<ExpirySummary> =>
        dryRun(
          db,
          {
            at: instant,
            workspaceIds: ids,
            batchSize: 10,
            history: true,
            files: true,
            uploadDirectory: '/nonexistent',
            stores: { storeDirectory: '/nonexistent' },
          },
          hooks,
          ({ summary }) => Promise.resolve(summary),
        );

      const found = await forecast(db, { at: begin, unit: 'day', periods: 5, workspaces }, signal);

      let [artifacts, files, bytes] = [0, 0, 0];
      for (const period of found.periods) {
        artifacts += period.artifacts;
        files += period.files;
        bytes += period.bytes;
        const planned = await plannedAt(period.until);
        expect([artifacts, files, bytes], period.until).toEqual([
          planned.artifacts.deleted,
          planned.files.removed,
          planned.bytes.freed,
        ]);
      }
      expect(found.periods.filter((period) => period.artifacts > 0).length).toBeGreaterThan(2);
      expect(found.total).toEqual({ artifacts, files, bytes });
      const [row] = await db.execute<{ count: string }>(sql`select count(*) as count from db_artifact
        where ${ids === undefined ? sql`true` : sql`workspace_id = any (${`{${ids.join()}}`}::bigint[])`}`);
      expect(found.total.artifacts + found.later.artifacts + found.kept.artifacts).toBe(Number(row?.count));
    });
  }

  test('counts what a kept artifact leads to when that one goes, and a shared file with the last that names it', async ({
    database,
  }) => {
    const { db } = database;
    await db.execute(sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_file cascade`);
    const aged = (days: number) =>
      make.anArtifact(db, { createdAt: at('2024-05-31'), expirationDelay: `${days} days` });
    const [keeper, needed, lasting] = [await aged(3), await aged(1), await aged(30)];
    const file = await make.aFile(db, 'shared');
    await make.aFileInStore(db, file);
    for (const artifact of [keeper, needed]) await make.aFileInArtifact(db, artifact, file);
    await make.aRelation(db, keeper, needed);

    const { periods, later, total } = await forecast(db, { at: T, unit: 'day', periods: 3 }, signal);

    expect(periods.map((period) => period.artifacts)).toEqual([0, 0, 2, 0]);
    expect(total).toEqual({ artifacts: 2, files: 1, bytes: 6 });
    expect(later.artifacts).toBe(1);
    expect(lasting.id).toBeGreaterThan(needed.id);
  });
});
