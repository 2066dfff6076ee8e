/** Binding identities to accounts and deleting them, several at once. Source: models.md 3.2. */
import { asc, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { all } from '../../db/listing.ts';
import { transaction } from '../../db/transaction.ts';
import { ConflictError } from '../../errors.ts';
import { identities } from '../../schema/identities.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList } from '../lists.ts';
import { type IdentitySummary, list, summary, toText } from './list.ts';

/** An identity after a change, and whether there was one. */
export interface ChangedIdentity extends IdentitySummary {
  readonly changed: boolean;
}

/**
 * Binds identities to an account, or frees them from theirs. Ids that do not exist are passed over.
 * @param userId null: bound to none
 * @param at becomes `last_used` of those that change, as at every save
 * @param force lets go what is bound to another account
 * @returns the identities by id
 * @throws ConflictError when one is bound to another account; nothing is changed then
 */
export function setUser(
  db: Db,
  ids: readonly Id<'Identity'>[],
  userId: Id<'User'> | null,
  at: Timestamp,
  { force = false }: { readonly force?: boolean } = {},
): Promise<readonly ChangedIdentity[]> {
  return transaction(db, async (tx) => {
    // Locked before they are compared: of two who bind the same identity to two accounts, one is told.
    const before = await tx
      .select({ id: identities.id, userId: identities.userId })
      .from(identities)
      .where(sql`${identities.id} in ${idList(ids)}`)
      .orderBy(asc(identities.id))
      .for('no key update');
    const changing = before.filter((identity) => identity.userId !== userId);
    const taken = changing.find((identity) => identity.userId !== null);
    if (userId !== null && !force && taken !== undefined) throw await boundElsewhere(tx, taken.id);
    const changed = changing.map(({ id }) => id);
    if (changed.length > 0) {
      await tx
        .update(identities)
        .set({ userId, lastUsed: at })
        .where(sql`${identities.id} in ${idList(changed)}`);
    }
    const after = await all(list(tx, { ids: before.map(({ id }) => id) }, { order: ['id'] }));
    return after.map((identity) => ({ ...identity, changed: changed.includes(identity.id) }));
  });
}

async function boundElsewhere(db: Db, id: Id<'Identity'>): Promise<ConflictError> {
  const identity = await summary(db, id);
  return new ConflictError(
    `identity ${quote(toText(identity))} is bound to user ${quote(identity.user ?? '')}`,
    {
      hint: '--force binds it anew',
      details: { kind: 'identity', id, user: identity.user },
    },
  );
}

/**
 * Deletes exactly these identities; ids that do not exist are passed over. Nothing refers to an identity.
 * @returns ids of those that were there, ascending
 */
export async function removeAll(db: Db, ids: readonly Id<'Identity'>[]): Promise<readonly Id<'Identity'>[]> {
  const gone = await db
    .delete(identities)
    .where(sql`${identities.id} in ${idList(ids)}`)
    .returning({ id: identities.id });
  return gone.map(({ id }) => id).sort((a, b) => a - b);
}
