/** Step 4 and a part of step 6 of cli.md 8.9: files in the upload directory, and records of uploads. */
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { fileAt, removeOldFile } from '../../storage/entries.ts';
import { type StoreEntry, walkUploads } from '../../storage/store-walk.ts';
import { uploadPath } from '../../storage/uploads.ts';
import { textList } from '../lists.ts';
import type { VacuumEvent } from './events.ts';
import { deletion, failure, inBatches, type Job, lookSize, type Step } from './job.ts';

/** Deletes old files in the upload directory that no upload has. */
export async function* orphanUploads(job: Job): Step {
  const { uploads: directory, uploadFailure, reservedInUploads, places } = job.places;
  if (uploadFailure !== undefined) yield [{ event: 'error', message: uploadFailure }];
  if (directory === undefined) return;
  const owner = places.find((place) => place.directory === directory);
  if (owner !== undefined || directory === '/') {
    const whose =
      owner === undefined ? 'the root directory' : `that of store ${JSON.stringify(owner.stores[0]?.name)}`;
    yield [
      {
        event: 'error',
        message: `the upload directory ${directory} is ${whose}; nothing in it is looked at`,
      },
    ];
    return;
  }
  for await (const entries of inBatches(walkUploads(directory, reservedInUploads), lookSize)) {
    if (!job.mayGoOn()) return;
    yield entries.flatMap(aside);
    yield await removeOrphans(
      job,
      directory,
      entries.filter(({ kind }) => kind === 'file').map(({ path }) => path),
    );
  }
}

function aside(entry: StoreEntry): readonly VacuumEvent[] {
  switch (entry.kind) {
    case 'file':
      return [];
    case 'foreign':
      return [{ event: 'problem', code: 'foreign', store: null, path: entry.path }];
    case 'unreadable':
      return [failure(entry.error)];
  }
}

/**
 * First the age is looked at, then the records: an upload has its record before its file is old. So a file that was
 * old, and of which no record is found afterwards, is nobody's.
 */
async function removeOrphans(
  job: Job,
  directory: string,
  paths: readonly string[],
): Promise<readonly VacuumEvent[]> {
  const looked = await Promise.all(
    paths.map(async (path) => ({ path, facts: await fileAt(directory, path) })),
  );
  const old = looked.flatMap(({ path, facts }) =>
    facts !== undefined && facts.changedAt < job.before ? [{ path, size: facts.size }] : [],
  );
  if (old.length === 0) return [];
  // The original joins the paths, so that an absolute one names the same file.
  const names = old.flatMap(({ path }) => [path, join(job.uploadDirectory, path), join(directory, path)]);
  const rows = await job.db.execute<{ path: string }>(
    sql`select path from db_fileupload where path in ${textList(names)}`,
  );
  const known = new Set(rows.map(({ path }) => path));
  const events: VacuumEvent[] = [];
  for (const { path, size } of old) {
    if ([path, join(job.uploadDirectory, path), join(directory, path)].some((name) => known.has(name)))
      continue;
    try {
      const removed = job.dryRun ? size : await removeOldFile(directory, path, job.before);
      if (removed !== undefined) events.push(deletion(job, { kind: 'upload_file', path, size: removed }));
    } catch (error) {
      events.push(failure(error));
    }
  }
  return events;
}

interface Row {
  readonly id: number;
  readonly path: string;
  readonly artifact: number;
}

/** Tells of uploads whose partial file is not there. */
export async function* missingUploads(job: Job): Step {
  if (job.places.uploadFailure !== undefined) return;
  for (let after: number | undefined = 0; after !== undefined && job.mayGoOn();) {
    const rows: readonly Row[] = await uploads(job, sql`u.id > ${after}::bigint`);
    after = rows.length === lookSize ? rows.at(-1)?.id : undefined;
    job.checked.uploads += rows.length;
    const suspects = await those(rows, (row) => isMissing(job, row));
    if (suspects.length === 0) continue;
    // An upload that ended meanwhile took its record away before its file.
    const remaining = new Set(
      (await uploads(job, sql`u.id >= ${suspects[0]?.id ?? 0}::bigint`)).map(({ id }) => id),
    );
    const missing = await those(
      suspects,
      async (row) => remaining.has(row.id) && (await isMissing(job, row)),
    );
    yield missing.map(({ path, artifact }) => ({
      event: 'problem',
      code: 'missing_upload',
      store: null,
      path,
      artifact,
    }));
  }
}

async function uploads({ db }: Job, condition: ReturnType<typeof sql>): Promise<readonly Row[]> {
  const rows = await db.execute<{ id: string; path: string; artifact: string }>(sql`
    select u.id, u.path, p.artifact_id as artifact
    from db_fileupload u join db_fileinartifact p on p.id = u.file_in_artifact_id
    where ${condition} order by u.id limit ${lookSize}::int`);
  return rows.map(({ id, path, artifact }) => ({ id: Number(id), path, artifact: Number(artifact) }));
}

async function those<T>(all: readonly T[], question: (one: T) => Promise<boolean>): Promise<readonly T[]> {
  const answers = await Promise.all(all.map(question));
  return all.filter((_, position) => answers[position]);
}

/** A path that leads out of the upload directory has no file there. */
async function isMissing({ places, uploadDirectory }: Job, { path }: Row): Promise<boolean> {
  if (places.uploads === undefined) return true;
  try {
    uploadPath(uploadDirectory, path);
  } catch {
    return true;
  }
  return (await fileAt(places.uploads, path)) === undefined;
}
