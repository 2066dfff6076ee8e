/** Step 6 of cli.md 8.9: whether the bytes of the records are there, and are what they should be. */
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { storePath } from '../../data/local-store-paths.ts';
import { LockTimeoutError } from '../../errors.ts';
import { hashFile } from '../../storage/contents.ts';
import { fileAt, type FileFacts, type KnownLevels } from '../../storage/entries.ts';
import { idList } from '../lists.ts';
import type { Problem, VacuumEvent } from './events.ts';
import { failure, type Job, lookSize, type Step } from './job.ts';
import type { Place } from './places.ts';

/** A record that says that a store has a file. */
interface Stored {
  readonly id: number;
  readonly sha256: string;
  /** Decimal digits: it may be larger than a number can be. */
  readonly size: string;
}

/** Tells of records whose bytes are missing or wrong. */
export async function* wrongBytes(
  job: Job,
  place: Place,
  store: { readonly id: number; readonly name: string },
): Step {
  const levels: KnownLevels = new Map();
  for (let last: Stored | undefined, isDone = false; !isDone && job.mayGoOn();) {
    const records: readonly Stored[] = await recordsAfter(job.db, store.id, last);
    last = records.at(-1);
    isDone = records.length < lookSize;
    job.checked.file_records += records.length;
    const looked = await Promise.all(
      records.map(async (record) => ({ record, seen: await look(place, record, levels) })),
    );
    const events: VacuumEvent[] = [];
    const suspects = looked.filter(({ record, seen }) => !isRight(record, seen)).map(({ record }) => record);
    const unseen = looked.flatMap(({ seen }) => (seen instanceof Failed ? [seen.event] : []));
    events.push(...unseen, ...(await confirmed(job, place, store.name, suspects)));
    if (events.length > 0) yield events;
    if (job.verifiedShare > 0) {
      for (const { record, seen } of looked) {
        if (seen instanceof Failed || !isRight(record, seen) || job.random() >= job.verifiedShare) continue;
        if (!job.mayGoOn()) return;
        yield await verified(job, place, store.name, record);
      }
    }
  }
}

/** What could not be looked at. */
class Failed {
  readonly event: VacuumEvent;
  constructor(event: VacuumEvent) {
    this.event = event;
  }
}

async function recordsAfter(db: Db, storeId: number, last: Stored | undefined): Promise<readonly Stored[]> {
  const from =
    last === undefined
      ? sql`true`
      : sql`(f.sha256, f.size) > (decode(${last.sha256}::text, 'hex'), ${last.size}::bigint)`;
  const rows = await db.execute<{ id: string; sha256: string; size: string }>(sql`
    select i.id, encode(f.sha256, 'hex') as sha256, f.size::text as size
    from db_file f join db_fileinstore i on i.file_id = f.id
    where i.store_id = ${storeId}::bigint and ${from}
    order by f.sha256, f.size limit ${lookSize}::int`);
  return rows.map(({ id, sha256, size }) => ({ id: Number(id), sha256, size }));
}

/** Null when there are no bytes. */
async function look(
  { directory }: Place,
  { sha256, size }: Stored,
  levels?: KnownLevels,
): Promise<FileFacts | Failed | null> {
  const path = pathOf(sha256, size);
  if (path === null) return null;
  try {
    return (await fileAt(directory, path, levels)) ?? null;
  } catch (error) {
    return new Failed(failure(error));
  }
}

/** A digest that is none has no place; the database does not check it. */
function pathOf(sha256: string, size: string): string | null {
  return sha256.length === 64 ? storePath(sha256, size) : null;
}

/** Of what could not be looked at nothing is said. */
const isRight = ({ size }: Stored, seen: FileFacts | Failed | null): boolean =>
  seen instanceof Failed || (seen !== null && BigInt(seen.size) === BigInt(size));

/**
 * Looks again at records that seemed wrong. The race is with whoever removes the file: the bytes go before the record
 * does, see `removeUnusedFiles`; it has locked the file's row, so we wait for it, and find no record any more. Whom we
 * may not wait for any longer is left for the next run.
 */
async function confirmed(
  job: Job,
  place: Place,
  store: string,
  suspects: readonly Stored[],
): Promise<readonly VacuumEvent[]> {
  if (suspects.length === 0) return [];
  // A dry run takes no locks.
  const lock = job.dryRun ? sql`` : sql`for key share of f, i`;
  try {
    return await transaction(job.db, async (tx) => {
      const rows = await tx.execute<{ id: string }>(sql`
        select i.id from db_fileinstore i join db_file f on f.id = i.file_id
        where i.id in ${idList(suspects.map(({ id }) => id))} order by f.sha256, f.size ${lock}`);
      const remaining = new Set(rows.map(({ id }) => Number(id)));
      const events: VacuumEvent[] = [];
      for (const record of suspects.filter(({ id }) => remaining.has(id))) {
        const seen = await look(place, record);
        if (seen instanceof Failed) events.push(seen.event);
        else if (seen === null) events.push(problem('missing_bytes', store, record, {}));
        else if (!isRight(record, seen)) {
          events.push(problem('wrong_size', store, record, { found_size: seen.size }));
        }
      }
      return events;
    });
  } catch (error) {
    if (error instanceof LockTimeoutError) return [];
    throw error;
  }
}

function problem(
  code: Problem['code'],
  store: string,
  { sha256, size }: Stored,
  found: Partial<Problem>,
): VacuumEvent {
  return { event: 'problem', code, store, path: pathOf(sha256, size), sha256, size: Number(size), ...found };
}

/** Reads the bytes of a record; a file that has gone meanwhile is the next run's business. */
async function verified(
  job: Job,
  place: Place,
  store: string,
  record: Stored,
): Promise<readonly VacuumEvent[]> {
  const path = pathOf(record.sha256, record.size) ?? '';
  try {
    const { sha256 } = await hashFile(join(place.directory, path));
    job.checked.contents += 1;
    const found = sha256.toString('hex');
    return found === record.sha256 ? [] : [problem('wrong_hash', store, record, { found_sha256: found })];
  } catch (error) {
    const isGone = (await look(place, record)) === null;
    return isGone ? [] : [failure(error)];
  }
}
