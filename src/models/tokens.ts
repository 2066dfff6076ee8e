/** Keys for the API; the database has only their hashes. Source: models.md 3.3. */
import { and, asc, eq, ne } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import { generateTokenKey, hashTokenKey } from '../data/token-keys.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted } from '../db/rows.ts';
import { AssertionError, InvalidInputError } from '../errors.ts';
import { type Token, tokens } from '../schema/tokens.ts';
import { users } from '../schema/users.ts';
import { workers } from '../schema/workers.ts';
import type { Timestamp } from '../timestamp.ts';

export type { Token } from '../schema/tokens.ts';

/** Code points a comment may have. */
export const commentLimit = 100;

/** What speaks against a comment; undefined if nothing. Source: cli.md 8.1. */
export function commentProblem(comment: string): string | undefined {
  const length = [...comment].length;
  if (length > commentLimit) return `${length} characters, at most ${commentLimit} are stored`;
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(comment)) return `${quote(comment)} has a control character`;
  return undefined;
}

export interface NewToken {
  /** Null or absent for the token of a worker. */
  readonly userId?: Id<'User'> | null;
  readonly comment?: string | undefined;
  /** Default false: a token must be switched on. */
  readonly enabled?: boolean;
  /** The key to use; without it one is generated. */
  readonly key?: string;
}

/**
 * Makes a token. The key is 64 lower-case hex digits of 32 random bytes; only its SHA-256 is stored, so the key
 * that is returned can never be had again.
 *
 * Source: `Token.save` in the mission document.
 * @throws InvalidInputError for a comment that is too long or has control characters
 */
export async function create(
  db: Db,
  { userId = null, comment = '', enabled = false, key = generateTokenKey() }: NewToken,
  at: Timestamp,
): Promise<{ readonly token: Token; readonly key: string }> {
  const problem = commentProblem(comment);
  if (problem !== undefined) throw new InvalidInputError(`comment: ${problem}`);
  const row = { userId, comment, enabled, hash: hashTokenKey(key), createdAt: at };
  return { token: inserted(await db.insert(tokens).values(row).returning()), key };
}

/**
 * Disables every other enabled token of the token's user with the same comment. The caller has locked the user's
 * row: of two rotations at once the later one then sees, and disables, the token of the earlier one.
 * @returns ids of the tokens disabled, ascending
 */
export async function disableOthers(db: Db, token: Token): Promise<readonly Id<'Token'>[]> {
  if (token.userId === null) throw new AssertionError('only the tokens of a user are replaced');
  const disabled = await db
    .update(tokens)
    .set({ enabled: false })
    .where(
      and(
        eq(tokens.userId, token.userId),
        eq(tokens.comment, token.comment),
        eq(tokens.enabled, true),
        ne(tokens.id, token.id),
      ),
    )
    .returning({ id: tokens.id });
  return disabled.map(({ id }) => id).sort((a, b) => a - b);
}

/** Switches the token on. Idempotent. */
export async function enable(db: Db, id: Id<'Token'>): Promise<void> {
  await db.update(tokens).set({ enabled: true }).where(eq(tokens.id, id));
}

/**
 * The token of a key, disabled ones too, with the id of the worker that uses it; undefined when there is none.
 * Source: `TokenManager.get_token_or_none`.
 * @throws AssertionError when the key is no text
 */
export async function getTokenOrNone(
  db: Db,
  key: string,
): Promise<(Token & { readonly workerId: Id<'Worker'> | null }) | undefined> {
  if (typeof key !== 'string') throw new AssertionError('a token key is text');
  const [row] = await db
    .select({ token: tokens, workerId: workers.id })
    .from(tokens)
    .leftJoin(workers, eq(workers.tokenId, tokens.id))
    .where(eq(tokens.hash, hashTokenKey(key)));
  return row === undefined ? undefined : { ...row.token, workerId: row.workerId };
}

/**
 * Tokens by exact user name and by key; an empty or absent filter does not restrict. Ordered by id.
 * Source: `TokenManager.get_tokens`.
 */
export function getTokens(
  db: Db,
  { username, key }: { readonly username?: string | null; readonly key?: string | null } = {},
): Promise<Token[]> {
  const filters = [
    username ? eq(users.username, username) : undefined,
    key ? eq(tokens.hash, hashTokenKey(key)) : undefined,
  ];
  return db
    .select({ token: tokens })
    .from(tokens)
    .leftJoin(users, eq(users.id, tokens.userId))
    .where(and(...filters))
    .orderBy(asc(tokens.id))
    .then((rows) => rows.map(({ token }) => token));
}
