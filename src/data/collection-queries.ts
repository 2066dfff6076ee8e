/** Queries for one item of a collection, and which forms each category understands. Source: data-schemas.md 6. */
import { LookupError } from '../errors.ts';
import { quote } from './quote.ts';

/** Categories of collections that have a manager at this level. */
export const collectionCategories = [
  'debian:environments',
  'debian:suite',
  'debian:suite-lintian',
  'debusine:workflow-internal',
] as const;
export type CollectionCategory = (typeof collectionCategories)[number];

/** What an environment has to be like; what is left out does not matter. */
export interface EnvironmentFilter {
  readonly format?: 'tarball' | 'image';
  readonly codename?: string;
  readonly architecture?: string;
  /** Null asks for an environment without variant. */
  readonly variant?: string | null;
}

/** A query taken apart. Only active items are meant; which of several wins is said at each kind. */
export type ItemQuery =
  /** The one item of that name, of any kind. */
  | { readonly kind: 'name'; readonly name: string }
  /** The most recently created artifact item that fits. */
  | { readonly kind: 'environment'; readonly filter: EnvironmentFilter }
  /** The source package of the highest Debian version. */
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'source-version'; readonly name: string; readonly version: string }
  /** The binary package of the highest Debian version. */
  | { readonly kind: 'binary'; readonly name: string; readonly architecture: string }
  | {
      readonly kind: 'binary-version';
      readonly name: string;
      readonly version: string;
      readonly architecture: string;
    }
  /** The most recently created analysis, whatever its version. */
  | { readonly kind: 'latest'; readonly name: string; readonly architecture: string }
  /** The most recently created analysis of that version. */
  | {
      readonly kind: 'version';
      readonly name: string;
      readonly version: string;
      readonly architecture: string;
    };

/** Whether collections of this category have a manager. */
export function isCollectionCategory(text: string): text is CollectionCategory {
  return collectionCategories.some((known) => known === text);
}

/** Splits at the first underscore that leaves both sides non-empty; null if there is none. */
function splitOnce(text: string): readonly [string, string] | null {
  const split = text.indexOf('_', 1);
  return split < 0 || split === text.length - 1 ? null : [text.slice(0, split), text.slice(split + 1)];
}

function parsePair(text: string): { readonly name: string; readonly last: string } | null {
  const parts = splitOnce(text);
  return parts === null ? null : { name: parts[0], last: parts[1] };
}

function parseTriple(text: string) {
  const outer = splitOnce(text);
  const inner = outer === null ? null : splitOnce(outer[1]);
  return outer === null || inner === null
    ? null
    : { name: outer[0], version: inner[0], architecture: inner[1] };
}

function parseEnvironmentFilter(text: string): EnvironmentFilter | null {
  const given = new Map<string, string>();
  for (const part of text.split(':')) {
    const split = part.indexOf('=');
    if (split < 0) return null;
    given.set(part.slice(0, split), part.slice(split + 1));
  }
  const format = given.get('format');
  const codename = given.get('codename');
  const architecture = given.get('architecture');
  const variant = given.get('variant');
  return {
    ...(format === 'tarball' || format === 'image' ? { format } : {}),
    ...(codename === undefined ? {} : { codename }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(variant === undefined ? {} : { variant: variant === '' ? null : variant }),
  };
}

type Parser = (text: string) => ItemQuery | null;

const byName: Parser = (name) => (name === '' ? null : { kind: 'name', name });

const byEnvironment: Parser = (text) => {
  const filter = parseEnvironmentFilter(text);
  return filter === null ? null : { kind: 'environment', filter };
};

const bySource: Parser = (name) => (name === '' ? null : { kind: 'source', name });

const bySourceVersion: Parser = (text) => {
  const pair = parsePair(text);
  return pair === null ? null : { kind: 'source-version', name: pair.name, version: pair.last };
};

const byArchitecture =
  (kind: 'binary' | 'latest'): Parser =>
  (text) => {
    const pair = parsePair(text);
    return pair === null ? null : { kind, name: pair.name, architecture: pair.last };
  };

const byVersion =
  (kind: 'binary-version' | 'version'): Parser =>
  (text) => {
    const triple = parseTriple(text);
    return triple === null ? null : { kind, ...triple };
  };

/** For each category: what may stand before the colon, how what follows is written, and how it is read. */
const forms: Readonly<Record<CollectionCategory, Readonly<Record<string, readonly [string, Parser]>>>> = {
  'debian:environments': {
    name: ['NAME', byName],
    match: ['KEY=VALUE:…', byEnvironment],
  },
  'debian:suite': {
    name: ['NAME', byName],
    source: ['NAME', bySource],
    'source-version': ['NAME_VERSION', bySourceVersion],
    binary: ['NAME_ARCHITECTURE', byArchitecture('binary')],
    'binary-version': ['NAME_VERSION_ARCHITECTURE', byVersion('binary-version')],
  },
  'debian:suite-lintian': {
    name: ['NAME', byName],
    latest: ['NAME_ARCHITECTURE', byArchitecture('latest')],
    version: ['NAME_VERSION_ARCHITECTURE', byVersion('version')],
  },
  'debusine:workflow-internal': { name: ['NAME', byName] },
};

/**
 * Takes a query apart.
 * @throws LookupError `invalid-lookup` for a form that collections of this category do not understand
 */
export function parseItemQuery(category: CollectionCategory, query: string): ItemQuery {
  const known = forms[category];
  const colon = query.indexOf(':');
  const word = query.slice(0, colon);
  const form = colon < 0 || !Object.hasOwn(known, word) ? undefined : known[word];
  const parsed = form?.[1](query.slice(colon + 1));
  if (parsed !== undefined && parsed !== null) return parsed;
  throw new LookupError('invalid-lookup', `${category} does not understand the query ${quote(query)}`, {
    hint: `known are ${Object.entries(known)
      .map(([name, [rest]]) => `${name}:${rest}`)
      .join(', ')}`,
  });
}
