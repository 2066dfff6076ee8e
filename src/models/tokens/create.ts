/** Making tokens, and replacing them. Source: models.md 3.3, cli.md 8.1. */
import { and, eq, ne } from 'drizzle-orm';
import { generateTokenKey, hashTokenKey } from '../../data/token-keys.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { inserted, one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ArgumentError } from '../../errors.ts';
import { type Token, tokens } from '../../schema/tokens.ts';
import { users } from '../../schema/users.ts';
import type { Timestamp } from '../../timestamp.ts';
import { checkComment } from './comments.ts';

interface Properties {
  /** Null or absent for the token of a worker. */
  readonly userId?: Id<'User'> | null;
  /** Why it was made; empty by default. */
  readonly comment?: string | undefined;
  /** Default false: a token must be switched on before it is useful. */
  readonly enabled?: boolean;
}

export interface NewToken extends Properties {
  /** The key to use; without it one is generated. */
  readonly key?: string;
}

/** A token together with its key, which nobody can get from the database. */
export interface TokenWithKey {
  readonly token: Token;
  readonly key: string;
}

/**
 * Makes a token. A generated key is 64 lower-case hex digits of 32 random bytes; only its SHA-256 is stored, so the
 * key that is returned can never be had again.
 *
 * Source: `Token.save` in the mission document.
 * @param at becomes `created_at`
 * @throws ValidationError for a comment that is too long or has control characters
 * @throws ConstraintError `db_token_hash_3fabc04a_uniq` when a token with that key exists
 */
export async function create(
  db: Db,
  { key = generateTokenKey(), ...properties }: NewToken,
  at: Timestamp,
): Promise<TokenWithKey> {
  return { token: await createWithHash(db, { ...properties, hash: hashTokenKey(key) }, at), key };
}

/**
 * Makes a token for a key that only its owner knows: the hash is stored as it is given, and no key is generated.
 *
 * Source: `Token.save` in the mission document.
 * @throws ValidationError for a comment that is too long or has control characters
 * @throws ArgumentError when the hash is not 64 lower-case hex digits
 * @throws ConstraintError `db_token_hash_3fabc04a_uniq` when a token with that hash exists
 */
export async function createWithHash(
  db: Db,
  { userId = null, comment = '', enabled = false, hash }: Properties & { readonly hash: string },
  at: Timestamp,
): Promise<Token> {
  checkComment(comment);
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new ArgumentError('the hash of a token has 64 hexadecimal digits');
  const row = { userId, comment, enabled, hash, createdAt: at };
  return transaction(db, async (tx) => inserted(await tx.insert(tokens).values(row).returning()));
}

/**
 * The token with that hash, made when it is not there, and locked until the end of the transaction; the properties of
 * one that is there stay as they are. Of two callers at once the later one waits, and then finds the token.
 * @throws ValidationError for a comment that is too long or has control characters
 */
export async function lockOrCreateWithHash(
  db: Db,
  { userId = null, comment = '', enabled = false, hash }: Properties & { readonly hash: string },
  at: Timestamp,
): Promise<Token> {
  checkComment(comment);
  const row = { userId, comment, enabled, hash, createdAt: at };
  await db.insert(tokens).values(row).onConflictDoNothing({ target: tokens.hash });
  const rows = await db.select().from(tokens).where(eq(tokens.hash, hash)).for('no key update');
  return one(rows, 'the token was deleted at the same moment');
}

/**
 * Makes a token for a user and disables every other enabled one of this user with the same comment.
 *
 * Source: `--rotate` in cli.md 8.1.
 * @returns the token, its key, and the ids of the tokens it replaces, ascending
 * @throws ArgumentError for an empty comment: it would replace tokens that nobody said belong together
 * @throws ValidationError for a comment that is refused
 * @throws NotFoundError when there is no such user
 */
export async function rotate(
  db: Db,
  userId: Id<'User'>,
  { comment, enabled = true }: { readonly comment: string; readonly enabled?: boolean },
  at: Timestamp,
): Promise<TokenWithKey & { readonly rotated: readonly Id<'Token'>[] }> {
  if (comment === '')
    throw new ArgumentError('only tokens with the same comment are replaced, and it is empty');
  return transaction(db, async (tx) => {
    // Of two rotations at once neither would see the other's new token, and both would stay enabled: so one waits
    // here until the other has committed. Rows that only refer to the user are not held up by this kind of lock.
    const locked = await tx
      .select({ id: users.id })
      .from(users)
      .where(eq(users.id, userId))
      .for('no key update');
    one(locked, `user ${userId} not found`);
    const created = await create(tx, { userId, comment, enabled }, at);
    return { ...created, rotated: await disableOthers(tx, created.token, userId) };
  });
}

/** The caller has locked the user's row: so the later of two rotations sees the token of the earlier one. */
async function disableOthers(
  db: Db,
  { id, comment }: Token,
  userId: Id<'User'>,
): Promise<readonly Id<'Token'>[]> {
  const disabled = await db
    .update(tokens)
    .set({ enabled: false })
    .where(
      and(
        eq(tokens.userId, userId),
        eq(tokens.comment, comment),
        eq(tokens.enabled, true),
        ne(tokens.id, id),
      ),
    )
    .returning({ id: tokens.id });
  return disabled.map((token) => token.id).sort((a, b) => a - b);
}
