/** Deleting accounts. Source: models.md 2.4, cli.md 8.2 (delete-user). */
import { eq, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ProtectedError } from '../../errors.ts';
import { identities } from '../../schema/identities.ts';
import { tokens } from '../../schema/tokens.ts';
import { type User, userGroups, userPermissions, users } from '../../schema/users.ts';
import { remove as removeTokens } from '../tokens.ts';

/** How many rows refer to a user; memberships and permissions do not count, they go with the user. */
export interface UserReferences {
  readonly artifacts: number;
  readonly work_requests: number;
  /** Added or removed by the user; one that was both counts once. */
  readonly collection_items: number;
  readonly tokens: number;
  readonly identities: number;
}

/**
 * Counts what refers to a user, with one statement.
 * @throws NotFoundError when there is no such user
 */
export async function references(db: Db, id: Id<'User'>): Promise<UserReferences> {
  const rows = await db.execute<{ record: UserReferences }>(sql`
    select json_build_object(
      'artifacts', (select count(*) from db_artifact where created_by_id = u.id),
      'work_requests', (select count(*) from db_workrequest where created_by_id = u.id),
      'collection_items', (
        select count(*) from db_collectionitem where created_by_user_id = u.id or removed_by_user_id = u.id
      ),
      'tokens', (select count(*) from db_token where user_id = u.id),
      'identities', (select count(*) from db_identity where user_id = u.id)
    ) as record
    from db_user u
    where u.id = ${id}::bigint`);
  return one(rows, `user ${id} not found`).record;
}

export interface UserRemovalOptions {
  /** Delete the user's tokens, too. */
  readonly withTokens?: boolean;
  /** Refuse when there are identities, as the command does. */
  readonly protectIdentities?: boolean;
}

/**
 * What refers to a user that shall go; nothing is changed.
 * @throws NotFoundError when there is no such user
 * @throws ProtectedError when it is referred to
 */
export async function removal(
  db: Db,
  { id, username }: Pick<User, 'id' | 'username'>,
  { withTokens = false, protectIdentities = false }: UserRemovalOptions = {},
): Promise<UserReferences> {
  const found = await references(db, id);
  refuseReferences(username, {
    ...found,
    tokens: withTokens ? 0 : found.tokens,
    identities: protectIdentities ? found.identities : 0,
  });
  return found;
}

/**
 * Deletes a user with its memberships and permissions. Artifacts, work requests, collection items and tokens protect
 * it. Identities become unbound.
 *
 * Source: models.md 2.4.
 * @returns what referred to it before
 * @throws NotFoundError when there is no such user
 * @throws ProtectedError when it is referred to; nothing is changed then
 */
export function remove(db: Db, id: Id<'User'>, options: UserRemovalOptions = {}): Promise<UserReferences> {
  return transaction(db, async (tx) => {
    // Whoever adds a row that refers to the user now waits for this lock at the commit, and is refused there.
    const rows = await tx
      .select({ username: users.username })
      .from(users)
      .where(eq(users.id, id))
      .for('update');
    const { username } = one(rows, `user ${id} not found`, 'see debusine-admin list-users');
    const found = await removal(tx, { id, username }, options);
    if (found.tokens > 0) {
      const owned = await tx.select({ id: tokens.id }).from(tokens).where(eq(tokens.userId, id));
      await removeTokens(
        tx,
        owned.map((token) => token.id),
      );
    }
    // Not a save: `last_used` stays as it is, as after every bulk update.
    await tx.update(identities).set({ userId: null }).where(eq(identities.userId, id));
    await tx.delete(userGroups).where(eq(userGroups.userId, id));
    await tx.delete(userPermissions).where(eq(userPermissions.userId, id));
    await tx.delete(users).where(eq(users.id, id));
    return found;
  });
}

const words: Readonly<Record<keyof UserReferences, readonly [one: string, many: string]>> = {
  work_requests: ['work request', 'work requests'],
  artifacts: ['artifact', 'artifacts'],
  collection_items: ['collection item', 'collection items'],
  tokens: ['token', 'tokens'],
  identities: ['identity', 'identities'],
};

function refuseReferences(username: string, found: UserReferences): void {
  const phrase = (keys: readonly (keyof UserReferences)[]): string =>
    keys
      .filter((key) => found[key] > 0)
      .map((key) => `${found[key]} ${words[key][found[key] === 1 ? 0 : 1]}`)
      .join(' and ');
  const history = phrase(['work_requests', 'artifacts', 'collection_items']);
  const owned = phrase(['tokens', 'identities']);
  if (history === '' && owned === '') return;
  const claims = [history && `is recorded on ${history}`, owned && `has ${owned}`].filter(
    (claim) => claim !== '',
  );
  const hint =
    history !== ''
      ? `debusine-admin manage-user disable ${username}`
      : found.identities > 0
        ? `debusine-admin list-identities --user ${username} shows them, manage-identity unbind frees them`
        : '--with-tokens deletes them, too';
  throw new ProtectedError(`user ${quote(username)} ${claims.join(' and ')}`, {
    hint,
    details: { kind: 'user', name: username, references: found },
  });
}
