/** File stores of workspaces. Source: models.md 3.8, cli.md 8.4. */
import { eq, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { ConflictError, InvalidTransitionError } from '../../errors.ts';
import { type FileStore, fileStores } from '../../schema/file-stores.ts';
import { workspaceOtherFileStores } from '../../schema/workspaces.ts';
import { idList, textList } from '../lists.ts';
import { nameNotFound } from '../names.ts';

/** Name of the store that new workspaces use unless they are told otherwise. */
export const usualStore = 'Default';

/** Stores that were looked up. */
export interface StoresByName {
  /** @throws NotFoundError when there is none of that name */
  get(name: string): FileStore;
}

/** Looks stores up, with one statement. */
export async function storesByName(db: Db, names: readonly string[]): Promise<StoresByName> {
  const rows = await db
    .select()
    .from(fileStores)
    .where(sql`${fileStores.name} in ${textList(names)}`);
  const byName = new Map(rows.map((store) => [store.name, store]));
  return {
    get(name) {
      const store = byName.get(name);
      if (store !== undefined) return store;
      throw nameNotFound('file-store', name);
    },
  };
}

/** @throws InvalidTransitionError when new files cannot go there */
export function refuseReadOnly({ name, backend }: FileStore): void {
  if (backend === 'Local') return;
  throw new InvalidTransitionError(`file store ${quote(name)} (${backend}) cannot store new files`, {
    details: { kind: 'file-store', name },
  });
}

/** @throws InvalidTransitionError when the default store of the workspace takes no new files */
export async function requireWritableStore(
  db: Db,
  { defaultFileStoreId }: { readonly defaultFileStoreId: Id<'FileStore'> },
): Promise<void> {
  const rows = await db.select().from(fileStores).where(eq(fileStores.id, defaultFileStoreId));
  refuseReadOnly(one(rows, `file store ${defaultFileStoreId} not found`));
}

/** @throws ConflictError when the default store is among the others */
export function refuseDefaultAsOther(others: readonly FileStore[], defaultStoreId: Id<'FileStore'>): void {
  const store = others.find(({ id }) => id === defaultStoreId);
  if (store === undefined) return;
  throw new ConflictError(`file store ${quote(store.name)} is the default store already`, {
    hint: 'it need not be another one, too',
    details: { kind: 'file-store', name: store.name },
  });
}

/** Links stores to a workspace; a store that is linked stays so. */
export async function link(
  db: Db,
  workspaceId: Id<'Workspace'>,
  storeIds: readonly Id<'FileStore'>[],
): Promise<void> {
  if (storeIds.length === 0) return;
  const rows = storeIds.map((fileStoreId) => ({ workspaceId, fileStoreId }));
  await db.insert(workspaceOtherFileStores).values(rows).onConflictDoNothing();
}

/** Takes links away. */
export async function unlink(
  db: Db,
  workspaceId: Id<'Workspace'>,
  storeIds: readonly Id<'FileStore'>[],
): Promise<void> {
  if (storeIds.length === 0) return;
  await db.delete(workspaceOtherFileStores).where(
    sql`${workspaceOtherFileStores.workspaceId} = ${workspaceId}::bigint
        and ${workspaceOtherFileStores.fileStoreId} in ${idList(storeIds)}`,
  );
}

/**
 * How many files of the workspace's artifacts are in the stores it would lose and in none that it keeps: without
 * them those artifacts are incomplete.
 */
export async function filesOnlyIn(
  db: Db,
  workspaceId: Id<'Workspace'>,
  stores: { readonly lost: readonly Id<'FileStore'>[]; readonly kept: readonly Id<'FileStore'>[] },
): Promise<number> {
  if (stores.lost.length === 0) return 0;
  const [row] = await db.execute<{ count: string }>(sql`
    select count(distinct p.file_id) as count
    from db_artifact a
    join db_fileinartifact p on p.artifact_id = a.id
    where a.workspace_id = ${workspaceId}::bigint
      and p.file_id in (select s.file_id from db_fileinstore s where s.store_id in ${idList(stores.lost)})
      and p.file_id not in (select s.file_id from db_fileinstore s where s.store_id in ${idList(stores.kept)})`);
  return Number(row?.count ?? 0);
}
