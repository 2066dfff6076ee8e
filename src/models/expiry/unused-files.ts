/** Removes files that no artifact names, whoever left them behind. Source: expiry.md, "Meaning" 7, "Files". */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { DebusineError } from '../../errors.ts';
import { type FileStore, fileStores } from '../../schema/file-stores.ts';
import { removeFile } from '../../storage/local.ts';
import { type Backend, getBackendObject, type StoreSettings } from '../file-backends.ts';
import { idList } from '../lists.ts';

/** One file that was dealt with. */
export interface FileOutcome {
  readonly sha256: string;
  readonly size: number;
  readonly stores: readonly string[];
  /** Why its bytes could not be removed; undefined when they are gone. */
  readonly problem?: string | undefined;
}

export interface FileBatch {
  readonly outcomes: readonly FileOutcome[];
  /** Left alone, because a read-only store has them. */
  readonly external: number;
  /** Where the next batch begins; undefined after the last one. */
  readonly next: number | undefined;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly sha256: string;
  readonly size: string;
  readonly stores: string;
  readonly is_external: boolean;
}

/** All stores, and what they are; a store that cannot be used is a problem of its files, not of the run. */
export async function storeBackends(
  db: Db,
  settings: StoreSettings,
): Promise<ReadonlyMap<number, Backend | Broken>> {
  const stores = await db.select().from(fileStores).orderBy(fileStores.id);
  return new Map(stores.map((store) => [store.id, backendOf(store, settings)]));
}

/** A store that cannot be used, and why. */
export interface Broken {
  readonly kind: 'broken';
  readonly store: FileStore;
  readonly problem: string;
}

function backendOf(store: FileStore, settings: StoreSettings): Backend | Broken {
  try {
    return getBackendObject(store, settings);
  } catch (error) {
    if (error instanceof DebusineError) return { kind: 'broken', store, problem: error.message };
    throw error;
  }
}

/** Files after this id that nothing names: the first of them, in order. */
export async function unusedFiles(db: Db, after: number, limit: number): Promise<readonly number[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select f.id from db_file f
    where f.id > ${after}::bigint and not exists (select 1 from db_fileinartifact p where p.file_id = f.id)
    order by f.id limit ${limit}::int`);
  return rows.map(({ id }) => Number(id));
}

/** Where a batch begins, how large it is, and what of it may go. */
export interface UnusedBatch {
  /** Only files with a greater id. */
  readonly after: number;
  readonly limit: number;
  /** Asked of each file that nothing names, while it is locked; absent: all of them may go. */
  readonly mayGo?: (file: UnusedFile) => Promise<boolean>;
}

/** A file that no artifact names. */
export interface UnusedFile {
  readonly id: number;
  /** Hexadecimal digits. */
  readonly sha256: string;
  readonly size: number;
  /** What has it. */
  readonly stores: readonly (Backend | Broken)[];
}

/**
 * Removes one batch. The bytes go before the commit: a crash in between leaves rows of files that nothing names and
 * whose bytes are gone, which the next run clears, since removing what is not there is no error. Somebody who adds
 * the same content meanwhile holds its row, or waits for this lock and starts afresh.
 */
export async function removeUnusedFiles(
  db: Db,
  backends: ReadonlyMap<number, Backend | Broken>,
  { after, limit, mayGo }: UnusedBatch,
): Promise<FileBatch> {
  const ids = await unusedFiles(db, after, limit);
  const next = ids.length === limit ? ids.at(-1) : undefined;
  if (ids.length === 0) return { outcomes: [], external: 0, next };
  return transaction(db, async (tx) => {
    const locked = await tx.execute<{ id: string }>(
      sql`select id from db_file where id in ${idList(ids)} order by id for update skip locked`,
    );
    // A new statement sees what was committed before the lock was ours.
    const { unused, external } = await lookAt(
      tx,
      backends,
      locked.map(({ id }) => Number(id)),
    );
    const ours = mayGo === undefined ? unused : await those(unused, mayGo);
    const outcomes = await Promise.all(ours.map(removeBytes));
    const gone = idList(ours.filter((_, at) => outcomes[at]?.problem === undefined).map(({ id }) => id));
    await tx.execute(sql`delete from db_fileinstore where file_id in ${gone}`);
    await tx.execute(sql`delete from db_file where id in ${gone}`);
    return { outcomes, external, next };
  });
}

/** What a batch would remove. Nothing is locked. */
export async function planUnusedFiles(
  db: Db,
  backends: ReadonlyMap<number, Backend | Broken>,
  { after, limit, mayGo }: UnusedBatch,
): Promise<{ readonly files: readonly UnusedFile[]; readonly next: number | undefined }> {
  const ids = await unusedFiles(db, after, limit);
  const { unused } = await lookAt(db, backends, ids);
  return {
    files: mayGo === undefined ? unused : await those(unused, mayGo),
    next: ids.length === limit ? ids.at(-1) : undefined,
  };
}

async function those(
  files: readonly UnusedFile[],
  mayGo: (file: UnusedFile) => Promise<boolean>,
): Promise<readonly UnusedFile[]> {
  const answers = await Promise.all(files.map(mayGo));
  return files.filter((_, at) => answers[at]);
}

/** Those of the files that nothing names, and how many of them a read-only store has: those are left alone. */
async function lookAt(
  db: Db,
  backends: ReadonlyMap<number, Backend | Broken>,
  ids: readonly number[],
): Promise<{ readonly unused: readonly UnusedFile[]; readonly external: number }> {
  const rows = await db.execute<Row>(sql`
    select f.id, encode(f.sha256, 'hex') as sha256, f.size,
      coalesce((select json_agg(s.store_id order by s.store_id) from db_fileinstore s where s.file_id = f.id), '[]')::text
        as stores,
      exists (select 1 from db_fileinstore s join db_filestore t on t.id = s.store_id
        where s.file_id = f.id and t.backend = 'ExternalDebianSuite') as is_external
    from db_file f
    where f.id in ${idList(ids)} and not exists (select 1 from db_fileinartifact p where p.file_id = f.id)
    order by f.id`);
  const unused = rows
    .filter((row) => !row.is_external)
    .map(({ id, sha256, size, stores }) => ({
      id: Number(id),
      sha256,
      size: Number(size),
      stores: (JSON.parse(stores) as readonly number[]).map((store) => backends.get(store) ?? unknownStore),
    }));
  return { unused, external: rows.length - unused.length };
}

/** Stands for a store that was made after the others were looked at. */
const unknownStore: Broken = {
  kind: 'broken',
  store: { id: 0 as FileStore['id'], name: '', backend: '', configuration: {} },
  problem: 'it is in a store that has just been made',
};

async function removeBytes({ sha256, size, stores }: UnusedFile): Promise<FileOutcome> {
  const outcome = { sha256, size, stores: stores.map(({ store }) => store.name) };
  try {
    for (const backend of stores) {
      if (backend.kind === 'broken') return { ...outcome, problem: backend.problem };
      if (backend.kind === 'Local')
        await removeFile(backend.baseDirectory, { sha256: Buffer.from(sha256, 'hex'), size });
    }
    return outcome;
  } catch (error) {
    if (error instanceof DebusineError) return { ...outcome, problem: error.message };
    throw error;
  }
}
