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

interface Unused extends Record<string, unknown> {
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

interface Broken {
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

/**
 * Removes one batch. The bytes go before the commit: a crash in between leaves rows of files that nothing names and
 * whose bytes are gone, which the next run clears, since removing what is not there is no error. Somebody who adds
 * the same content meanwhile holds its row, or waits for this lock and starts afresh.
 */
export async function removeUnusedFiles(
  db: Db,
  backends: ReadonlyMap<number, Backend | Broken>,
  after: number,
  limit: number,
): Promise<FileBatch> {
  const ids = await unusedFiles(db, after, limit);
  const next = ids.length === limit ? ids.at(-1) : undefined;
  if (ids.length === 0) return { outcomes: [], external: 0, next };
  return transaction(db, async (tx) => {
    const locked = await tx.execute<{ id: string }>(
      sql`select id from db_file where id in ${idList(ids)} order by id for update skip locked`,
    );
    // A new statement sees what was committed before the lock was ours.
    const unused = await tx.execute<Unused>(sql`
      select f.id, encode(f.sha256, 'hex') as sha256, f.size,
        coalesce((select json_agg(s.store_id) from db_fileinstore s where s.file_id = f.id), '[]')::text as stores,
        exists (select 1 from db_fileinstore s join db_filestore t on t.id = s.store_id
          where s.file_id = f.id and t.backend = 'ExternalDebianSuite') as is_external
      from db_file f
      where f.id in ${idList(locked.map(({ id }) => Number(id)))}
        and not exists (select 1 from db_fileinartifact p where p.file_id = f.id)
      order by f.id`);
    const ours = unused.filter((file) => !file.is_external);
    const outcomes = await Promise.all(ours.map((file) => removeBytes(file, backends)));
    const gone = idList(
      ours.filter((_, at) => outcomes[at]?.problem === undefined).map(({ id }) => Number(id)),
    );
    await tx.execute(sql`delete from db_fileinstore where file_id in ${gone}`);
    await tx.execute(sql`delete from db_file where id in ${gone}`);
    return { outcomes, external: unused.length - ours.length, next };
  });
}

async function removeBytes(
  file: Unused,
  backends: ReadonlyMap<number, Backend | Broken>,
): Promise<FileOutcome> {
  const content = { sha256: Buffer.from(file.sha256, 'hex'), size: Number(file.size) };
  const ids = JSON.parse(file.stores) as readonly number[];
  const found = ids.map((id) => backends.get(id));
  const outcome = {
    sha256: file.sha256,
    size: content.size,
    stores: found.map((one) => one?.store.name ?? ''),
  };
  try {
    for (const backend of found) {
      if (backend === undefined) return { ...outcome, problem: 'it is in a store that has just been made' };
      if (backend.kind === 'broken') return { ...outcome, problem: backend.problem };
      if (backend.kind === 'Local') await removeFile(backend.baseDirectory, content);
    }
    return outcome;
  } catch (error) {
    if (error instanceof DebusineError) return { ...outcome, problem: error.message };
    throw error;
  }
}
