/** What is known about a worker. Source: models.md 3.19, cli.md 8.3 (edit-worker-metadata). */
import { and, eq, sql } from 'drizzle-orm';
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../data/json.ts';
import { quote } from '../../data/quote.ts';
import { checkStaticMetadata, mergeMetadata } from '../../data/worker-metadata.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { InvalidTransitionError } from '../../errors.ts';
import { type Worker, workers } from '../../schema/workers.ts';
import type { Timestamp } from '../../timestamp.ts';

/**
 * Both kinds of metadata in one object; of a key that both have, the static value counts. Changing the result does
 * not change the worker.
 *
 * Source: `Worker.metadata` in the mission document.
 */
export function metadata(worker: Worker): JsonObject {
  return mergeMetadata({ static: worker.staticMetadata, dynamic: worker.dynamicMetadata });
}

/**
 * Replaces what the worker reports about itself, and stamps it.
 *
 * Source: `Worker.set_dynamic_metadata` in the mission document.
 * @throws NotFoundError when there is no such worker
 */
export async function setDynamicMetadata(
  db: Db,
  id: Id<'Worker'>,
  dynamicMetadata: JsonObject,
  at: Timestamp,
): Promise<Worker> {
  const changes = { dynamicMetadata, dynamicMetadataUpdatedAt: at };
  return one(
    await db.update(workers).set(changes).where(eq(workers.id, id)).returning(),
    `worker ${id} not found`,
  );
}

/**
 * Replaces what administrators say about the worker, provided that nobody else has changed it since it was read.
 *
 * Source: cli.md 8.3: compare before writing.
 * @param edited `before`: what was read; `after`: what it shall be
 * @returns false when both are the same, and nothing was written
 * @throws ValidationError on `static_metadata` for a known key of the wrong form
 * @throws NotFoundError when there is no such worker
 * @throws InvalidTransitionError when the stored metadata is not `before`; nothing is changed then
 */
export async function setStaticMetadata(
  db: Db,
  id: Id<'Worker'>,
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
): Promise<boolean> {
  checkStaticMetadata(after);
  if (isDeepStrictEqual(before, after)) return false;
  // One statement compares and writes, so that of two edits at once one is refused and none is lost.
  const written = await db
    .update(workers)
    .set({ staticMetadata: after })
    .where(and(eq(workers.id, id), sql`${workers.staticMetadata} = ${JSON.stringify(before)}::text::jsonb`))
    .returning({ id: workers.id });
  if (written.length > 0) return true;
  const rows = await db.select({ name: workers.name }).from(workers).where(eq(workers.id, id));
  const { name } = one(rows, `worker ${id} not found`);
  throw new InvalidTransitionError(
    `the metadata of worker ${quote(name)} was changed by somebody else meanwhile`,
    {
      hint: 'look at the new values and edit again',
      details: { kind: 'worker', name },
    },
  );
}

/** What administrators say about the worker, locked until the end of the transaction. @throws NotFoundError */
export async function lockStaticMetadata(db: Db, id: Id<'Worker'>): Promise<JsonObject> {
  const rows = await db
    .select({ staticMetadata: workers.staticMetadata })
    .from(workers)
    .where(eq(workers.id, id))
    .for('no key update');
  return one(rows, `worker ${id} not found`).staticMetadata;
}
