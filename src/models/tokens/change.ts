/** Switching tokens on and off. Source: models.md 3.3, cli.md 8.1. */
import { and, asc, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { idList } from '../lists.ts';
import { afterCommit, transaction } from '../../db/transaction.ts';
import { type Token, tokens } from '../../schema/tokens.ts';
import { workers } from '../../schema/workers.ts';
import type { Notifier } from '../notifier.ts';
import { checkComment } from './comments.ts';

/** What switching did to a token. */
export interface SwitchedToken {
  readonly id: Id<'Token'>;
  readonly hash: string;
  readonly enabled: boolean;
  /** False when it was so before. */
  readonly changed: boolean;
}

/**
 * Switches tokens on or off, all in one; nobody is told. Ids that do not exist are passed over.
 * @returns the tokens by id
 */
export function setEnabled(
  db: Db,
  ids: readonly Id<'Token'>[],
  enabled: boolean,
): Promise<readonly SwitchedToken[]> {
  return transaction(db, async (tx) => {
    // Locked before they are compared, so that "changed" is true for one of two callers at once.
    const before = await tx
      .select({ id: tokens.id, hash: tokens.hash, enabled: tokens.enabled })
      .from(tokens)
      .where(sql`${tokens.id} in ${idList(ids)}`)
      .orderBy(asc(tokens.id))
      .for('no key update');
    const changing = before.filter((token) => token.enabled !== enabled).map(({ id }) => id);
    if (changing.length > 0) {
      await tx
        .update(tokens)
        .set({ enabled })
        .where(sql`${tokens.id} in ${idList(changing)}`);
    }
    return before.map((token) => ({ ...token, enabled, changed: token.enabled !== enabled }));
  });
}

/**
 * Switches the token on. Idempotent.
 *
 * Source: `Token.enable` in the mission document.
 * @throws NotFoundError when there is no such token
 */
export async function enable(db: Db, id: Id<'Token'>): Promise<Token> {
  const rows = await db.update(tokens).set({ enabled: true }).where(eq(tokens.id, id)).returning();
  return one(rows, `token ${id} not found`);
}

/**
 * Switches the token off and, when a worker uses it, tells the worker once that is committed; on every call, even if
 * the token was off already.
 *
 * Source: `Token.disable` in the mission document.
 * @throws NotFoundError when there is no such token
 */
export function disable(db: Db, id: Id<'Token'>, notifier?: Notifier): Promise<Token> {
  return transaction(db, async (tx) => {
    const rows = await tx.update(tokens).set({ enabled: false }).where(eq(tokens.id, id)).returning();
    const token = one(rows, `token ${id} not found`);
    const users = await tx.select({ id: workers.id }).from(workers).where(eq(workers.tokenId, id));
    if (users.length > 0 && notifier !== undefined) {
      await afterCommit(tx, () => notifier.send(token.hash, { type: 'worker.disabled' }));
    }
    return token;
  });
}

/**
 * Switches off every enabled token of these users.
 * @returns ids of the tokens switched off, ascending
 */
export async function disableOfUsers(
  db: Db,
  userIds: readonly Id<'User'>[],
): Promise<readonly Id<'Token'>[]> {
  const disabled = await db
    .update(tokens)
    .set({ enabled: false })
    .where(and(sql`${tokens.userId} in ${idList(userIds)}`, eq(tokens.enabled, true)))
    .returning({ id: tokens.id });
  return disabled.map(({ id }) => id).sort((a, b) => a - b);
}

/**
 * Gives a token another comment.
 * @returns false when it has that comment already
 * @throws ValidationError for a comment that is refused
 * @throws NotFoundError when there is no such token
 */
export async function setComment(db: Db, id: Id<'Token'>, comment: string): Promise<boolean> {
  checkComment(comment);
  return transaction(db, async (tx) => {
    const rows = await tx
      .select({ comment: tokens.comment })
      .from(tokens)
      .where(eq(tokens.id, id))
      .for('no key update');
    if (one(rows, `token ${id} not found`, 'see debusine-admin list-tokens').comment === comment)
      return false;
    await tx.update(tokens).set({ comment }).where(eq(tokens.id, id));
    return true;
  });
}
