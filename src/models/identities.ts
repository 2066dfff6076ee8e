/** People as external authorities know them. Source: models.md 3.2. */
import { and, asc, eq } from 'drizzle-orm';
import type { JsonObject } from '../data/json.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { type Identity, identities } from '../schema/identities.ts';
import { type User, users } from '../schema/users.ts';
import type { Timestamp } from '../timestamp.ts';

export type { Identity } from '../schema/identities.ts';
export * from './identities/change.ts';
export * from './identities/list.ts';

export interface NewIdentity {
  /** Which authority. */
  readonly issuer: string;
  /** The person's id there. */
  readonly subject: string;
  /** What the authority said about the person; empty by default. */
  readonly claims?: JsonObject | undefined;
  /** Null or absent: bound to no account. */
  readonly userId?: Id<'User'> | null | undefined;
}

/**
 * Makes an identity.
 * @param at becomes `last_used`, as at every save
 * @throws ConstraintError `db_identity_unique_issuer_subject` when the authority's person is known already
 */
export function create(db: Db, given: NewIdentity, at: Timestamp): Promise<Identity> {
  const { issuer, subject, claims = {}, userId = null } = given;
  const row = { issuer, subject, claims, userId, lastUsed: at };
  return transaction(db, async (tx) => inserted(await tx.insert(identities).values(row).returning()));
}

/**
 * The identity of that person, made when it is not known, and used now. Safe when called twice at once.
 * @param at becomes `last_used`
 */
export function getOrCreate(db: Db, given: NewIdentity, at: Timestamp): Promise<Identity> {
  const { issuer, subject, claims = {}, userId = null } = given;
  const row = { issuer, subject, claims, userId, lastUsed: at };
  return transaction(db, async (tx) =>
    inserted(
      await tx
        .insert(identities)
        .values(row)
        .onConflictDoUpdate({ target: [identities.issuer, identities.subject], set: { lastUsed: at } })
        .returning(),
    ),
  );
}

/** @throws NotFoundError */
export async function get(db: Db, id: Id<'Identity'>): Promise<Identity> {
  return one(await db.select().from(identities).where(eq(identities.id, id)), `identity ${id} not found`);
}

/** The identity of that person, or undefined. */
export async function find(
  db: Db,
  { issuer, subject }: Pick<NewIdentity, 'issuer' | 'subject'>,
): Promise<Identity | undefined> {
  const [identity] = await db
    .select()
    .from(identities)
    .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)));
  return identity;
}

/** All identities, by id. Source: `Identity.objects`. */
export function all(db: Db): Promise<Identity[]> {
  return db.select().from(identities).orderBy(asc(identities.id));
}

/** The account it is bound to, or null. Source: `Identity.user`. */
export async function user(db: Db, identity: Identity): Promise<User | null> {
  if (identity.userId === null) return null;
  const rows = await db.select().from(users).where(eq(users.id, identity.userId));
  return one(rows, `user ${identity.userId} not found`);
}

/**
 * Changes an identity; what is absent stays as it is.
 * @param at becomes `last_used`, as at every save
 * @throws NotFoundError when there is no such identity
 */
export async function save(
  db: Db,
  id: Id<'Identity'>,
  changes: { readonly claims?: JsonObject; readonly userId?: Id<'User'> | null },
  at: Timestamp,
): Promise<Identity> {
  const rows = await db
    .update(identities)
    .set({ ...changes, lastUsed: at })
    .where(eq(identities.id, id))
    .returning();
  return one(rows, `identity ${id} not found`);
}

/** Binds the identity to an account, whatever it was bound to before. @throws NotFoundError */
export function bind(db: Db, id: Id<'Identity'>, userId: Id<'User'>, at: Timestamp): Promise<Identity> {
  return save(db, id, { userId }, at);
}

/** Frees the identity from its account. @throws NotFoundError */
export function unbind(db: Db, id: Id<'Identity'>, at: Timestamp): Promise<Identity> {
  return save(db, id, { userId: null }, at);
}

/** Deletes the identity; nothing refers to one. @throws NotFoundError */
export async function remove(db: Db, id: Id<'Identity'>): Promise<void> {
  const gone = await db.delete(identities).where(eq(identities.id, id)).returning({ id: identities.id });
  one(gone, `identity ${id} not found`);
}
