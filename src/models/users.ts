/** Accounts. Source: models.md 3.1. */
import { asc, eq, or, sql } from 'drizzle-orm';
import { isUserAddress } from '../data/email-addresses.ts';
import { hashPassword, passwordProblem, unusablePassword } from '../data/passwords.ts';
import { quote } from '../data/quote.ts';
import { normalizeEmail, normalizeUsername, usernameProblem } from '../data/user-names.ts';
import type { Db } from '../db/database.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ConflictError, ConstraintError, InvalidInputError } from '../errors.ts';
import { type User, users } from '../schema/users.ts';
import type { Timestamp } from '../timestamp.ts';

export type { User } from '../schema/users.ts';

export interface NewUser {
  readonly username: string;
  readonly email: string;
  /** Null: an account that cannot log in with a password. */
  readonly password: string | null;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly isStaff?: boolean;
  readonly isSuperuser?: boolean;
  readonly isActive?: boolean;
  /** Accept an address that differs from another user's only in case. */
  readonly allowSimilarEmail?: boolean;
}

/** The user of exactly that name. @throws NotFoundError */
export async function getByUsername(db: Db, username: string): Promise<User> {
  const rows = await db.select().from(users).where(eq(users.username, username));
  return one(rows, `user ${quote(username)} not found`, 'see debusine-admin list-users');
}

/** As getByUsername, locked until the end of the transaction. @throws NotFoundError */
export async function lockByUsername(db: Db, username: string): Promise<User> {
  const rows = await db.select().from(users).where(eq(users.username, username)).for('update');
  return one(rows, `user ${quote(username)} not found`, 'see debusine-admin list-users');
}

/** The user of that name, or undefined. */
export async function findByUsername(db: Db, username: string): Promise<User | undefined> {
  const [row] = await db.select().from(users).where(eq(users.username, username));
  return row;
}

/**
 * Makes an account. The name is stored in Unicode form NFKC, the domain of the address in lower case.
 *
 * Source: models.md 3.1; the checks are those of cli.md 8.2.
 * @throws InvalidInputError for a name, address or password that is refused
 * @throws ConflictError when the name or the address is taken
 */
export async function create(db: Db, given: NewUser, at: Timestamp): Promise<User> {
  const username = normalizeUsername(given.username);
  const problem = usernameProblem(username);
  if (problem !== undefined) throw new InvalidInputError(problem.message, { hint: problem.hint });
  const email = normalizeEmail(given.email.trim());
  if (!isUserAddress(email)) throw new InvalidInputError(`${quote(given.email)} is not an e-mail address`);
  const weakness = given.password === null ? undefined : passwordProblem(given.password);
  if (weakness !== undefined) throw new InvalidInputError(weakness);
  const password = given.password === null ? unusablePassword() : await hashPassword(given.password);
  const row = {
    username,
    email,
    password,
    firstName: given.firstName ?? '',
    lastName: given.lastName ?? '',
    isStaff: given.isStaff ?? false,
    isSuperuser: given.isSuperuser ?? false,
    isActive: given.isActive ?? true,
    dateJoined: at,
  };
  return transaction(db, async (tx) => {
    await refuseDuplicate(tx, username, email, given.allowSimilarEmail === true);
    try {
      return await transaction(tx, async (inner) =>
        inserted(await inner.insert(users).values(row).returning()),
      );
    } catch (error) {
      // Somebody else took the name or the address since we looked.
      if (error instanceof ConstraintError && error.kind === 'unique') {
        await refuseDuplicate(tx, username, email, true);
      }
      throw error;
    }
  });
}

async function refuseDuplicate(
  db: Db,
  username: string,
  email: string,
  allowSimilar: boolean,
): Promise<void> {
  const found = await db
    .select({ username: users.username, email: users.email })
    .from(users)
    .where(or(eq(users.username, username), sql`lower(${users.email}) = lower(${email})`))
    .orderBy(asc(users.id));
  if (found.some((user) => user.username === username)) {
    throw new ConflictError(`user ${quote(username)} exists already`);
  }
  const owner = found.find((user) => user.email === email) ?? (allowSimilar ? undefined : found[0]);
  if (owner === undefined) return;
  const isSame = owner.email === email;
  throw new ConflictError(
    isSame
      ? `e-mail address ${email} belongs to user ${quote(owner.username)}`
      : `e-mail address ${email} differs only in case from that of user ${quote(owner.username)}`,
    isSame ? {} : { hint: '--allow-similar-email accepts that' },
  );
}
