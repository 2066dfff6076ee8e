/** Names and addresses of user accounts. Source: models.md 3.1, cli.md 8.2. */
import { trimBlanks } from './blanks.ts';
import { type NameProblem, nameLength } from './names.ts';
import { quote } from './quote.ts';

const limit = 150;
// Marks that combine with the letter before them are refused; the normal form has none where it can.
const allowed = /^[\p{L}\p{N}_.@+-]+$/u;

/** The form in which a user name is stored: Unicode NFKC. Apply it before the checks. */
export function normalizeUsername(name: string): string {
  return name.normalize('NFKC');
}

/** What speaks against a user name; undefined if nothing. Nothing is normalised here. */
export function usernameProblem(name: string): NameProblem | undefined {
  if (name === '') return { message: 'user name is empty' };
  const length = nameLength(name);
  if (length > limit) return { message: `user name has ${length} characters, at most ${limit} are stored` };
  if (allowed.test(name)) return undefined;
  return {
    message: `user name ${quote(name)} has a character that is not allowed`,
    hint: 'letters, digits and @ . + - _',
  };
}

/**
 * The form in which an e-mail address is stored: without blanks around it, the part after the last `@` in lower
 * case. Text without `@` stays as it is, null becomes the empty text.
 */
export function normalizeEmail(email: string | null): string {
  if (email === null) return '';
  const trimmed = trimBlanks(email);
  const at = trimmed.lastIndexOf('@');
  return at < 0 ? email : trimmed.slice(0, at) + trimmed.slice(at).toLowerCase();
}
