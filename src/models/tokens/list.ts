/** Which tokens there are. Source: cli.md 8.1. */
import { type SQL, sql } from 'drizzle-orm';
import { hashTokenKey } from '../../data/token-keys.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { all, instant, type Listing, listing, type Page } from '../../db/listing.ts';
import { idList } from '../lists.ts';
import { ArgumentError, MultipleFoundError, NotFoundError } from '../../errors.ts';
import type { Timestamp } from '../../timestamp.ts';

/** A token as lists show it. */
export interface TokenSummary {
  readonly id: Id<'Token'>;
  readonly hash: string;
  /** Name of the user whose token it is. */
  readonly user: string | null;
  /** Name of the worker that uses it. */
  readonly worker: string | null;
  readonly created: Timestamp;
  /** Always null at this level. */
  readonly expires: null;
  readonly enabled: boolean;
  readonly comment: string;
}

/** All that is given must hold; of several ids in one filter any will do. */
export interface TokenFilter {
  readonly ids?: readonly Id<'Token'>[] | undefined;
  /** Tokens of these users; no ids, no tokens. */
  readonly userIds?: readonly Id<'User'>[] | undefined;
  /** Tokens that these workers use. */
  readonly workerIds?: readonly Id<'Worker'>[] | undefined;
  /** Neither a user nor a worker has it. */
  readonly noOwner?: boolean | undefined;
  /** Pattern of SQL's LIKE for the whole comment. */
  readonly commentLike?: string | undefined;
  readonly enabled?: boolean | undefined;
  /** First digits of the hash, at least 8. */
  readonly hashPrefix?: string | undefined;
  /** The token with this key. */
  readonly key?: string | undefined;
}

/** Whether the text can be the beginning of a hash: 8 to 64 hexadecimal digits. */
export function isHashPrefix(text: string): boolean {
  return /^[0-9a-f]{8,64}$/i.test(text);
}

/**
 * Tokens by the user's name (tokens without user last), creation and id.
 * @throws ArgumentError when the hash prefix is none
 */
export function list(db: Db, filter: TokenFilter = {}, page: Page = {}): Listing<TokenSummary> {
  return listing(
    db,
    {
      select: sql`t.id, t.hash, u.username as "user", w.name as worker, ${instant(sql`t.created_at`)} as created,
        null as expires, t.enabled, t.comment`,
      from: sql`db_token t
        left join db_user u on u.id = t.user_id
        left join db_worker w on w.token_id = t.id`,
      where: conditions(filter),
      orderKeys: {
        id: sql`t.id`,
        hash: sql`t.hash`,
        user: sql`u.username`,
        worker: sql`w.name`,
        created: sql`t.created_at`,
        enabled: sql`t.enabled`,
        comment: sql`t.comment`,
      },
      defaultOrder: ['user', 'created'],
      tieBreaker: sql`t.id`,
    },
    page,
  );
}

function conditions(filter: TokenFilter): readonly SQL[] {
  const { ids, userIds, workerIds, noOwner, commentLike, enabled, hashPrefix, key } = filter;
  if (hashPrefix !== undefined && !isHashPrefix(hashPrefix)) {
    throw new ArgumentError('a hash is named by its first digits, 8 or more of 0-9 and a-f');
  }
  return [
    ids === undefined ? undefined : sql`t.id in ${idList(ids)}`,
    userIds === undefined ? undefined : sql`t.user_id in ${idList(userIds)}`,
    workerIds === undefined ? undefined : sql`w.id in ${idList(workerIds)}`,
    noOwner === undefined ? undefined : sql`(t.user_id is null and w.id is null) = ${noOwner}::boolean`,
    commentLike === undefined ? undefined : sql`t.comment like ${commentLike}::text`,
    enabled === undefined ? undefined : sql`t.enabled = ${enabled}::boolean`,
    // Hexadecimal digits need no escape in a pattern.
    hashPrefix === undefined ? undefined : sql`t.hash like ${`${hashPrefix.toLowerCase()}%`}::text`,
    key === undefined ? undefined : sql`t.hash = ${hashTokenKey(key)}::text`,
  ].filter((condition) => condition !== undefined);
}

/**
 * The tokens a change is meant for, by id.
 * @returns none when nothing matches and that is accepted
 * @throws MultipleFoundError when a hash prefix fits several of them, naming their ids
 * @throws NotFoundError when nothing matches or one of the given ids does not, unless `ifExists`
 */
export async function select(
  db: Db,
  filter: TokenFilter,
  { ifExists = false }: { readonly ifExists?: boolean } = {},
): Promise<readonly TokenSummary[]> {
  const found = await all(list(db, filter, { order: ['id'] }));
  const ids = found.map(({ id }) => id);
  if (filter.hashPrefix !== undefined && found.length > 1) {
    throw new MultipleFoundError(`hash "${filter.hashPrefix}" is ambiguous: tokens ${ids.join(', ')}`, {
      hint: 'give more digits or --id',
      details: { kind: 'token', ids },
    });
  }
  if (ifExists) return found;
  const missing = filter.ids?.filter((id) => !ids.includes(id)) ?? [];
  if (missing.length > 0 && found.length > 0) {
    throw new NotFoundError(`token ${missing.join(', ')} not found or not among those selected`, {
      hint: 'see debusine-admin list-tokens',
      details: { kind: 'token', ids: missing },
    });
  }
  if (found.length === 0) throw new NotFoundError('no token matches', { details: { kind: 'token' } });
  return found;
}

/** The token with this key as lists show it; undefined when there is none. */
export async function findByKey(db: Db, key: string): Promise<TokenSummary | undefined> {
  const [found] = await all(list(db, { key }));
  return found;
}
