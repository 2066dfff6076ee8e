/** Making accounts. Source: models.md 3.1, cli.md 8.2. */
import { hashPassword, unusablePassword } from '../../data/passwords.ts';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { ArgumentError } from '../../errors.ts';
import { type User, users } from '../../schema/users.ts';
import type { Timestamp } from '../../timestamp.ts';
import { needsUpdate, type Outcome, type WhenExisting } from '../when-existing.ts';
import { change } from './change.ts';
import {
  checkChosenPassword,
  checkedEmail,
  checkedUsername,
  checkPersonNames,
  holdersOf,
  refuseTakenEmail,
} from './rules.ts';

export interface NewUser {
  readonly username: string;
  readonly email: string;
  /** Null: an account that cannot log in with a password. */
  readonly password: string | null;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  /** Default false. */
  readonly isStaff?: boolean | undefined;
  /** Default false. */
  readonly isSuperuser?: boolean | undefined;
  /** Default true. */
  readonly isActive?: boolean | undefined;
  /** Default: the present instant. */
  readonly dateJoined?: Timestamp | undefined;
  /** Accept an address that differs from another user's only in case. */
  readonly allowSimilarEmail?: boolean | undefined;
}

/**
 * Makes an account. The name is stored in Unicode form NFKC, the domain of the address in lower case, of the
 * password a hash that the original's login accepts.
 *
 * Source: models.md 3.1; the checks are those of cli.md 8.2.
 * @throws ArgumentError for an empty name
 * @throws InvalidInputError for a name, address or password that is refused
 * @throws ConflictError when the name or the address is taken, saying which
 */
export async function create(db: Db, given: NewUser, at: Timestamp): Promise<User> {
  return (await ensure(db, given, 'refuse', at)).user;
}

/**
 * Makes an account that may do everything and use the admin site.
 *
 * Source: models.md 3.1, `create_superuser`.
 * @throws ArgumentError when told that it shall not be one; else as create
 */
export async function createSuperuser(db: Db, given: NewUser, at: Timestamp): Promise<User> {
  if (given.isStaff === false) throw new ArgumentError('a superuser is a member of the staff');
  if (given.isSuperuser === false) throw new ArgumentError('a superuser cannot be made without that right');
  return create(db, { ...given, isStaff: true, isSuperuser: true }, at);
}

/**
 * Makes an account unless one of that name exists. Its password is never changed. Of two callers at once one makes
 * it and the other finds it.
 *
 * Source: cli.md 7.7.
 * @throws ConflictError when it exists and that is not accepted, or the address belongs to another user
 * @throws ArgumentError, InvalidInputError as create
 */
export async function ensure(
  db: Db,
  given: NewUser,
  whenExisting: WhenExisting,
  at: Timestamp,
): Promise<Outcome & { readonly user: User }> {
  const username = checkedUsername(given.username);
  const email = checkedEmail(given.email);
  checkPersonNames(given);
  if (given.password !== null) checkChosenPassword(given.password);
  return transaction(db, async (tx) => {
    let password: string | undefined;
    for (;;) {
      const holders = await holdersOf(tx, username, email);
      const existing = holders.find((user) => user.username === username);
      if (existing !== undefined) return adopt(tx, existing, { ...given, email }, whenExisting);
      refuseTakenEmail(holders, email, given.allowSimilarEmail);
      // The hash takes a fifth of a second, so it is made once, and only when it is needed.
      password ??= given.password === null ? unusablePassword() : await hashPassword(given.password);
      const row = {
        username,
        email,
        password,
        firstName: given.firstName ?? '',
        lastName: given.lastName ?? '',
        isStaff: given.isStaff ?? false,
        isSuperuser: given.isSuperuser ?? false,
        isActive: given.isActive ?? true,
        dateJoined: given.dateJoined ?? at,
      };
      // Whoever inserts first has the name or the address; everybody else waits here for that commit, and the next
      // look finds the row.
      const [user] = await tx.insert(users).values(row).onConflictDoNothing().returning();
      if (user !== undefined) return { user, wasCreated: true, changed: true };
    }
  });
}

async function adopt(
  tx: Db,
  existing: User,
  given: NewUser,
  whenExisting: WhenExisting,
): Promise<Outcome & { readonly user: User }> {
  const { email, firstName, lastName, isStaff, isSuperuser, isActive, allowSimilarEmail } = given;
  const isDifferent = needsUpdate(
    'user',
    existing.username,
    [
      ['e-mail address', email, existing.email],
      ['first name', firstName, existing.firstName],
      ['last name', lastName, existing.lastName],
      ['staff flag', isStaff, existing.isStaff],
      ['superuser flag', isSuperuser, existing.isSuperuser],
      ['active flag', isActive, existing.isActive],
    ],
    whenExisting,
  );
  if (!isDifferent) return { user: existing, wasCreated: false, changed: false };
  const changes = { email, firstName, lastName, isStaff, isSuperuser, isActive };
  return { wasCreated: false, ...(await change(tx, existing.id, changes, { allowSimilarEmail })) };
}
