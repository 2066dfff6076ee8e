/** Step 3 of cli.md 8.9: artifacts whose upload was given up. */
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { removeUpload, uploadSize } from '../../storage/uploads.ts';
import { isIncomplete } from '../artifact-records.ts';
import { deleteWithAll } from '../expiry/delete.ts';
import { isHeld } from '../expiry/meaning.ts';
import { idList } from '../lists.ts';
import type { VacuumEvent } from './events.ts';
import { deletion, failure, type Job, lookSize, removeSize, type Step, withoutBusyOnes } from './job.ts';

/** An upload that was active so lately is in progress, whatever the grace period is. Source: expiry.md, "Meaning" 4. */
const uploadGraceSeconds = 24 * 60 * 60;

const secondsBefore = (job: Job, seconds: number): SQL =>
  sql`(${job.at}::timestamptz - make_interval(secs => ${seconds}::float8))`;

/** Artifact `a` of workspace `w`: an old one with a file that none of the workspace's stores has. */
const isGivenUp = (job: Job): SQL => sql`(
  a.created_at < ${secondsBefore(job, job.graceSeconds)} and ${isIncomplete} and not exists (
    select from db_fileinartifact q join db_fileupload u on u.file_in_artifact_id = q.id
    where q.artifact_id = a.id
      and ${job.uploads ? sql`u.last_activity_at >= ${secondsBefore(job, Math.max(job.graceSeconds, uploadGraceSeconds))}` : sql`true`}
  ))`;

/**
 * Deletes artifacts that were made before the grace period and still lack a file, with all that belongs to them. An
 * artifact that is being uploaded stays, and so does one that a collection holds: somebody put it there. Without uploads, those that have one
 * stay as well: their partial files would be left behind.
 */
export async function* incompleteArtifacts(job: Job): Step {
  for (let after: number | undefined = 0; after !== undefined && job.mayGoOn();) {
    const size = job.dryRun ? lookSize : removeSize;
    const ids = await givenUp(job, after, size);
    after = ids.length === size ? ids.at(-1) : undefined;
    if (job.dryRun) yield await planned(job, ids);
    else {
      const events: VacuumEvent[] = [];
      const failures = await withoutBusyOnes(ids, async (some) => {
        events.push(...(await remove(job, some)));
      });
      yield [...events, ...failures];
    }
  }
}

/** How many incomplete artifacts stay because a collection holds them. */
export async function countKept(job: Job): Promise<number> {
  const [row] = await job.db.execute<{ count: string }>(sql`
    select count(*) as count from db_artifact a join db_workspace w on w.id = a.workspace_id
    where ${isGivenUp(job)} and ${isHeld}`);
  return Number(row?.count ?? 0);
}

async function givenUp(job: Job, after: number, limit: number): Promise<readonly number[]> {
  const rows = await job.db.execute<{ id: string }>(sql`
    select a.id from db_artifact a join db_workspace w on w.id = a.workspace_id
    where a.id > ${after}::bigint and ${isGivenUp(job)} and not ${isHeld}
    order by a.id limit ${limit}::int`);
  return rows.map(({ id }) => Number(id));
}

async function planned(job: Job, ids: readonly number[]): Promise<readonly VacuumEvent[]> {
  const uploads = await uploadsOf(job.db, ids);
  const sizes = new Map<number, number>();
  for (const { artifact, path } of uploads)
    sizes.set(artifact, (sizes.get(artifact) ?? 0) + (await partialSize(job, path)));
  return ids.map((id) => deletion(job, { kind: 'artifact', artifact: id, size: sizes.get(id) ?? 0 }));
}

interface Upload {
  readonly artifact: number;
  readonly path: string;
}

async function uploadsOf(db: Db, ids: readonly number[], lock: SQL = sql``): Promise<readonly Upload[]> {
  const rows = await db.execute<{ artifact: string; path: string }>(sql`
    select p.artifact_id as artifact, u.path
    from db_fileinartifact p join db_fileupload u on u.file_in_artifact_id = p.id
    where p.artifact_id in ${idList(ids)} order by u.id ${lock}`);
  return rows.map(({ artifact, path }) => ({ artifact: Number(artifact), path }));
}

/**
 * The races: a client goes on uploading (the server changes the upload's row), the last file arrives (it is recorded
 * while its row is held), somebody puts the artifact into a collection (and fails at the commit). All three rows are
 * locked before looking again, and none is waited for: what somebody works on stays.
 */
async function remove(job: Job, ids: readonly number[]): Promise<readonly VacuumEvent[]> {
  const { gone, uploads } = await transaction(job.db, async (tx) => {
    const locked = await tx.execute<{ id: string }>(
      sql`select id from db_artifact where id in ${idList(ids)} order by id for update skip locked`,
    );
    const ours = locked.map(({ id }) => Number(id));
    const held = await uploadsOf(tx, ours, sql`for update of u skip locked`);
    const files = await tx.execute<{ id: string }>(sql`
      select f.id from db_file f
      where f.id in (select p.file_id from db_fileinartifact p where p.artifact_id in ${idList(ours)})
      order by f.id for update of f skip locked`);
    const rows = await tx.execute<{ id: string; uploads: string }>(sql`
      select a.id, (
          select count(*) from db_fileinartifact p join db_fileupload u on u.file_in_artifact_id = p.id
          where p.artifact_id = a.id
        ) as uploads
      from db_artifact a join db_workspace w on w.id = a.workspace_id
      where a.id in ${idList(ours)} and ${isGivenUp(job)} and not ${isHeld} and not exists (
        select from db_fileinartifact p
        where p.artifact_id = a.id and p.file_id not in ${idList(files.map(({ id }) => Number(id)))}
      )
      order by a.id`);
    const deletable = rows
      .filter(
        ({ id, uploads: count }) =>
          held.filter(({ artifact }) => artifact === Number(id)).length === Number(count),
      )
      .map(({ id }) => Number(id));
    if (deletable.length > 0) await deleteWithAll(tx, deletable, job.at);
    const isGone = new Set(deletable);
    return { gone: deletable, uploads: held.filter(({ artifact }) => isGone.has(artifact)) };
  });
  const sizes = new Map<number, number>();
  const failures: VacuumEvent[] = [];
  for (const { artifact, path } of uploads) {
    const size = await partialSize(job, path);
    try {
      await removeUpload(job.uploadDirectory, path);
      sizes.set(artifact, (sizes.get(artifact) ?? 0) + size);
    } catch (error) {
      failures.push(failure(error));
    }
  }
  const events = gone.map((id) =>
    deletion(job, { kind: 'artifact', artifact: id, size: sizes.get(id) ?? 0 }),
  );
  return [...events, ...failures];
}

/** Bytes of a partial file; one that cannot be looked at counts for nothing. */
async function partialSize({ uploadDirectory }: Job, path: string): Promise<number> {
  return uploadSize(uploadDirectory, path).catch(() => 0);
}
