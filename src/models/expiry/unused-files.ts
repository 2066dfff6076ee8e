/** Removes files that no artifact names, whoever left them behind. Source: expiry.md, "Meaning" 7, "Files". */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { stream } from '../../db/stream.ts';
import { transaction } from '../../db/transaction.ts';
import { DebusineError } from '../../errors.ts';
import { type FileStore, fileStores } from '../../schema/file-stores.ts';
import { removeFiles } from '../../storage/local.ts';
import type { IdSpool } from '../../storage/spool.ts';
import { type Backend, getBackendObject, type LocalBackend, type StoreSettings } from '../file-backends.ts';
import { idList } from '../lists.ts';
import { beginBatch, givingWay } from './batch.ts';

/** One file that was dealt with. */
export interface FileOutcome {
  readonly sha256: string;
  readonly size: number;
  readonly stores: readonly string[];
  /** Why its bytes could not be removed; undefined when they are gone. */
  readonly problem?: string | undefined;
  /** The store that the problem is with. */
  readonly problemIn?: string | undefined;
}

export interface FileBatch {
  readonly outcomes: readonly FileOutcome[];
  /** Left alone, because a read-only store has them. */
  readonly external: number;
  /** Held by somebody, so that nothing could be said about them, or gone by now. */
  readonly busy: readonly number[];
  /** Where the next batch begins; undefined after the last one. */
  readonly next: number | undefined;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly sha256: string;
  readonly size: string;
  /** One row for each store that has the file; null when none has it. */
  readonly store_id: string | null;
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

/**
 * Puts all files that nothing names into the spool, by id. One pass over both tables, whatever became of earlier runs;
 * a query for each batch would have to pass by all that came before.
 */
export function spoolUnusedFiles(db: Db, spool: IdSpool): Promise<void> {
  return transaction(
    db,
    async (tx) => {
      // In the order of the original's locks.
      await tx.execute(sql`lock table db_fileinartifact, db_file in access share mode`);
      const query = sql`select f.id from db_file f
          where not exists (select 1 from db_fileinartifact p where p.file_id = f.id) order by f.id`;
      for await (const rows of stream<{ id: string }>(tx, query)) {
        for (const { id } of rows) spool.add(Number(id));
      }
    },
    { readOnly: true },
  );
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

/** Removes the next batch of what nothing names, in the order of their ids. */
export async function removeUnusedFiles(
  db: Db,
  backends: ReadonlyMap<number, Backend | Broken>,
  { after, limit, mayGo }: UnusedBatch,
): Promise<FileBatch> {
  const ids = await unusedFiles(db, after, limit);
  const next = ids.length === limit ? ids.at(-1) : undefined;
  return { ...(await removeIfUnused(db, backends, ids, mayGo)), next };
}

/** Bytes that could not be removed: the rows of these files must stay. */
class BytesStay extends Error {
  readonly outcomes: ReadonlyMap<number, FileOutcome>;
  constructor(outcomes: ReadonlyMap<number, FileOutcome>) {
    super('bytes stay');
    this.outcomes = outcomes;
  }
}

/**
 * Removes those of the files that nothing names. The rows go first, and with them every foreign key is checked; then
 * the bytes; then it is committed. A crash in between leaves rows of files that nothing names and whose bytes are
 * gone, which the next run clears, since removing what is not there is no error. Somebody who adds the same content
 * meanwhile holds its row, or waits for this lock and starts afresh.
 * @param ids at least one
 * @throws LockTimeoutError when a table or a row that belongs to them is not free in time; ConstraintError when a
 *   table that we do not know refers to one of them
 */
export async function removeIfUnused(
  db: Db,
  backends: ReadonlyMap<number, Backend | Broken>,
  ids: readonly number[],
  mayGo?: UnusedBatch['mayGo'],
): Promise<Omit<FileBatch, 'next'>> {
  const stay = new Map<number, FileOutcome>();
  for (;;) {
    const tried = ids.filter((id) => !stay.has(id));
    if (tried.length === 0) return { outcomes: [...stay.values()], external: 0, busy: [] };
    try {
      const batch = await transaction(db, (tx) => removeBatch(tx, backends, tried, mayGo));
      return { ...batch, outcomes: [...batch.outcomes, ...stay.values()] };
    } catch (error) {
      // What could be removed is gone; its rows go when we do the rest again.
      if (!(error instanceof BytesStay)) throw error;
      for (const [id, outcome] of error.outcomes) stay.set(id, outcome);
    }
  }
}

async function removeBatch(
  tx: Db,
  backends: ReadonlyMap<number, Backend | Broken>,
  ids: readonly number[],
  mayGo: UnusedBatch['mayGo'],
): Promise<Omit<FileBatch, 'next'>> {
  await beginBatch(tx, 'db_fileinartifact', 'db_fileinstore', 'db_file');
  const locked = await tx.execute<{ id: string }>(
    sql`select id from db_file where id in ${idList(ids)} order by id for update skip locked`,
  );
  const isLocked = new Set(locked.map(({ id }) => Number(id)));
  const busy = ids.filter((id) => !isLocked.has(id));
  // A new statement sees what was committed before the lock was ours.
  const { unused, external } = await lookAt(tx, backends, [...isLocked]);
  const ours = mayGo === undefined ? unused : await those(unused, mayGo);
  const usable = ours.filter(({ stores }) => stores.every(({ kind }) => kind !== 'broken'));
  const gone = idList(usable.map(({ id }) => id));
  await givingWay(async () => {
    await tx.execute(sql`
      with records as (delete from db_fileinstore where file_id in ${gone})
      delete from db_file where id in ${gone}`);
    await tx.execute(sql`set constraints all immediate`);
  });
  // A crash of the server may take this back: then rows of unused files are there again, without bytes, for the next
  // run. Whoever adds such a content after us has a later place in the server's log, and waits for that.
  await tx.execute(sql`set local synchronous_commit = off`);
  const problems = await removeBytes(usable);
  if (problems.size > 0) throw new BytesStay(problems);
  const outcomes = ours.map((file) =>
    outcomeOf(
      file,
      file.stores.find(({ kind }) => kind === 'broken'),
    ),
  );
  return { outcomes, external, busy };
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
    select f.id, encode(f.sha256, 'hex') as sha256, f.size, s.store_id
    from ${idList(ids)} g (value) join db_file f on f.id = g.value left join db_fileinstore s on s.file_id = f.id
    where not exists (select 1 from db_fileinartifact p where p.file_id = f.id)
    order by f.id, s.store_id`);
  const files: UnusedFile[] = [];
  let stores: (Backend | Broken)[] = [];
  for (const { id, sha256, size, store_id: store } of rows) {
    if (files.at(-1)?.id !== Number(id)) {
      stores = [];
      files.push({ id: Number(id), sha256, size: Number(size), stores });
    }
    if (store !== null) stores.push(backends.get(Number(store)) ?? unknownStore);
  }
  const unused = files.filter((file) => !file.stores.some(isExternal));
  return { unused, external: files.length - unused.length };
}

/** Whether the store is one that we only read, though it may not be usable. */
const isExternal = ({ store }: Backend | Broken): boolean => store.backend === 'ExternalDebianSuite';

/** Stands for a store that was made after the others were looked at. */
const unknownStore: Broken = {
  kind: 'broken',
  store: { id: 0 as FileStore['id'], name: '', backend: '', configuration: {} },
  problem: 'it is in a store that has just been made',
};

const outcomeOf = ({ sha256, size, stores }: UnusedFile, broken?: Backend | Broken): FileOutcome => ({
  sha256,
  size,
  stores: stores.map(({ store }) => store.name),
  ...(broken?.kind === 'broken' ? { problem: broken.problem, problemIn: broken.store.name } : {}),
});

/** @returns what could not be removed from one of its stores, by id */
async function removeBytes(files: readonly UnusedFile[]): Promise<ReadonlyMap<number, FileOutcome>> {
  const problems = new Map<number, FileOutcome>();
  const local = new Map<LocalBackend, UnusedFile[]>();
  for (const file of files) {
    for (const backend of file.stores) {
      if (backend.kind === 'Local') {
        const held = local.get(backend);
        if (held === undefined) local.set(backend, [file]);
        else held.push(file);
      }
    }
  }
  for (const [backend, held] of local) {
    const contents = held.map(({ sha256, size }) => ({ sha256: Buffer.from(sha256, 'hex'), size }));
    const found = await removeFiles(backend.baseDirectory, contents);
    for (const [at, problem] of found.entries()) {
      const file = held[at];
      if (problem === undefined || file === undefined) continue;
      problems.set(file.id, {
        ...outcomeOf(file),
        problem: problem.message,
        problemIn: backend.store.name,
      });
    }
  }
  return problems;
}
