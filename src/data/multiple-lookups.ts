/** Lookups that may find several things. Source: data-schemas.md 7.3. */
import * as v from 'valibot';
import { type ExpectedType, expectedTypes } from './enumerations.ts';
import {
  type AddIssue,
  dependingOn,
  lazily,
  list,
  mappingOf,
  oneOf,
  optional,
  orNull,
  parseEntries,
  refuseKey,
  type Schema,
  text,
} from './fields.ts';
import { isMapping } from './json.ts';
import { lookup, type SingleLookup } from './lookups.ts';
import { describe, quote } from './quote.ts';

const comparisons = ['contains', 'endswith', 'startswith'] as const;

/** A condition on a text. `exact` is written without suffix. */
export interface TextMatcher {
  readonly kind: 'exact' | (typeof comparisons)[number];
  readonly value: string;
}

/** A dictionary lookup: the active items of a collection for which all conditions hold, in the order of their ids. */
export interface ItemFilter {
  readonly collection: SingleLookup;
  readonly childType: ExpectedType;
  readonly category: string | null;
  readonly name: TextMatcher | null;
  /** Conditions on members of the per-item data, at most one for each key. */
  readonly data: readonly { readonly key: string; readonly matcher: TextMatcher }[];
}

/** One member of a multiple lookup. */
export type LookupMember =
  | { readonly kind: 'single'; readonly lookup: SingleLookup }
  | { readonly kind: 'filter'; readonly filter: ItemFilter };

type Mapping = Record<string, unknown>;

/** What a matcher key is about: `name`, or `data__KEY`; null if the key is none of these. */
function subjectOf(key: string): { readonly subject: string; readonly rest: readonly string[] } | null {
  const [first = '', ...rest] = key.split('__');
  if (first === 'name') return { subject: 'name', rest };
  const [member, ...suffix] = rest;
  return first === 'data' && member !== undefined ? { subject: `data__${member}`, rest: suffix } : null;
}

function parseMatcher(
  input: Mapping,
  key: string,
  suffix: readonly string[],
  addIssue: AddIssue,
): TextMatcher {
  const value = input[key];
  const [word] = suffix;
  const comparison = comparisons.find((known) => known === word);
  if (suffix.length > 1 || (word !== undefined && comparison === undefined)) {
    const said = quote(suffix.join('__'));
    refuseKey(addIssue, input, key, `${said} is not a comparison; known are ${comparisons.join(', ')}`);
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    refuseKey(addIssue, input, key, `must be a text to compare with, not ${describe(value)}`);
  }
  return { kind: comparison ?? 'exact', value: String(value) };
}

function parseFilter(input: Mapping, addIssue: AddIssue): ItemFilter {
  const fixed: [string, unknown][] = [];
  const matchers = new Map<string, { readonly key: string; readonly matcher: TextMatcher }>();
  for (const [key, value] of Object.entries(input)) {
    const parsed = subjectOf(key);
    if (parsed === null) {
      fixed.push([key, value]);
      continue;
    }
    const { subject, rest } = parsed;
    if (subject === 'data__') refuseKey(addIssue, input, key, 'names no key of the data');
    const other = matchers.get(subject);
    if (other !== undefined)
      refuseKey(addIssue, input, key, `contradicts ${quote(other.key)}: only one may be given`);
    matchers.set(subject, { key, matcher: parseMatcher(input, key, rest, addIssue) });
  }
  const entries = {
    collection: lookup(),
    child_type: optional(oneOf(expectedTypes), 'artifact'),
    category: orNull(text()),
  };
  const { collection, child_type, category } = parseEntries(entries, Object.fromEntries(fixed), addIssue);
  return {
    collection,
    childType: child_type,
    category,
    name: matchers.get('name')?.matcher ?? null,
    data: [...matchers]
      .filter(([subject]) => subject !== 'name')
      .map(([subject, { matcher }]) => ({ key: subject.slice('data__'.length), matcher })),
  };
}

const filter = lazily(() =>
  v.pipe(
    mappingOf(parseFilter),
    v.transform((parsed): LookupMember => ({ kind: 'filter', filter: parsed })),
  ),
);

const single = lazily(() =>
  v.pipe(
    lookup(),
    v.transform((parsed): LookupMember => ({ kind: 'single', lookup: parsed })),
  ),
);

const members = lazily(() => list(dependingOn((value) => (isMapping(value) ? filter() : single()))));

const onlyFilter = lazily(() =>
  v.pipe(
    filter(),
    v.transform((member): readonly LookupMember[] => [member]),
  ),
);

const neither = lazily(() =>
  v.custom<readonly LookupMember[]>(
    () => false,
    ({ input }) => `must be a list of lookups or a mapping that describes one, not ${describe(input)}`,
  ),
);

/**
 * A stored multiple lookup: a list whose members are single lookups and dictionary lookups, or one dictionary
 * lookup. Gives its members in order.
 */
export function lookups(): Schema<readonly LookupMember[]> {
  return dependingOn((value) =>
    Array.isArray(value) ? members() : isMapping(value) ? onlyFilter() : neither(),
  );
}
