/** Changing accounts. Source: cli.md 8.2 (manage-user). */
import { and, count, eq } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ConstraintError } from '../../errors.ts';
import { tokens } from '../../schema/tokens.ts';
import { type User, users } from '../../schema/users.ts';
import { disableOfUsers } from '../tokens.ts';
import {
  checkedEmail,
  checkedUsername,
  checkPersonNames,
  holdersOf,
  refuseTakenEmail,
  refuseTakenUsername,
} from './rules.ts';

/** What is absent stays as it is. */
export interface UserChanges {
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly isStaff?: boolean | undefined;
  readonly isSuperuser?: boolean | undefined;
  readonly isActive?: boolean | undefined;
}

/**
 * Changes an account under the rules it was made under; values it has already are not written.
 * @throws NotFoundError when there is no such user
 * @throws ArgumentError, InvalidInputError, ValidationError for a value that is refused
 * @throws ConflictError when the name or the address is taken, saying which
 */
export async function change(
  db: Db,
  id: Id<'User'>,
  given: UserChanges,
  { allowSimilarEmail = false }: { readonly allowSimilarEmail?: boolean | undefined } = {},
): Promise<{ readonly user: User; readonly changed: boolean }> {
  checkPersonNames(given);
  const wanted = {
    ...given,
    username: given.username === undefined ? undefined : checkedUsername(given.username),
    email: given.email === undefined ? undefined : checkedEmail(given.email),
  };
  return transaction(db, async (tx) => {
    // Two changes of one account at once: the later one compares with what the earlier one wrote.
    const rows = await tx.select().from(users).where(eq(users.id, id)).for('no key update');
    const before = one(rows, `user ${id} not found`);
    const changes = differing(before, wanted);
    if (Object.keys(changes).length === 0) return { user: before, changed: false };
    const refuseTaken = async (allowSimilar: boolean): Promise<void> => {
      const { username, email } = changes;
      if (username === undefined && email === undefined) return;
      const holders = (await holdersOf(tx, username, email)).filter((user) => user.id !== id);
      if (username !== undefined) refuseTakenUsername(holders, username);
      if (email !== undefined) refuseTakenEmail(holders, email, allowSimilar);
    };
    await refuseTaken(allowSimilarEmail);
    try {
      return await transaction(tx, async (inner) => {
        const updated = await inner.update(users).set(changes).where(eq(users.id, id)).returning();
        return { user: one(updated, `user ${id} not found`), changed: true };
      });
    } catch (error) {
      // Somebody took the name or the address since we looked: say which.
      if (error instanceof ConstraintError && error.kind === 'unique') await refuseTaken(true);
      throw error;
    }
  });
}

function differing(before: User, wanted: UserChanges): Partial<User> {
  const entries = Object.entries(wanted).filter(
    ([key, value]) => value !== undefined && value !== Reflect.get(before, key),
  );
  // The keys are those of UserChanges, whose values have the types of the columns.
  return Object.fromEntries(entries) as Partial<User>;
}

/**
 * Switches an account off, so that it can neither log in nor do anything.
 * @returns whether it was on, the tokens switched off with it, and how many of its tokens are still on
 * @throws NotFoundError when there is no such user
 */
export function disable(
  db: Db,
  id: Id<'User'>,
  { withTokens = false }: { readonly withTokens?: boolean } = {},
): Promise<{
  readonly user: User;
  readonly changed: boolean;
  readonly disabledTokens: readonly Id<'Token'>[];
  readonly enabledTokens: number;
}> {
  return transaction(db, async (tx) => {
    const { user, changed } = await change(tx, id, { isActive: false });
    const disabledTokens = withTokens ? await disableOfUsers(tx, [id]) : [];
    const [left] = await tx
      .select({ count: count() })
      .from(tokens)
      .where(and(eq(tokens.userId, id), eq(tokens.enabled, true)));
    return {
      user,
      changed: changed || disabledTokens.length > 0,
      disabledTokens,
      enabledTokens: left?.count ?? 0,
    };
  });
}
