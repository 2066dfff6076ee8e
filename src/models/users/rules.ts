/** What an account may be called and which address it may have. Source: models.md 3.1, cli.md 8.2. */
import { asc, eq, or, sql } from 'drizzle-orm';
import { isUserAddress } from '../../data/email-addresses.ts';
import { nameLength } from '../../data/names.ts';
import { passwordProblem } from '../../data/passwords.ts';
import { quote } from '../../data/quote.ts';
import { normalizeEmail, normalizeUsername, usernameProblem } from '../../data/user-names.ts';
import type { Db } from '../../db/database.ts';
import { ArgumentError, ConflictError, InvalidInputError, ValidationError } from '../../errors.ts';
import { type User, users } from '../../schema/users.ts';

/**
 * The name as it is stored: in Unicode form NFKC.
 * @throws ArgumentError when it is empty
 * @throws InvalidInputError when it is too long or has a character that is not allowed
 */
export function checkedUsername(given: string): string {
  if (given === '') throw new ArgumentError('user name is empty');
  const username = normalizeUsername(given);
  const problem = usernameProblem(username);
  if (problem !== undefined) throw new InvalidInputError(problem.message, { hint: problem.hint });
  return username;
}

/**
 * The address as it is stored: without blanks around it, the part after the last `@` in lower case.
 * @throws InvalidInputError when it is no address, the empty one included
 */
export function checkedEmail(given: string): string {
  const email = normalizeEmail(given);
  if (!isUserAddress(email)) throw new InvalidInputError(`${quote(given)} is not an e-mail address`);
  return email;
}

/**
 * A guard for people: the format would take any password, also the empty one.
 * @throws InvalidInputError when it is too short or consists of digits only
 */
export function checkChosenPassword(password: string): void {
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new InvalidInputError(problem);
}

/** @throws ValidationError for a first or last name that its column cannot hold */
export function checkPersonNames(names: {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}): void {
  const problems: Record<string, readonly string[]> = {};
  const check = (field: string, words: string, name = ''): void => {
    const length = nameLength(name);
    if (length > 150) problems[field] = [`${words} has ${length} characters, at most 150 are stored`];
    else if (/[\p{Cc}\p{Cs}]/u.test(name)) problems[field] = [`${words} has a control character`];
  };
  check('first_name', 'first name', names.firstName);
  check('last_name', 'last name', names.lastName);
  if (Object.keys(problems).length > 0) throw new ValidationError(problems);
}

/** Users who have the name, or the address in whatever case; by id. */
export function holdersOf(
  db: Db,
  username: string | undefined,
  email: string | undefined,
): Promise<readonly User[]> {
  return db
    .select()
    .from(users)
    .where(
      or(
        username === undefined ? sql`false` : eq(users.username, username),
        email === undefined ? sql`false` : sql`lower(${users.email}) = lower(${email})`,
      ),
    )
    .orderBy(asc(users.id));
}

/**
 * Tells in words that a name is taken; it is the constraint of the database that decides between two callers.
 * @throws ConflictError when one of the holders has it
 */
export function refuseTakenUsername(holders: readonly User[], username: string): void {
  if (!holders.some((user) => user.username === username)) return;
  throw new ConflictError(`user ${quote(username)} exists already`, {
    details: { kind: 'user', name: username },
  });
}

/**
 * Tells in words that an address is taken, or as good as taken: addresses are compared exactly, but two that differ
 * only in case nearly always belong to one person.
 * @throws ConflictError when one of the holders has it
 */
export function refuseTakenEmail(holders: readonly User[], email: string, allowSimilar = false): void {
  const owner = holders.find((user) => user.email === email);
  if (owner !== undefined) {
    throw new ConflictError(`e-mail address ${email} belongs to user ${quote(owner.username)}`, {
      details: { kind: 'user', name: owner.username },
    });
  }
  const similar = holders.find((user) => user.email.toLowerCase() === email.toLowerCase());
  if (similar === undefined || allowSimilar) return;
  throw new ConflictError(
    `e-mail address ${email} differs only in case from ${similar.email} of user ${quote(similar.username)}`,
    { hint: '--allow-similar-email accepts that', details: { kind: 'user', name: similar.username } },
  );
}
