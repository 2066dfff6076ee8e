/** Changing workspaces. Source: cli.md 8.4 (manage-workspace). */
import { eq, sql, type SQL } from 'drizzle-orm';
import { workspaceNameProblem } from '../../data/names.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import {
  ConflictError,
  ConstraintError,
  InvalidInputError,
  InvalidTransitionError,
  ProtectedError,
} from '../../errors.ts';
import type { FileStore } from '../../schema/file-stores.ts';
import { type Workspace, workspaces } from '../../schema/workspaces.ts';
import { otherFileStores } from './accessors.ts';
import { summary, type WorkspaceSummary } from './list.ts';
import { filesOnlyIn, link, refuseDefaultAsOther, refuseReadOnly, storesByName, unlink } from './stores.ts';

/** What is absent stays as it is. Stores are named. */
export interface WorkspaceChanges {
  readonly name?: string | undefined;
  readonly public?: boolean | undefined;
  /** Seconds; 0 means that artifacts never expire. */
  readonly defaultExpirationDelaySeconds?: number | undefined;
  readonly defaultFileStore?: string | undefined;
  readonly addOtherFileStores?: readonly string[] | undefined;
  readonly removeOtherFileStores?: readonly string[] | undefined;
}

export interface ChangeOptions {
  /** Accept `/` and blanks at the ends of a new name. */
  readonly anyName?: boolean | undefined;
  /** Take a store away although it alone has files of the workspace's artifacts. */
  readonly force?: boolean | undefined;
  /** A store to be taken away need not be linked. */
  readonly ifLinked?: boolean | undefined;
}

export interface ChangedWorkspace {
  readonly workspace: WorkspaceSummary;
  readonly changed: boolean;
  /**
   * The store that was the default and is now no store of the workspace at all, with the number of files of its
   * artifacts that are nowhere else; null when there is none.
   */
  readonly abandonedDefault: { readonly name: string; readonly files: number } | null;
}

/** Seconds as an interval of days and time: one with months would come back as another value in the original. */
export function delayInterval(delay: number): SQL<string> {
  const days = Math.floor(delay / 86_400);
  return sql<string>`make_interval(days => ${days}::int, secs => ${delay - days * 86_400}::float8)`;
}

/**
 * Changes a workspace, all or nothing. Changing the default store moves no files; a new default that was another
 * store is no longer linked as one.
 * @throws NotFoundError when there is no such workspace or store
 * @throws InvalidInputError for a name that is refused
 * @throws InvalidTransitionError when the default store takes no new files, or a store to take away is not linked
 * @throws ConflictError when the name is taken, or the default store shall be another one, too
 * @throws ProtectedError when a store taken away alone has files of the workspace's artifacts, unless forced
 */
export async function change(
  db: Db,
  id: Id<'Workspace'>,
  given: WorkspaceChanges,
  options: ChangeOptions = {},
): Promise<ChangedWorkspace> {
  if (given.name !== undefined) checkName(given.name, options.anyName);
  return transaction(db, async (tx) => {
    // Two changes of one workspace at once: the later one compares with what the earlier one wrote.
    const rows = await tx.select().from(workspaces).where(eq(workspaces.id, id)).for('no key update');
    const before = one(rows, `workspace ${id} not found`);
    const stores = await changeStores(tx, before, given, options);
    const facts = await summary(tx, id);
    const delay = given.defaultExpirationDelaySeconds;
    const changes = {
      ...(given.name === undefined || given.name === before.name ? {} : { name: given.name }),
      ...(given.public === undefined || given.public === before.public ? {} : { public: given.public }),
      ...(delay === undefined || delay === facts.default_expiration_delay_seconds
        ? {}
        : { defaultExpirationDelay: delayInterval(delay) }),
    };
    const { changed: storesChanged, abandonedDefault } = stores;
    if (Object.keys(changes).length === 0)
      return { workspace: facts, changed: storesChanged, abandonedDefault };
    try {
      await transaction(tx, (inner) => inner.update(workspaces).set(changes).where(eq(workspaces.id, id)));
    } catch (error) {
      if (!(error instanceof ConstraintError) || given.name === undefined) throw error;
      throw new ConflictError(`workspace ${quote(given.name)} exists already`, {
        details: { kind: 'workspace', name: given.name },
        cause: error,
      });
    }
    return { workspace: await summary(tx, id), changed: true, abandonedDefault };
  });
}

/** @throws InvalidInputError for a name that is refused */
export function checkName(name: string, anyName = false): void {
  const problem = workspaceNameProblem(name, { anyName });
  if (problem !== undefined) throw new InvalidInputError(problem.message, { hint: problem.hint });
}

async function changeStores(
  tx: Db,
  before: Workspace,
  given: WorkspaceChanges,
  { force = false, ifLinked = false }: ChangeOptions,
): Promise<Pick<ChangedWorkspace, 'changed' | 'abandonedDefault'>> {
  const { defaultFileStore, addOtherFileStores = [], removeOtherFileStores = [] } = given;
  const names = [defaultFileStore ?? [], addOtherFileStores, removeOtherFileStores].flat();
  if (names.length === 0) return { changed: false, abandonedDefault: null };
  const stores = await storesByName(tx, names);
  const linked = await otherFileStores(tx, before.id);
  const newDefault = defaultFileStore === undefined ? undefined : stores.get(defaultFileStore);
  const defaultId = newDefault?.id ?? before.defaultFileStoreId;
  if (newDefault !== undefined && newDefault.id !== before.defaultFileStoreId) refuseReadOnly(newDefault);
  const added = [...new Set(addOtherFileStores)].map((name) => stores.get(name));
  refuseDefaultAsOther(added, defaultId);
  const removed = [...new Set(removeOtherFileStores)].map((name) => stores.get(name));
  if (!ifLinked) refuseUnlinked(removed, linked);

  const linkedIds = linked.map((store) => store.id);
  const removedIds = new Set([...removed.map((store) => store.id), defaultId]);
  const unlinking = linkedIds.filter((storeId) => removedIds.has(storeId));
  const others = linkedIds.filter((storeId) => !removedIds.has(storeId));
  const linking = added.map((store) => store.id).filter((storeId) => !others.includes(storeId));
  const kept = [defaultId, ...others, ...linking];

  const losing = removed.filter((store) => linkedIds.includes(store.id) && !kept.includes(store.id));
  if (!force) await refuseLoss(tx, before, losing, kept);
  await unlink(tx, before.id, unlinking);
  await link(tx, before.id, linking);
  if (defaultId !== before.defaultFileStoreId) {
    await tx.update(workspaces).set({ defaultFileStoreId: defaultId }).where(eq(workspaces.id, before.id));
  }
  return {
    changed: defaultId !== before.defaultFileStoreId || unlinking.length + linking.length > 0,
    abandonedDefault: kept.includes(before.defaultFileStoreId) ? null : await abandoned(tx, before, kept),
  };
}

function refuseUnlinked(removed: readonly FileStore[], linked: readonly FileStore[]): void {
  const store = removed.find(({ id }) => !linked.some((other) => other.id === id));
  if (store === undefined) return;
  throw new InvalidTransitionError(`file store ${quote(store.name)} is not linked as another store`, {
    hint: '--if-exists accepts that',
    details: { kind: 'file-store', name: store.name },
  });
}

/** The server writes files while we look, so this is a guard against mistakes, no guarantee. */
async function refuseLoss(
  tx: Db,
  { id, name }: Workspace,
  losing: readonly FileStore[],
  kept: readonly Id<'FileStore'>[],
): Promise<void> {
  const lost = losing.map((store) => store.id);
  const files = await filesOnlyIn(tx, id, { lost, kept });
  if (files === 0) return;
  const names = losing.map((store) => quote(store.name)).join(', ');
  throw new ProtectedError(
    `${files} ${files === 1 ? 'file' : 'files'} of artifacts in workspace ${quote(name)} ${files === 1 ? 'is' : 'are'} only in ${names}`,
    {
      hint: '--force accepts that those artifacts become incomplete',
      details: { kind: 'workspace', name, files },
    },
  );
}

async function abandoned(
  tx: Db,
  { id, defaultFileStoreId }: Workspace,
  kept: readonly Id<'FileStore'>[],
): Promise<{ readonly name: string; readonly files: number }> {
  const rows = await tx.execute<{ name: string }>(
    sql`select name from db_filestore where id = ${defaultFileStoreId}::bigint`,
  );
  const files = await filesOnlyIn(tx, id, { lost: [defaultFileStoreId], kept });
  return { name: one(rows, `file store ${defaultFileStoreId} not found`).name, files };
}
