/** The order of Debian versions. Source: data-schemas.md 6.2; checked against `dpkg --compare-versions`. */
import { ArgumentError } from '../errors.ts';
import { quote } from './quote.ts';

interface Version {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

const characters = /^[A-Za-z0-9.+:~-]+$/;
const digits = /^[0-9]+$/;
const revisionCharacters = /^[A-Za-z0-9.+~]+$/;

/**
 * The parts of a version; undefined if the text is none. More is accepted than dpkg would install (an upstream
 * part that begins with a letter, a hyphen at the end), since the original does so.
 */
function parseVersion(text: string): Version | undefined {
  if (!characters.test(text)) return undefined;
  const colon = text.indexOf(':');
  const hasEpoch = colon >= 0 && digits.test(text.slice(0, colon));
  if (colon >= 0 && !hasEpoch) return undefined;
  const rest = hasEpoch ? text.slice(colon + 1) : text;
  if (rest === '') return undefined;
  const epoch = hasEpoch ? text.slice(0, colon) : '0';
  const hyphen = rest.lastIndexOf('-');
  const revision = rest.slice(hyphen + 1);
  if (hyphen < 1 || !revisionCharacters.test(revision)) return { epoch, upstream: rest, revision: '0' };
  return { epoch, upstream: rest.slice(0, hyphen), revision };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Weight of a character outside numbers: `~` before the end, the end before letters, letters before the rest. */
function weight(code: number): number {
  if (Number.isNaN(code) || isDigit(code)) return 0;
  if (code === 126) return -1;
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter ? code : code + 256;
}

/** Compares two texts as alternating runs of other characters and of numbers. */
function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  const outsideNumber = (text: string, index: number) =>
    index < text.length && !isDigit(text.charCodeAt(index));
  while (i < a.length || j < b.length) {
    while (outsideNumber(a, i) || outsideNumber(b, j)) {
      const difference = weight(a.charCodeAt(i)) - weight(b.charCodeAt(j));
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    while (a.charAt(i) === '0') i += 1;
    while (b.charAt(j) === '0') j += 1;
    // The longer number is the larger one; of two equally long ones the first different digit decides.
    let first = 0;
    while (isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      if (first === 0) first = a.charCodeAt(i) - b.charCodeAt(j);
      i += 1;
      j += 1;
    }
    if (isDigit(a.charCodeAt(i))) return 1;
    if (isDigit(b.charCodeAt(j))) return -1;
    if (first !== 0) return first;
  }
  return 0;
}

/** Whether the text can be compared as a Debian version. */
export function isDebianVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

function parsed(text: string): Version {
  const version = parseVersion(text);
  if (version === undefined) throw new ArgumentError(`${quote(text)} is not a Debian version`);
  return version;
}

/**
 * -1, 0 or 1 as the first version is lower than, equal to or higher than the second.
 * @throws ArgumentError (`value-error`) if one of them is not a version
 */
export function compareDebianVersions(first: string, second: string): -1 | 0 | 1 {
  const a = parsed(first);
  const b = parsed(second);
  const order =
    comparePart(a.epoch, b.epoch) ||
    comparePart(a.upstream, b.upstream) ||
    comparePart(a.revision, b.revision);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}
