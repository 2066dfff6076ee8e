/** Two notions of an e-mail address: that of notification channels and that of user accounts. */
import { isIP } from 'node:net';

const atom = "a-zA-Z0-9!#$%&'*+/=?^_`{|}~-";
const asciiAtoms = new RegExp(`^[${atom}]+(?:\\.[${atom}]+)*$`);
// Letters of any script are allowed, what cannot be seen is not.
const internationalAtoms = new RegExp(
  `^(?:[${atom}]|[^\\x00-\\x7f\\p{C}\\p{Z}])+(?:\\.(?:[${atom}]|[^\\x00-\\x7f\\p{C}\\p{Z}])+)*$`,
  'u',
);
const label = /^[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?$/u;
const asciiLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const ascii = /^[\x00-\x7f]*$/;

// Names of top-level domains end with a letter; that of one outside ASCII does so in the form it is sent in.
const asciiLetterEnd = /[a-zA-Z]$/;

/** Splits at the last "@". A part is never missing, but may be empty; null without "@". */
function split(address: string): { readonly local: string; readonly domain: string } | null {
  const at = address.lastIndexOf('@');
  return at < 0 ? null : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

function isLabel(text: string): boolean {
  return ascii.test(text) ? asciiLabel.test(text) : label.test(text);
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  return domain.length <= 253 && labels.length >= 2 && labels.every(isLabel);
}

/**
 * Top-level names that are set aside for other uses than public addresses. The original refuses them, also when it
 * reads a channel: one that holds such an address would never send anything.
 */
const specialUse: ReadonlySet<string> = new Set(['arpa', 'invalid', 'local', 'localhost', 'onion', 'test']);

const afterLastDot = (text: string): string => text.slice(text.lastIndexOf('.') + 1);

/** Whether the address lies in a domain that is not public, such as `root@server.local`. */
export function isOfSpecialUse(address: string): boolean {
  return specialUse.has(afterLastDot(address.replace(/[ >]+$/, '')).toLowerCase());
}

// What an encoded name begins with; nothing else may have two hyphens there.
const encodedLabel = /^xn--/i;
const hyphensOfEncoding = /^..--/u;

function isPublicDomain(domain: string): boolean {
  const lastLabel = afterLastDot(domain);
  const hasTopLevel = !ascii.test(lastLabel) || asciiLetterEnd.test(lastLabel);
  return (
    isDomain(domain) &&
    hasTopLevel &&
    !isOfSpecialUse(domain) &&
    domain.split('.').every((part) => encodedLabel.test(part) || !hyphensOfEncoding.test(part))
  );
}

const named = /^([\p{L}\p{N}_ ]*)<([^<>]*)>$/u;

/**
 * The address in a text that is one, or has the form `Name <address>`; blanks around it do not count.
 * @returns undefined if the text is no address
 */
export function bareAddress(text: string): string | undefined {
  if (text.length > 1000) return undefined;
  const outer = text.replace(/^ +/, '').replace(/ +$/, '');
  const address = (named.exec(outer)?.[2] ?? outer).replace(/^ +/, '').replace(/ +$/, '');
  const parts = split(address);
  if (parts === null || address.length > 254 || parts.local.length > 64) return undefined;
  const isLocalPart = internationalAtoms.test(parts.local) && !/^\p{M}/u.test(parts.local);
  return isLocalPart && isPublicDomain(parts.domain) ? address : undefined;
}

/**
 * Whether a notification can be addressed so: `local@domain.tld` or `Name <local@domain.tld>`. Judged by its
 * form alone, no name server is asked. Source: data-schemas.md 4.3.
 */
export function isNotificationAddress(text: string): boolean {
  return bareAddress(text) !== undefined;
}

// Narrower than the framework's: no control characters.
const quotedLocal = /^"(?:[!#-[\]-~]|\\[ -~])*"$/;
const topLevel = /^(?!-)[a-z0-9-]{2,63}(?<!-)$/i;

function isUserDomain(domain: string): boolean {
  if (domain.toLowerCase() === 'localhost') return true;
  if (domain.startsWith('[') && domain.endsWith(']')) return isIP(domain.slice(1, -1)) !== 0;
  const labels = domain.split('.');
  const last = labels.at(-1) ?? '';
  return isDomain(domain) && (!ascii.test(last) || topLevel.test(last));
}

/**
 * Whether a user account can have this e-mail address, as the framework of the original judges: also `localhost`
 * and addresses of machines in brackets as domain, also a quoted local part, no name before it.
 */
export function isUserAddress(text: string): boolean {
  const parts = split(text);
  if (parts === null || text.length > 254) return false;
  return (asciiAtoms.test(parts.local) || quotedLocal.test(parts.local)) && isUserDomain(parts.domain);
}
