/** Steps 1 and 5 of cli.md 8.9: files in stores that no record accounts for, and empty directories. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { files } from '../../schema/files.ts';
import { filesInStores } from '../../schema/files-in-stores.ts';
import { type Content, contentName } from '../../storage/contents.ts';
import { fileAt, type FileFacts, removeEmptyDirectory, removeOldFile } from '../../storage/entries.ts';
import { oldEmptyDirectories, type StoreEntry, walkStore } from '../../storage/store-walk.ts';
import { removeUnrecorded } from '../file-backends.ts';
import { idList } from '../lists.ts';
import type { VacuumEvent } from './events.ts';
import {
  deletion,
  failure,
  inBatches,
  type Job,
  lookSize,
  pieces,
  removeSize,
  type Step,
  withoutBusyOnes,
} from './job.ts';
import type { Place } from './places.ts';

type FileEntry = Extract<StoreEntry, { kind: 'file' }>;

/** A file that no record accounts for. */
interface Orphan {
  readonly path: string;
  readonly content: Content | undefined;
  readonly facts: FileFacts;
}

/** Deletes old files that no store in their directory has a record of, temporary ones among them. */
export async function* unaccountedFiles(job: Job, place: Place): Step {
  for await (const entries of inBatches(walkStore(place.directory, place.reserved), lookSize)) {
    if (!job.mayGoOn()) return;
    const found = entries.filter((entry) => entry.kind === 'file');
    job.checked.store_files += found.length;
    yield entries.flatMap((entry) => aside(entry, place));
    const orphans = await oldOnes(job, place, await withoutRecord(job.db, place, found));
    if (job.dryRun) yield orphans.map((orphan) => deleted(job, place, orphan, orphan.facts.size));
    else for (const some of pieces(orphans, removeSize)) yield await remove(job, place, some);
  }
}

function aside(entry: StoreEntry, place: Place): readonly VacuumEvent[] {
  switch (entry.kind) {
    case 'file':
      return [];
    case 'foreign':
      return [{ event: 'problem', code: 'foreign', store: nameOf(place), path: entry.path }];
    case 'unreadable':
      return [failure(entry.error)];
  }
}

/** A place is called by its first store. */
const nameOf = ({ stores: [first] }: Place): string | null => first?.name ?? null;

const deleted = (job: Job, place: Place, { path }: Orphan, size: number) =>
  deletion(job, { kind: 'store_file', store: nameOf(place), path, size });

async function withoutRecord(
  db: Db,
  { stores }: Place,
  entries: readonly FileEntry[],
): Promise<readonly FileEntry[]> {
  const contents = entries.flatMap(({ content }) => (content === undefined ? [] : [content]));
  const wanted = contents.map(({ sha256, size }) => ({ sha256: sha256.toString('hex'), size }));
  const rows = await db.execute<{ sha256: string; size: string }>(sql`
    select c.sha256, c.size
    from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as c(sha256 text, size bigint)
    join ${files} f on f.sha256 = decode(c.sha256, 'hex') and f.size = c.size
    where exists (
      select from ${filesInStores} i
      where i.file_id = f.id and i.store_id in ${idList(stores.map(({ id }) => id))}
    )`);
  const recorded = new Set(rows.map(({ sha256, size }) => `${sha256}-${size}`));
  return entries.filter(({ content }) => content === undefined || !recorded.has(contentName(content)));
}

async function oldOnes(job: Job, place: Place, entries: readonly FileEntry[]): Promise<readonly Orphan[]> {
  const looked = await Promise.all(
    entries.map(async ({ path, content }) => ({ path, content, facts: await fileAt(place.directory, path) })),
  );
  return looked.flatMap(({ path, content, facts }) =>
    facts !== undefined && facts.changedAt < job.before ? [{ path, content, facts }] : [],
  );
}

/** Removes them, those that might be contents while nobody can record them. A failure of one leaves the others alone. */
async function remove(job: Job, place: Place, orphans: readonly Orphan[]): Promise<readonly VacuumEvent[]> {
  const events: VacuumEvent[] = [];
  const take = async (orphan: Orphan): Promise<boolean> => {
    try {
      const size = await removeOldFile(place.directory, orphan.path, job.before);
      if (size === undefined) return false;
      events.push(deleted(job, place, orphan, size));
      return true;
    } catch (error) {
      events.push(failure(error));
      return false;
    }
  };
  for (const orphan of orphans.filter(({ content }) => content === undefined)) await take(orphan);
  const named = new Map(
    orphans.flatMap((orphan) =>
      orphan.content === undefined
        ? []
        : [[contentName(orphan.content), { ...orphan, content: orphan.content }]],
    ),
  );
  const failures = await withoutBusyOnes([...named.values()], async (some) => {
    await removeUnrecorded(
      job.db,
      place.stores.map(({ id }) => id),
      some.map(({ content }) => content),
      async (content) => {
        const orphan = named.get(contentName(content));
        return orphan !== undefined && (await take(orphan));
      },
    );
  });
  return [...events, ...failures];
}

/** Removes old directories with nothing in them. */
export async function* emptyDirectories(job: Job, place: Place): Step {
  for await (const path of oldEmptyDirectories(place.directory, job.before, place.reserved)) {
    if (!job.mayGoOn()) return;
    try {
      if (job.dryRun || (await removeEmptyDirectory(place.directory, path)))
        yield [deletion(job, { kind: 'directory', store: nameOf(place), path })];
    } catch (error) {
      yield [failure(error)];
    }
  }
}
