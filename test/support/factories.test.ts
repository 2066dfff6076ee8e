import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import {
  aFile,
  aFileInArtifact,
  aFileInStore,
  anArtifact,
  anItem,
  aCollection,
  anUpload,
  at,
  aWorker,
  aWorkRequest,
  aWorkflowTemplate,
  aRelation,
} from './factories.ts';
import { test } from './database.ts';
test('every factory makes a row the database accepts', async ({ db }) => {
  const a = await anArtifact(db, {
    createdAt: at('2024-05-02 10:00:00.000001'),
    data: { a: [1, { b: 'x' }] },
  });
  expect(a.createdAt).toBe('2024-05-02T10:00:00.000001Z');
  expect(a.data).toEqual({ a: [1, { b: 'x' }] });
  const f = await aFile(db, 'abc');
  const part = await aFileInArtifact(db, a, f);
  await aFileInStore(db, f);
  await anUpload(db, part);
  await anItem(db, await aCollection(db), a);
  await aWorker(db);
  await aWorkRequest(db);
  await aWorkflowTemplate(db);
  await aRelation(db, a, a);
  await db.execute(sql`set constraints all immediate`);
  expect(f.sha256.toString('hex')).toMatch(/^ba7816bf/);
});
