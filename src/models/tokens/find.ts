/** One token, and who uses it. Source: models.md 3.3. */
import { and, asc, eq } from 'drizzle-orm';
import { hashTokenKey } from '../../data/token-keys.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { AssertionError } from '../../errors.ts';
import { type Token, tokens } from '../../schema/tokens.ts';
import { type User, users } from '../../schema/users.ts';
import { type Worker, workers } from '../../schema/workers.ts';

/** @throws NotFoundError when there is no such token */
export async function get(db: Db, id: Id<'Token'>): Promise<Token> {
  const rows = await db.select().from(tokens).where(eq(tokens.id, id));
  return one(rows, `token ${id} not found`, 'see debusine-admin list-tokens');
}

/** A token with the worker that uses it. */
export type TokenOfWorker = Token & { readonly worker: Worker | null };

/**
 * The token of a key, with its worker; undefined when there is none. Disabled tokens are found, too: look at
 * `enabled`.
 *
 * Source: `TokenManager.get_token_or_none` in the mission document.
 * @throws AssertionError when the key is no text
 */
export async function getTokenOrNone(db: Db, key: unknown): Promise<TokenOfWorker | undefined> {
  if (typeof key !== 'string') throw new AssertionError('a token key is text');
  const [row] = await db
    .select({ token: tokens, worker: workers })
    .from(tokens)
    .leftJoin(workers, eq(workers.tokenId, tokens.id))
    .where(eq(tokens.hash, hashTokenKey(key)));
  return row === undefined ? undefined : { ...row.token, worker: row.worker };
}

/**
 * Tokens by exact user name, by key, or by both; null and the empty text do not restrict. By id.
 *
 * Source: `TokenManager.get_tokens` in the mission document.
 */
export async function getTokens(
  db: Db,
  { username, key }: { readonly username?: string | null; readonly key?: string | null } = {},
): Promise<readonly Token[]> {
  const rows = await db
    .select({ token: tokens })
    .from(tokens)
    .leftJoin(users, eq(users.id, tokens.userId))
    .where(
      and(
        username ? eq(users.username, username) : undefined,
        key ? eq(tokens.hash, hashTokenKey(key)) : undefined,
      ),
    )
    .orderBy(asc(tokens.id));
  return rows.map(({ token }) => token);
}

/** The worker that uses the token, or null. Source: `Token.worker`. */
export async function worker(db: Db, id: Id<'Token'>): Promise<Worker | null> {
  const [row] = await db.select().from(workers).where(eq(workers.tokenId, id));
  return row ?? null;
}

/** The user whose token it is, or null. Source: `Token.user`. */
export async function user(db: Db, token: Token): Promise<User | null> {
  if (token.userId === null) return null;
  return one(
    await db.select().from(users).where(eq(users.id, token.userId)),
    `user ${token.userId} not found`,
  );
}
