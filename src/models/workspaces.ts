/** Administrative homes of artifacts, collections and work requests. Source: models.md 3.8; cli.md 8.4. */
import { asc, eq, inArray, sql } from 'drizzle-orm';
import { workspaceNameProblem } from '../data/names.ts';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ConflictError, InvalidInputError, InvalidTransitionError, NotFoundError } from '../errors.ts';
import { type FileStore, fileStores } from '../schema/file-stores.ts';
import { type Workspace, workspaceOtherFileStores, workspaces } from '../schema/workspaces.ts';

export type { Workspace } from '../schema/workspaces.ts';

/** Properties of a workspace; what is absent keeps its value, or gets its default when the workspace is made. */
export interface WorkspaceProperties {
  readonly public?: boolean | undefined;
  /** Seconds; 0 means that artifacts never expire. */
  readonly defaultExpirationDelaySeconds?: number | undefined;
  readonly defaultFileStore?: string | undefined;
  readonly otherFileStores?: readonly string[] | undefined;
}

export type WhenExisting =
  /** @throws ConflictError */
  | 'refuse'
  /** Accept it when it has every property that was given. */
  | 'accept'
  /** Give it the properties that were given. */
  | 'update';

/** A workspace as commands show it. */
export interface WorkspaceSummary {
  readonly id: number;
  readonly name: string;
  readonly public: boolean;
  /** The original's form: whole days, rounded up, or `Never`. */
  readonly expiration: number | 'Never';
  readonly default_expiration_delay_seconds: number;
  readonly default_file_store: string;
  readonly other_file_stores: readonly string[];
}

export interface CreatedWorkspace extends WorkspaceSummary {
  readonly was_created: boolean;
  readonly changed: boolean;
}

/** The workspace of exactly that name. @throws NotFoundError */
export async function getByName(db: Db, name: string): Promise<Workspace> {
  const rows = await db.select().from(workspaces).where(eq(workspaces.name, name));
  return one(rows, `workspace ${quote(name)} not found`, 'see debusine-admin list-workspaces');
}

/** Workspaces of these names, in the order given. @throws NotFoundError for the first that is missing */
export async function getByNames(db: Db, names: readonly string[]): Promise<readonly Workspace[]> {
  const rows = await db
    .select()
    .from(workspaces)
    .where(inArray(workspaces.name, [...names]))
    .orderBy(asc(workspaces.id));
  return names.map((name) =>
    one(
      rows.filter((row) => row.name === name),
      `workspace ${quote(name)} not found`,
      'see debusine-admin list-workspaces',
    ),
  );
}

/** The workspace that the setting names. Source: `default_workspace()`. @throws NotFoundError */
export const defaultWorkspace = getByName;

/**
 * Makes a workspace. Two callers at once cannot both create it.
 *
 * Source: `WorkspaceManager.create_with_name`, cli.md 8.4 and 7.7.
 * @throws InvalidInputError for a name that is refused
 * @throws NotFoundError for an unknown file store
 * @throws InvalidTransitionError when the default store cannot take new files
 * @throws ConflictError when it exists and differs, or exists at all with `refuse`
 */
export async function create(
  db: Db,
  name: string,
  properties: WorkspaceProperties = {},
  options: { readonly anyName?: boolean; readonly whenExisting?: WhenExisting } = {},
): Promise<CreatedWorkspace> {
  const problem = workspaceNameProblem(name, { anyName: options.anyName ?? false });
  if (problem !== undefined) throw new InvalidInputError(problem.message, { hint: problem.hint });
  const { whenExisting = 'refuse' } = options;
  return transaction(db, async (tx) => {
    const stores = await storesByName(tx, [
      properties.defaultFileStore ?? 'Default',
      ...(properties.otherFileStores ?? []),
    ]);
    const defaultStore = storeNamed(stores, properties.defaultFileStore ?? 'Default');
    refuseReadOnly(defaultStore);
    const others = [...new Set(properties.otherFileStores ?? [])].map((store) => storeNamed(stores, store));
    refuseDefaultAsOther(others, defaultStore);
    // Whoever inserts the name first has made it; the other waits here and then finds the row.
    const [created] = await tx
      .insert(workspaces)
      .values({
        name,
        public: properties.public ?? false,
        defaultExpirationDelay: intervalOf(properties.defaultExpirationDelaySeconds ?? 0),
        defaultFileStoreId: defaultStore.id,
      })
      .onConflictDoNothing({ target: workspaces.name })
      .returning();
    if (created !== undefined) {
      await linkStores(tx, created.id, others);
      return { was_created: true, changed: true, ...(await summary(tx, created.id)) };
    }
    if (whenExisting === 'refuse') {
      throw new ConflictError(`workspace ${quote(name)} exists already`, {
        hint: '--if-not-exists accepts that, --update changes it',
      });
    }
    const existing = await lockByName(tx, name);
    const before = await summary(tx, existing.id);
    const differing = differences(before, properties);
    if (differing.length === 0) return { was_created: false, changed: false, ...before };
    if (whenExisting === 'accept') {
      throw new ConflictError(
        `workspace ${quote(name)} exists already with another ${differing.join(', ')}`,
        {
          hint: '--update changes it',
        },
      );
    }
    await update(tx, existing.id, properties, defaultStore, others);
    return { was_created: false, changed: true, ...(await summary(tx, existing.id)) };
  });
}

/** One workspace as commands show it. @throws NotFoundError */
export async function summary(db: Db, id: Id<'Workspace'>): Promise<WorkspaceSummary> {
  const rows = await db.execute<{ record: string }>(sql`
    select json_build_object(
      'id', w.id, 'name', w.name, 'public', w.public,
      'expiration', case when w.default_expiration_delay = interval '0' then '"Never"'::json
        else to_json(ceil(extract(epoch from w.default_expiration_delay) / 86400)) end,
      'default_expiration_delay_seconds', extract(epoch from w.default_expiration_delay),
      'default_file_store', s.name,
      'other_file_stores', coalesce((
        select json_agg(o.name order by o.name)
        from db_workspace_other_file_stores l join db_filestore o on o.id = l.filestore_id
        where l.workspace_id = w.id), '[]'))::text as record
    from db_workspace w join db_filestore s on s.id = w.default_file_store_id
    where w.id = ${id}::bigint`);
  const { record } = one(rows, `workspace ${id} not found`);
  return JSON.parse(record) as WorkspaceSummary;
}

async function lockByName(db: Db, name: string): Promise<Workspace> {
  const rows = await db.select().from(workspaces).where(eq(workspaces.name, name)).for('update');
  return one(rows, `workspace ${quote(name)} not found`);
}

function differences(before: WorkspaceSummary, given: WorkspaceProperties): readonly string[] {
  const others = given.otherFileStores === undefined ? undefined : [...new Set(given.otherFileStores)].sort();
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['visibility', given.public, before.public],
    [
      'default expiration delay',
      given.defaultExpirationDelaySeconds,
      before.default_expiration_delay_seconds,
    ],
    ['default file store', given.defaultFileStore, before.default_file_store],
    ['other file stores', others?.join('\n'), [...before.other_file_stores].sort().join('\n')],
  ];
  return pairs.filter(([, wanted, found]) => wanted !== undefined && wanted !== found).map(([name]) => name);
}

async function update(
  tx: Db,
  id: Id<'Workspace'>,
  given: WorkspaceProperties,
  defaultStore: FileStore,
  others: readonly FileStore[],
): Promise<void> {
  const delay = given.defaultExpirationDelaySeconds;
  const changes = {
    ...(given.public === undefined ? {} : { public: given.public }),
    ...(delay === undefined ? {} : { defaultExpirationDelay: intervalOf(delay) }),
    ...(given.defaultFileStore === undefined ? {} : { defaultFileStoreId: defaultStore.id }),
  };
  if (Object.keys(changes).length > 0) await tx.update(workspaces).set(changes).where(eq(workspaces.id, id));
  if (given.otherFileStores === undefined) return;
  await tx.delete(workspaceOtherFileStores).where(eq(workspaceOtherFileStores.workspaceId, id));
  await linkStores(tx, id, others);
}

/** Durations are stored as days and time, never months, so that the original reads them back as the same value. */
function intervalOf(seconds: number): string {
  return `${Math.floor(seconds / 86_400)} days ${seconds % 86_400} seconds`;
}

async function linkStores(tx: Db, workspaceId: Id<'Workspace'>, stores: readonly FileStore[]): Promise<void> {
  if (stores.length === 0) return;
  await tx
    .insert(workspaceOtherFileStores)
    .values(stores.map(({ id }) => ({ workspaceId, fileStoreId: id })));
}

function storesByName(db: Db, names: readonly string[]): Promise<readonly FileStore[]> {
  return db
    .select()
    .from(fileStores)
    .where(inArray(fileStores.name, [...names]))
    .orderBy(asc(fileStores.id));
}

function storeNamed(stores: readonly FileStore[], name: string): FileStore {
  const store = stores.find((candidate) => candidate.name === name);
  if (store !== undefined) return store;
  throw new NotFoundError(`file store ${quote(name)} not found`, {
    hint: 'see debusine-admin list-file-stores',
  });
}

function refuseReadOnly({ name, backend }: FileStore): void {
  if (backend === 'Local') return;
  throw new InvalidTransitionError(`file store ${quote(name)} (${backend}) cannot store new files`);
}

function refuseDefaultAsOther(others: readonly FileStore[], defaultStore: FileStore): void {
  if (!others.some(({ id }) => id === defaultStore.id)) return;
  throw new ConflictError(`file store ${quote(defaultStore.name)} is the default store already`, {
    hint: 'leave it out of --other-file-store',
  });
}
