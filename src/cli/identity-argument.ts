/** Identities on the command line: by number, or as ISSUER:SUBJECT. */
import { argument } from './command.ts';
import { idOf } from './values/integer.ts';

const parseId = idOf<'Identity'>();

/** The text form of an identity has a colon, so digits alone are a number. */
export const identityArgument = argument(
  'IDENTITY',
  'number of an identity, or ISSUER:SUBJECT',
  (text, context) => (/^\d+$/.test(text) ? parseId(text, context) : text),
  { completes: 'identity' },
);

/** `identity 7`, `2 identities`. */
export function identitiesText(ids: readonly number[]): string {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return `identity ${only}`;
  return ids.length === 0 ? 'no identities' : `${ids.length} identities`;
}
