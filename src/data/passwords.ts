/** Passwords of user accounts, stored so that the original's login accepts them. Source: models.md 3.1. */
import { pbkdf2, randomInt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

const algorithm = 'pbkdf2_sha256';
const hashLength = 32;
/** What new hashes are made with. Hashes that say another number are checked with that one. */
export const currentIterations = 600_000;
/** Stored text could ask for hours of work; no release of the framework asks for a tenth of this. */
const maximalIterations = 20_000_000;

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
// Without I, O, l, o, i, 0 and 1.
const withoutLookAlikes = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789';
const saltLength = 22;

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

function encode(password: string, salt: string, iterations: number): Promise<Buffer> {
  return derive(Buffer.from(password, 'utf8'), Buffer.from(salt, 'utf8'), iterations, hashLength, 'sha256');
}

/** The text to store for a password; the empty one is legal. A random salt makes each result different. */
export async function hashPassword(
  password: string,
  options: { readonly salt?: string; readonly iterations?: number } = {},
): Promise<string> {
  const { salt = randomText(alphanumeric, saltLength), iterations = currentIterations } = options;
  const hash = await encode(password, salt, iterations);
  return [algorithm, iterations, salt, hash.toString('base64')].join('$');
}

/** Whether a password is right, and whether what is stored should be made anew from it. */
export interface Verification {
  readonly ok: boolean;
  /** True only with `ok`: other iterations than today's, or a salt shorter than today's. */
  readonly needsRehash: boolean;
}

const wrong: Verification = { ok: false, needsRehash: false };

/** Checks a password against stored text. Text that is no hash of ours, such as an unusable one, fits none. */
export async function verifyPassword(password: string, encoded: string): Promise<Verification> {
  const [name, count = '', salt = '', stored = '', ...rest] = encoded.split('$');
  const iterations = /^[1-9][0-9]{0,8}$/.test(count) ? Number(count) : 0;
  const isOurs = name === algorithm && rest.length === 0 && salt !== '' && stored !== '';
  if (!isOurs || iterations === 0 || iterations > maximalIterations) return wrong;
  const expected = Buffer.from(stored, 'utf8');
  const actual = Buffer.from((await encode(password, salt, iterations)).toString('base64'), 'utf8');
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return wrong;
  return { ok: true, needsRehash: iterations !== currentIterations || salt.length < saltLength };
}

/** The text to store for an account that cannot log in with a password: `!` and 40 random characters. */
export function unusablePassword(): string {
  return `!${randomText(alphanumeric, 40)}`;
}

/** Whether the stored text can be the hash of a password. */
export function isUsablePassword(encoded: string): boolean {
  return !encoded.startsWith('!');
}

/** A new password: 20 letters and digits, none of which can be mistaken for another; all equally likely. */
export function generatePassword(): string {
  return randomText(withoutLookAlikes, 20);
}

/** What speaks against a password that somebody chose; undefined if nothing. Source: cli.md 8.2. */
export function passwordProblem(password: string): string | undefined {
  // Up to eight code points fit into sixteen code units; a huge text is not walked to its end.
  if ([...password.slice(0, 16)].length < 8) return 'the password must have at least 8 characters';
  return /^\p{Nd}+$/u.test(password) ? 'the password must not consist of digits only' : undefined;
}

/** Whether somebody may choose this password. */
export function isAcceptablePassword(password: string): boolean {
  return passwordProblem(password) === undefined;
}
