import { describe, expect } from 'vitest';
import type { Id } from '../../../src/db/ids.ts';
import { NotFoundError, ProtectedError } from '../../../src/errors.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import { collections } from '../../../src/schema/collections.ts';
import { workRequestDependencies, workRequests as table } from '../../../src/schema/work-requests.ts';
import { test } from '../../support/database.ts';
import { aCollection, anArtifact, aWorkRequest } from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aDependant, aWorkflow, waits } from './arrange.ts';

describe('deleting work requests', () => {
  test('takes along what is inside and every dependency, in both directions', async ({ db }) => {
    const root = await aWorkflow(db);
    const middle = await aWorkflow(db, { parentId: root.id });
    const leaf = await aWorkRequest(db, { parentId: middle.id });
    const before = await aWorkRequest(db);
    const after = await aDependant(db, [leaf]);
    await waits(db, leaf, before);

    expect(await workRequests.remove(db, [root.id])).toEqual([root.id, middle.id, leaf.id]);
    expect(await db.select().from(table).orderBy(table.id)).toEqual([before, after]);
    expect(await db.select().from(workRequestDependencies)).toEqual([]);
  });

  test('leaves the internal collection', async ({ db }) => {
    const { id: internalCollectionId } = await aCollection(db);
    const { id } = await aWorkflow(db, { internalCollectionId });
    await workRequests.remove(db, [id]);
    expect(await db.$count(collections)).toBe(1);
  });

  test('is refused when one of them, or something inside, has made an artifact; nothing changes then', async ({
    db,
  }) => {
    const free = await aWorkRequest(db);
    const root = await aWorkflow(db);
    const leaf = await aWorkRequest(db, { parentId: root.id });
    const artifact = await anArtifact(db, { createdByWorkRequestId: leaf.id });
    await waits(db, free, leaf);

    const refused = workRequests.remove(db, [free.id, root.id]);
    await expect(refused).rejects.toThrow(ProtectedError);
    await expect(refused).rejects.toThrow(`1 artifact (${artifact.id})`);
    expect(await db.select().from(table).orderBy(table.id)).toEqual([free, root, leaf]);
    expect(await db.$count(workRequestDependencies)).toBe(1);
  });

  test('is refused when one of them does not exist', async ({ db }) => {
    const { id } = await aWorkRequest(db);
    await expect(workRequests.remove(db, [id, 999_999 as Id<'WorkRequest'>])).rejects.toThrow(NotFoundError);
    expect(await db.$count(table)).toBe(1);
  });

  test('takes as many statements for 100 as for 1', async ({ database }) => {
    const count = async (size: number) => {
      const root = await aWorkflow(database.db);
      for (let made = 0; made < size; made += 1) {
        await aWorkRequest(database.db, { parentId: root.id, createdById: root.createdById });
      }
      return countStatements(database, (db) => workRequests.remove(db, [root.id]));
    };
    expect(await count(100)).toBe(await count(1));
  });
});
