/** Making workspaces. Source: models.md 3.8, cli.md 8.4 (create-workspace). */
import { eq } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { inserted } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import type { FileStore } from '../../schema/file-stores.ts';
import { type Workspace, workspaces } from '../../schema/workspaces.ts';
import { needsUpdate, type WhenExisting } from '../when-existing.ts';
import { change, checkName, delayInterval } from './change.ts';
import { summary, type WorkspaceSummary } from './list.ts';
import {
  link,
  refuseDefaultAsOther,
  refuseReadOnly,
  type StoresByName,
  storesByName,
  usualStore,
} from './stores.ts';

/** Properties of a workspace; what is absent keeps its value, or gets its default when the workspace is made. */
export interface WorkspaceProperties {
  /** Default false. */
  readonly public?: boolean | undefined;
  /** Seconds; 0, the default, means that artifacts never expire. */
  readonly defaultExpirationDelaySeconds?: number | undefined;
  /** Name of the store for new files; default `Default`. */
  readonly defaultFileStore?: string | undefined;
  /** Names of further stores, of which each counts once; default none. */
  readonly otherFileStores?: readonly string[] | undefined;
}

export interface CreatedWorkspace extends WorkspaceSummary {
  readonly was_created: boolean;
  readonly changed: boolean;
}

/**
 * Makes a private workspace whose artifacts never expire, with the store `Default`. Any name will do that its column
 * can hold.
 *
 * Source: `WorkspaceManager.create_with_name` in the mission document.
 * @throws NotFoundError when there is no store `Default`
 * @throws ConstraintError `db_workspace_name_key` when the name is taken
 */
export function createWithName(db: Db, name: string): Promise<Workspace> {
  return transaction(db, async (tx) => {
    const store = (await storesByName(tx, [usualStore])).get(usualStore);
    const row = { name, public: false, defaultExpirationDelay: '0', defaultFileStoreId: store.id };
    return inserted(await tx.insert(workspaces).values(row).returning());
  });
}

/**
 * Makes a workspace. Two callers at once cannot both make it.
 *
 * Source: cli.md 8.4 and 7.7.
 * @throws InvalidInputError for a name that is refused
 * @throws NotFoundError for an unknown file store
 * @throws InvalidTransitionError when the default store takes no new files
 * @throws ConflictError when it exists and that is not accepted, or the default store shall be another one, too
 * @throws ProtectedError when an update would take a store away that alone has files of its artifacts
 */
export async function create(
  db: Db,
  name: string,
  properties: WorkspaceProperties = {},
  options: { readonly anyName?: boolean | undefined; readonly whenExisting?: WhenExisting } = {},
): Promise<CreatedWorkspace> {
  const { whenExisting = 'refuse' } = options;
  const { defaultFileStore = usualStore, otherFileStores = [] } = properties;
  checkName(name, options.anyName);
  return transaction(db, async (tx) => {
    const stores = await storesByName(tx, [defaultFileStore, ...otherFileStores]);
    for (;;) {
      // Whoever inserts the name first has made it; everybody else waits here for that commit and then finds it.
      const created = await insert(tx, name, properties, stores);
      if (created !== undefined)
        return { was_created: true, changed: true, ...(await summary(tx, created.id)) };
      const [existing] = await tx
        .select()
        .from(workspaces)
        .where(eq(workspaces.name, name))
        .for('no key update');
      if (existing !== undefined) return adopt(tx, existing, properties, whenExisting);
      // It has been deleted since: once more.
    }
  });
}

async function insert(
  tx: Db,
  name: string,
  { defaultFileStore = usualStore, otherFileStores = [], ...properties }: WorkspaceProperties,
  stores: StoresByName,
): Promise<Workspace | undefined> {
  const defaultStore = stores.get(defaultFileStore);
  refuseReadOnly(defaultStore);
  const others = distinct(otherFileStores).map((store) => stores.get(store));
  refuseDefaultAsOther(others, defaultStore.id);
  const [created] = await tx
    .insert(workspaces)
    .values({
      name,
      public: properties.public ?? false,
      defaultExpirationDelay: delayInterval(properties.defaultExpirationDelaySeconds ?? 0),
      defaultFileStoreId: defaultStore.id,
    })
    .onConflictDoNothing({ target: workspaces.name })
    .returning();
  if (created !== undefined) await link(tx, created.id, ids(others));
  return created;
}

async function adopt(
  tx: Db,
  existing: Workspace,
  given: WorkspaceProperties,
  whenExisting: WhenExisting,
): Promise<CreatedWorkspace> {
  const before = await summary(tx, existing.id);
  const wanted = given.otherFileStores === undefined ? undefined : distinct(given.otherFileStores);
  const linked = before.other_file_stores;
  const sorted = (names: readonly string[]): string => JSON.stringify([...names].sort());
  const isDifferent = needsUpdate(
    'workspace',
    existing.name,
    [
      ['visibility', given.public, before.public],
      [
        'default expiration delay',
        given.defaultExpirationDelaySeconds,
        before.default_expiration_delay_seconds,
      ],
      ['default file store', given.defaultFileStore, before.default_file_store],
      ['set of other file stores', wanted && sorted(wanted), sorted(linked)],
    ],
    whenExisting,
  );
  if (!isDifferent) return { was_created: false, changed: false, ...before };
  const { workspace, changed } = await change(tx, existing.id, {
    public: given.public,
    defaultExpirationDelaySeconds: given.defaultExpirationDelaySeconds,
    defaultFileStore: given.defaultFileStore,
    addOtherFileStores: wanted?.filter((store) => !linked.includes(store)),
    removeOtherFileStores: wanted && linked.filter((store) => !wanted.includes(store)),
  });
  return { was_created: false, changed, ...workspace };
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

const ids = (stores: readonly FileStore[]) => stores.map(({ id }) => id);
