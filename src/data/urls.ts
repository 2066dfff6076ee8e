/** What counts as a URL in task and artifact data. Source: data-schemas.md 2.1. */
import { hasBlank, trimBlanks } from './blanks.ts';

const scheme = /^[a-z][a-z0-9+.-]+:\/\//i;
const control = /\p{Cc}/u;
const bracketed = /^\[[0-9a-f]*:[0-9a-f:]+\]$/i;
// Outside ASCII nearly everything may stand in a name of a host, emoji included.
const label = /^[\p{L}\p{N}\p{M}\p{So}_](?:[\p{L}\p{N}\p{M}\p{So}_-]{0,61}[\p{L}\p{N}\p{M}\p{So}_])?$/u;
const port = /^[0-9]{1,5}$/;

const maximalLength = 65536;

function isHost(host: string): boolean {
  if (host.startsWith('[')) return bracketed.test(host);
  // A trailing dot means "from the root".
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  return name.split('.').every((part) => label.test(part));
}

function isAuthority(authority: string): boolean {
  const address = authority.slice(authority.lastIndexOf('@') + 1);
  const colon = address.indexOf(':', address.startsWith('[') ? address.indexOf(']') : 0);
  if (colon < 0) return isHost(address);
  const number = address.slice(colon + 1);
  return isHost(address.slice(0, colon)) && port.test(number) && Number(number) <= 65535;
}

/**
 * Whether the text is a URL: a scheme of two characters or more, `://`, a host, and what else a URL may have.
 * Blanks around it do not count. `file:///path` is none, having no host.
 */
export function isUrl(text: string): boolean {
  const trimmed = trimBlanks(text);
  if (trimmed.length > maximalLength || hasBlank(trimmed) || control.test(trimmed)) return false;
  const start = scheme.exec(trimmed)?.[0].length;
  if (start === undefined) return false;
  const rest = trimmed.slice(start);
  const end = rest.search(/[/?#]/);
  const fragment = rest.indexOf('#');
  return (
    isAuthority(end < 0 ? rest : rest.slice(0, end)) && (fragment < 0 || !rest.includes('#', fragment + 1))
  );
}
