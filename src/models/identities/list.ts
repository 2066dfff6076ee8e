/** Which identities there are. Source: models.md 3.2. */
import { type SQL, sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { JsonObject } from '../../data/json.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { all, instant, type Listing, listing, type Page } from '../../db/listing.ts';
import { one } from '../../db/rows.ts';
import { MultipleFoundError, NotFoundError } from '../../errors.ts';
import type { Timestamp } from '../../timestamp.ts';
import { idList, textArray } from '../lists.ts';
import { nameNotFound } from '../names.ts';

/** An identity as lists show it. */
export interface IdentitySummary {
  readonly id: Id<'Identity'>;
  /** Which authority. */
  readonly issuer: string;
  /** The person's id there. */
  readonly subject: string;
  /** Name of the account it is bound to; null: to none. */
  readonly user: string | null;
  readonly last_used: Timestamp;
  /** What the authority said about the person. */
  readonly claims: JsonObject;
}

/** All that is given must hold; of several in one filter any will do. */
export interface IdentityFilter {
  readonly ids?: readonly Id<'Identity'>[] | undefined;
  /** Patterns of SQL's LIKE for the whole issuer. */
  readonly issuersLike?: readonly string[] | undefined;
  /** Pattern of SQL's LIKE for the subject. */
  readonly subjectLike?: string | undefined;
  /** Bound to one of these accounts. */
  readonly userIds?: readonly Id<'User'>[] | undefined;
  /** Bound to any account, or to none. */
  readonly bound?: boolean | undefined;
  /** In their text form, `issuer:subject`. */
  readonly texts?: readonly string[] | undefined;
}

/** Identities by issuer, subject and id. One query, whatever their number. */
export function list(db: Db, filter: IdentityFilter = {}, page: Page = {}): Listing<IdentitySummary> {
  return listing(
    db,
    {
      select: sql`i.id, i.issuer, i.subject, u.username as "user", ${instant(sql`i.last_used`)} as last_used, i.claims`,
      from: sql`db_identity i left join db_user u on u.id = i.user_id`,
      where: conditions(filter),
      orderKeys: {
        id: sql`i.id`,
        issuer: sql`i.issuer`,
        subject: sql`i.subject`,
        user: sql`u.username`,
        last_used: sql`i.last_used`,
      },
      defaultOrder: ['issuer', 'subject'],
      tieBreaker: sql`i.id`,
    },
    page,
  );
}

function conditions(filter: IdentityFilter): readonly SQL[] {
  const { ids, issuersLike, subjectLike, userIds, bound, texts } = filter;
  return [
    ids === undefined ? undefined : sql`i.id in ${idList(ids)}`,
    issuersLike === undefined ? undefined : sql`i.issuer like any ${textArray(issuersLike)}`,
    subjectLike === undefined ? undefined : sql`i.subject like ${subjectLike}::text`,
    userIds === undefined ? undefined : sql`i.user_id in ${idList(userIds)}`,
    bound === undefined ? undefined : sql`(i.user_id is not null) = ${bound}::boolean`,
    texts === undefined
      ? undefined
      : sql`(i.issuer, i.subject) in (
          select pair->>0, pair->>1
          from jsonb_array_elements(${JSON.stringify(texts.flatMap(pairsIn))}::text::jsonb) pair
        )`,
  ].filter((condition) => condition !== undefined);
}

/** What issuer and subject of an identity have at most, in characters. */
const longest = 512;

/** What a text form may mean: both parts may have colons. */
function pairsIn(text: string): readonly (readonly [issuer: string, subject: string])[] {
  if ([...text].length > 2 * longest + 1) return [];
  return [...text.matchAll(/:/g)].map(({ index }) => [text.slice(0, index), text.slice(index + 1)]);
}

/** How messages name an identity. Source: models.md 3.2. */
export function toText({ issuer, subject }: Pick<IdentitySummary, 'issuer' | 'subject'>): string {
  return `${issuer}:${subject}`;
}

/** One identity as lists show it. @throws NotFoundError */
export async function summary(db: Db, id: Id<'Identity'>): Promise<IdentitySummary> {
  return one(await all(list(db, { ids: [id] })), `identity ${id} not found`);
}

/**
 * The identities a change is meant for, each once, in the order given.
 * @param named by their numbers or in their text form, `issuer:subject`
 * @param ifExists passes over what does not exist
 * @throws NotFoundError for the first that does not exist
 * @throws MultipleFoundError when a text fits several, since both parts of it may have colons
 */
export async function select(
  db: Db,
  named: readonly (Id<'Identity'> | string)[],
  { ifExists = false }: { readonly ifExists?: boolean } = {},
): Promise<readonly IdentitySummary[]> {
  const ids = named.filter((name) => typeof name === 'number');
  const texts = named.filter((name) => typeof name === 'string');
  const found = [
    ...(ids.length === 0 ? [] : await all(list(db, { ids }))),
    ...(texts.length === 0 ? [] : await all(list(db, { texts }))),
  ];
  const selected = new Map<number, IdentitySummary>();
  for (const name of named) {
    const fitting = new Map(
      found
        .filter((identity) => (typeof name === 'number' ? identity.id : toText(identity)) === name)
        .map((identity) => [identity.id, identity]),
    );
    const [identity] = fitting.values();
    if (identity === undefined) {
      if (!ifExists) throw notFound(name);
    } else if (fitting.size > 1) {
      throw new MultipleFoundError(
        `${quote(toText(identity))} is ambiguous: identities ${[...fitting.keys()].join(', ')}`,
        {
          hint: 'give the number',
          details: { kind: 'identity', ids: [...fitting.keys()] },
        },
      );
    } else selected.set(identity.id, identity);
  }
  return [...selected.values()];
}

/** What is said of an identity that does not exist. */
export function notFound(name: Id<'Identity'> | string): NotFoundError {
  return typeof name === 'string'
    ? nameNotFound('identity', name)
    : new NotFoundError(`identity ${name} not found`, {
        hint: 'see debusine-admin list-identities',
        details: { kind: 'identity', id: name },
      });
}
