/** A store, an upload directory, and what lies in them, for runs of vacuum. */
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Db } from '../../../src/db/database.ts';
import {
  vacuum,
  type VacuumEvent,
  type VacuumOptions,
  type VacuumSummary,
} from '../../../src/models/vacuum/index.ts';
import type { File } from '../../../src/schema/files.ts';
import type { FileStore } from '../../../src/schema/file-stores.ts';
import { localPath } from '../../../src/storage/local.ts';
import { timestampFromMicroseconds } from '../../../src/timestamp.ts';
import { aDirectory, contentOf } from '../../storage/scratch.ts';
import * as make from '../../support/factories.ts';

export interface Installation {
  readonly db: Db;
  /** Directory of the store `Default`. */
  readonly store: string;
  readonly uploads: string;
}

export function anInstallation(db: Db): Installation {
  return { db, store: aDirectory(), uploads: aDirectory() };
}

/** Everything that artifacts and files consist of goes, but for the store `Default`. */
export async function emptyDatabase(db: Db): Promise<void> {
  await db.execute(sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_fileupload, db_fileinstore,
    db_file, db_collectionitem, db_collection, db_workrequest, db_collectionitemmatchconstraint cascade`);
  await db.execute(sql`delete from db_workspace_other_file_stores`);
  await db.execute(sql`delete from db_workspace where name <> 'System'`);
  await db.execute(sql`delete from db_filestore where name <> 'Default'`);
}

export interface Run {
  readonly events: readonly VacuumEvent[];
  readonly summary: VacuumSummary;
}

export async function run(
  { db, store, uploads }: Installation,
  given: Partial<VacuumOptions> & { readonly signal?: AbortSignal } = {},
): Promise<Run> {
  const { signal = new AbortController().signal, ...options } = given;
  const generator = vacuum(
    db,
    {
      dryRun: false,
      graceSeconds: 86_400,
      verifiedShare: 0,
      uploads: true,
      uploadDirectory: uploads,
      storeSettings: { storeDirectory: store },
      ...options,
    },
    {
      signal,
      elapsedMs: () => performance.now(),
      now: () => timestampFromMicroseconds(BigInt(Date.now()) * 1000n),
      random: () => 0.5,
      progress: () => undefined,
    },
  );
  const events: VacuumEvent[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done === true) return { events, summary: next.value };
    events.push(...next.value);
  }
}

/** Two days: longer than the grace period. */
export const old = 2 * 86_400;

/** Makes a file or directory look as if it was changed so many seconds ago. */
export function age(path: string, seconds = old): void {
  const at = Date.now() / 1000 - seconds;
  utimesSync(path, at, at);
}

/** Puts bytes somewhere below a directory, as if it had been two days ago. @returns the whole path */
export function put(directory: string, path: string, bytes = 'bytes', seconds = old): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  age(file, seconds);
  return file;
}

/** A file with its record in a store and its bytes on the disk. */
export async function stored(
  { db, store }: Installation,
  bytes: string,
  given: { readonly in?: FileStore; readonly directory?: string; readonly seconds?: number } = {},
): Promise<File> {
  const file = await make.aFile(db, bytes);
  await make.aFileInStore(db, file, given.in);
  putContent(given.directory ?? store, bytes, given.seconds);
  return file;
}

/** The bytes alone, under their name. @returns the whole path */
export function putContent(directory: string, bytes: string, seconds = old): string {
  const path = localPath(directory, contentOf(bytes));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  age(path, seconds);
  return path;
}

/** A file that an artifact has, complete. */
export async function used(installation: Installation, bytes: string): Promise<File> {
  const file = await stored(installation, bytes);
  await make.aFileInArtifact(installation.db, await make.anArtifact(installation.db), file);
  return file;
}

/** Runs `work` while the mode of a path is another one. */
export async function withMode<T>(path: string, mode: number, work: () => Promise<T>): Promise<T> {
  chmodSync(path, mode);
  try {
    return await work();
  } finally {
    chmodSync(path, 0o755);
  }
}
