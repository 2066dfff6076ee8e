/**
 * Single lookups: what one names, read from its text or number alone. Finding it in a database is another
 * matter. Source: data-schemas.md 7.1.
 */
import * as v from 'valibot';
import { LookupError } from '../errors.ts';
import { trimBlanks } from './blanks.ts';
import type { ExpectedType } from './enumerations.ts';
import type { Schema } from './fields.ts';
import { describe, quote } from './quote.ts';

/** A lookup as it is stored. */
export type SingleLookup = number | string;

/** The thing that the first segment denotes. */
export type LookupStart =
  | { readonly kind: 'artifact'; readonly id: number }
  | { readonly kind: 'collection'; readonly id: number }
  /** The internal collection of the root of the workflow in whose behalf the lookup is made. */
  | { readonly kind: 'internal-collection' }
  | { readonly kind: 'named-collection'; readonly name: string; readonly category: string };

/** A lookup taken apart. */
export interface ParsedLookup {
  readonly start: LookupStart;
  /**
   * One query for each further segment, in order, with `name:` put before a segment that has no colon. What
   * forms a query may have depends on the category of the collection reached: see collection-queries.ts.
   */
  readonly queries: readonly string[];
}

/** What is known about the place where the lookup stands. */
export interface LookupContext {
  /** What the lookup should give; decides what a number means. */
  readonly expected?: ExpectedType | undefined;
  /** Category of a collection that is given by its bare name. */
  readonly defaultCategory?: string | null | undefined;
}

const byNumber = /^([0-9]+)@(artifacts|collections)$/;

function byId(kind: 'artifact' | 'collection', id: number): LookupStart {
  if (Number.isSafeInteger(id)) return { kind, id };
  throw new LookupError('not-found', `there is no ${kind} ${id}: no ${kind} has a number that large`);
}

function parseNumber(id: number, expected: ExpectedType | undefined): LookupStart {
  if (!Number.isInteger(id)) throw new LookupError('invalid-lookup', `${id} is not the number of anything`);
  if (expected === 'artifact' || expected === 'collection') return byId(expected, id);
  throw new LookupError(
    'invalid-lookup',
    `the lookup ${id} does not say whether it is an artifact or a collection`,
    {
      hint: `${id}@artifacts or ${id}@collections`,
    },
  );
}

function parseStart(segment: string, defaultCategory: string | null | undefined): LookupStart {
  const [, id, table] = byNumber.exec(segment) ?? [];
  if (id !== undefined) return byId(table === 'artifacts' ? 'artifact' : 'collection', Number(id));
  if (segment === 'internal@collections') return { kind: 'internal-collection' };
  // The last "@" splits: names may contain one, categories do not.
  const split = segment.lastIndexOf('@');
  if (split >= 0) {
    return { kind: 'named-collection', name: segment.slice(0, split), category: segment.slice(split + 1) };
  }
  if (typeof defaultCategory === 'string') {
    return { kind: 'named-collection', name: segment, category: defaultCategory };
  }
  throw new LookupError('invalid-lookup', `${quote(segment)} names no category`, {
    hint: 'write NAME@CATEGORY, or say which category is meant by default',
  });
}

/**
 * Takes a lookup apart.
 * @throws LookupError `invalid-lookup` for an empty text, a name without category, or a number where it is not
 *   known whether an artifact or a collection is expected; `not-found` for a number larger than any id
 */
export function parseLookup(lookup: SingleLookup, context: LookupContext = {}): ParsedLookup {
  if (typeof lookup === 'number') return { start: parseNumber(lookup, context.expected), queries: [] };
  if (lookup === '') throw new LookupError('invalid-lookup', 'the lookup is empty');
  const [first = '', ...rest] = lookup.split('/');
  const start = parseStart(first, context.defaultCategory);
  return { start, queries: rest.map((segment) => (segment.includes(':') ? segment : `name:${segment}`)) };
}

// Far more digits than any id has, few enough to stay finite.
const decimal = /^[+-]?[0-9]{1,300}$/;

/** A stored lookup: a number or a text. A text that holds a whole number is taken for the number. */
export function lookup(): Schema<SingleLookup> {
  return v.pipe(
    v.custom<SingleLookup>(
      (value) => typeof value === 'string' || Number.isInteger(value),
      ({ input }) => `must be a lookup (a text or a number), not ${describe(input)}`,
    ),
    v.transform((value) => {
      if (typeof value === 'number') return value;
      const trimmed = trimBlanks(value);
      return decimal.test(trimmed) ? Number(trimmed) : value;
    }),
  );
}
