/** File stores as the commands show them. Source: cli.md 8.5. */
import { type SQL, sql } from 'drizzle-orm';
import type { JsonObject } from '../data/json.ts';
import type { Db } from '../db/database.ts';
import { all, type Listing, listing, type Page } from '../db/listing.ts';
import { fileStores } from '../schema/file-stores.ts';
import { files } from '../schema/files.ts';
import { filesInArtifacts } from '../schema/files-in-artifacts.ts';
import { filesInStores } from '../schema/files-in-stores.ts';
import { workspaceOtherFileStores, workspaces } from '../schema/workspaces.ts';
import { freeBytes } from '../storage/free-space.ts';
import { isUsable } from '../storage/store-directories.ts';
import { defaultStoreName, type StoreSettings } from './file-backends.ts';
import { textList } from './lists.ts';
import { nameNotFound } from './names.ts';

/** A store with what it holds and who uses it. */
export interface FileStoreRecord {
  readonly id: number;
  readonly name: string;
  readonly backend: string;
  readonly configuration: JsonObject;
  /** Directory of a local store, root URL of an external one; null when it has none. */
  readonly location: string | null;
  readonly files: number;
  readonly size_bytes: number;
  /** Names of workspaces, by id. */
  readonly default_of: readonly string[];
  readonly other_of: readonly string[];
  /** Whether a local store can be written to now; null for stores elsewhere, which are not contacted. */
  readonly reachable: boolean | null;
}

/** A store with the room that is left and what could go. */
export interface FileStoreDetails extends FileStoreRecord {
  /** Room left for us on the disk; null when the store is elsewhere or not reachable. */
  readonly free_bytes: number | null;
  /** Files that no artifact names. */
  readonly unused_files: number;
  readonly unused_bytes: number;
}

export interface FileStoreFilter {
  readonly backends?: readonly string[] | undefined;
  /** Names of workspaces that use the store, as default or other. */
  readonly workspaces?: readonly string[] | undefined;
}

type Stored = Omit<FileStoreRecord, 'reachable'>;

/**
 * Stores by id. Directories are looked at as the records are consumed.
 * @throws NotFoundError for a workspace that does not exist; UsageError for an unknown order key
 */
export async function list(
  db: Db,
  filter: FileStoreFilter,
  page: Page,
  settings: StoreSettings,
): Promise<Listing<FileStoreRecord>> {
  await refuseUnknownWorkspaces(db, filter.workspaces ?? []);
  const stored = listing<Stored>(db, query(settings, conditions(filter)), page);
  async function* records(): AsyncGenerator<readonly FileStoreRecord[]> {
    for await (const batch of stored) yield await Promise.all(batch.map(withReachable));
  }
  return {
    [Symbol.asyncIterator]: records,
    async *json() {
      for await (const batch of records()) yield batch.map((record) => JSON.stringify(record));
    },
    count: () => stored.count(),
  };
}

/**
 * One store, with the room that is left and the files that no artifact names.
 * @throws NotFoundError when there is no store of that name
 */
export async function show(db: Db, name: string, settings: StoreSettings): Promise<FileStoreDetails> {
  const unused = (what: SQL) => sql`(
    select ${what} from ${filesInStores} p join ${files} f on f.id = p.file_id
    where p.store_id = s.id and not exists (select from ${filesInArtifacts} a where a.file_id = f.id)
  )`;
  const rows = await all(
    listing<Stored & Pick<FileStoreDetails, 'unused_files' | 'unused_bytes'>>(
      db,
      query(
        settings,
        [sql`s.name = ${name}`],
        sql`, ${unused(sql`count(*)`)} as unused_files, ${unused(sql`coalesce(sum(f.size), 0)`)} as unused_bytes`,
      ),
    ),
  );
  const [row] = rows;
  if (row === undefined) throw nameNotFound('file-store', name);
  const { unused_files, unused_bytes, ...stored } = row;
  const record = await withReachable(stored);
  const free_bytes = record.reachable === true ? await freeBytes(record.location) : null;
  return { ...record, free_bytes, unused_files, unused_bytes };
}

async function withReachable(stored: Stored): Promise<FileStoreRecord> {
  if (stored.backend !== 'Local') return { ...stored, reachable: null };
  const { location } = stored;
  return {
    ...stored,
    reachable: location !== null && location.startsWith('/') && (await isUsable(location)),
  };
}

function conditions({ backends, workspaces: names }: FileStoreFilter): readonly SQL[] {
  return [
    ...(backends === undefined ? [] : [sql`s.backend in ${textList(backends)}`]),
    ...(names === undefined
      ? []
      : [
          sql`(
            s.id in (select default_file_store_id from ${workspaces} where name in ${textList(names)})
            or s.id in (
              select o.filestore_id
              from ${workspaceOtherFileStores} o join ${workspaces} w on w.id = o.workspace_id
              where w.name in ${textList(names)}
            )
          )`,
        ]),
  ];
}

function query({ storeDirectory }: StoreSettings, where: readonly SQL[], more: SQL = sql``) {
  // Other programs may have stored any configuration; what is no text is no place.
  const setting = (key: string) => sql`case when jsonb_typeof(s.configuration -> ${key}::text) = 'string'
    then s.configuration ->> ${key}::text end`;
  const location = sql`case s.backend
    when 'Local' then coalesce(
      ${setting('base_directory')},
      case when s.name = ${defaultStoreName} then ${storeDirectory ?? null}::text end
    )
    else ${setting('archive_root_url')}
  end`;
  const held = (what: SQL) => sql`(
    select ${what} from ${filesInStores} p join ${files} f on f.id = p.file_id where p.store_id = s.id
  )`;
  const count = held(sql`count(*)`);
  const size = held(sql`coalesce(sum(f.size), 0)`);
  const names = (from: SQL) => sql`(select coalesce(json_agg(w.name order by w.id), '[]') from ${from})`;
  const defaultOf = names(sql`${workspaces} w where w.default_file_store_id = s.id`);
  const otherOf = names(
    sql`${workspaces} w join ${workspaceOtherFileStores} o on o.workspace_id = w.id where o.filestore_id = s.id`,
  );
  return {
    select: sql`s.id, s.name, s.backend, s.configuration, ${location} as location, ${count} as files,
      ${size} as size_bytes, ${defaultOf} as default_of, ${otherOf} as other_of${more}`,
    from: sql`${fileStores} s`,
    where,
    orderKeys: { id: sql`s.id`, name: sql`s.name`, backend: sql`s.backend`, files: count, size_bytes: size },
    defaultOrder: ['id'],
    tieBreaker: sql`s.id`,
  };
}

async function refuseUnknownWorkspaces(db: Db, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const [unknown] = await db.execute<{ name: string }>(sql`
    select n.value as name from ${textList(names)} n(value)
    where not exists (select from ${workspaces} w where w.name = n.value)
    order by 1 limit 1`);
  if (unknown !== undefined) {
    throw nameNotFound('workspace', unknown.name);
  }
}
