/** Deleting tokens. Source: models.md 2.4, cli.md 8.1. */
import { asc, eq, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { idList } from '../lists.ts';
import { transaction } from '../../db/transaction.ts';
import { ProtectedError } from '../../errors.ts';
import { tokens } from '../../schema/tokens.ts';
import { users } from '../../schema/users.ts';
import { workers } from '../../schema/workers.ts';

/** A token that is gone, or would be. */
export interface RemovedToken {
  readonly id: Id<'Token'>;
  readonly hash: string;
  /** Name of the user whose token it is. */
  readonly user: string | null;
}

export interface RemovedTokens {
  readonly deleted: readonly RemovedToken[];
  /** Tokens that workers use, left alone. */
  readonly skipped: readonly (RemovedToken & { readonly worker: string })[];
}

/**
 * Deletes exactly these tokens; ids that do not exist are passed over. A worker's token cannot go: PROTECT.
 * @returns the tokens by id
 * @throws ProtectedError when a worker uses one of them and `skipInUse` is not set; nothing is deleted then
 */
export function remove(
  db: Db,
  ids: readonly Id<'Token'>[],
  { skipInUse = false }: { readonly skipInUse?: boolean } = {},
): Promise<RemovedTokens> {
  return transaction(db, async (tx) => {
    // A worker that somebody registers now with one of these tokens waits for this lock at its commit, and is
    // refused there when the token has gone.
    await tx
      .select({ id: tokens.id })
      .from(tokens)
      .where(sql`${tokens.id} in ${idList(ids)}`)
      .orderBy(asc(tokens.id))
      .for('update');
    const found = await tx
      .select({ id: tokens.id, hash: tokens.hash, user: users.username, worker: workers.name })
      .from(tokens)
      .leftJoin(users, eq(users.id, tokens.userId))
      .leftJoin(workers, eq(workers.tokenId, tokens.id))
      .where(sql`${tokens.id} in ${idList(ids)}`)
      .orderBy(asc(tokens.id));
    if (!skipInUse) refuseUsed(found);
    const { deleted, skipped } = removal(found);
    if (deleted.length > 0) {
      const gone = deleted.map(({ id }) => id);
      await tx.delete(tokens).where(sql`${tokens.id} in ${idList(gone)}`);
    }
    return { deleted, skipped };
  });
}

type TokenAndWorker = RemovedToken & { readonly worker: string | null };

/** What deleting these tokens would do: those of workers stay. */
export function removal(found: readonly TokenAndWorker[]): RemovedTokens {
  return {
    deleted: found.flatMap(({ id, hash, user, worker }) => (worker === null ? [{ id, hash, user }] : [])),
    skipped: found.flatMap(({ id, hash, user, worker }) =>
      worker === null ? [] : [{ id, hash, user, worker }],
    ),
  };
}

/** @throws ProtectedError when a worker uses one of the tokens */
export function refuseUsed(found: readonly TokenAndWorker[]): void {
  const { skipped } = removal(found);
  const [inUse] = skipped;
  if (inUse === undefined) return;
  throw new ProtectedError(`token ${inUse.id} belongs to worker ${quote(inUse.worker)}`, {
    hint: `debusine-admin manage-worker disable ${inUse.worker}`,
    details: { tokens: skipped.map(({ id, worker }) => ({ id, worker })) },
  });
}
