import { describe, expect, test } from 'vitest';
import type { ExpectedType } from '../../src/data/enumerations.ts';
import { parseLookup, lookup } from '../../src/data/lookups.ts';
import { isCollectionCategory, parseItemQuery } from '../../src/data/collection-queries.ts';
import { parse } from '../../src/data/problems.ts';
import { LookupError } from '../../src/errors.ts';
import { problemsThrownBy, refusalThrownBy } from './refusals.ts';
import { readVectorFile } from './vectors.ts';

interface Expectation {
  readonly result_type: string;
  readonly artifact: string | null;
  readonly collection: string | null;
}
interface Item {
  readonly name: string;
  readonly artifact: string;
  readonly source?: readonly [string, string];
}
interface Collection {
  readonly key: string;
  readonly name: string;
  readonly category: string;
  readonly items: readonly Item[];
}
interface LookupCase {
  readonly id: number;
  readonly lookup: string | number | { readonly id_of: string };
  readonly expect_type: ExpectedType;
  readonly default_category: string | null;
  readonly in_workflow: boolean;
  readonly expected?: Expectation;
  readonly error?: LookupError['kind'];
}
interface LookupFile {
  readonly world: {
    readonly collections: readonly Collection[];
    readonly loose_artifacts: readonly string[];
  };
  readonly cases: readonly LookupCase[];
}

const { world, cases } = readVectorFile<LookupFile>('lookup-strings');
const ids = new Map(
  [...world.collections.map(({ key }) => key), ...world.loose_artifacts].map((key, n) => [key, n + 1]),
);

/** A resolution over the vector's world in memory: shows that what the parser gives is enough to find things. */
function resolve(given: LookupCase): Expectation {
  const raw = given.lookup;
  const stored =
    typeof raw === 'object'
      ? (ids.get(raw.id_of) ?? 0)
      : typeof raw === 'number'
        ? raw
        : raw.replace(/\{id:([^}]*)\}/, (_, handle: string) => String(ids.get(handle)));
  const notFound = new LookupError('not-found', 'nothing there');
  const invalid = new LookupError('invalid-lookup', 'of another kind');
  const { start, queries } = parseLookup(stored, {
    expected: given.expect_type,
    defaultCategory: given.default_category,
  });

  let artifact: string | undefined;
  let collection: Collection | undefined;
  if (start.kind === 'artifact') artifact = world.loose_artifacts.find((key) => ids.get(key) === start.id);
  else if (start.kind === 'collection')
    collection = world.collections.find(({ key }) => ids.get(key) === start.id);
  else if (start.kind === 'named-collection') {
    collection = world.collections.find(
      ({ name, category }) => name === start.name && category === start.category,
    );
  } else {
    if (!given.in_workflow) throw invalid;
    collection = world.collections.find(({ name }) => name === 'INTERNAL');
  }
  if (artifact === undefined && collection === undefined) throw notFound;
  for (const text of queries) {
    if (collection === undefined || !isCollectionCategory(collection.category)) throw invalid;
    const query = parseItemQuery(collection.category, text);
    const item = collection.items.find(({ name, source }) =>
      query.kind === 'name' ? name === query.name : query.kind === 'source' && source?.[0] === query.name,
    );
    if (item === undefined) throw notFound;
    artifact = item.artifact;
    collection = undefined;
  }
  const type = artifact === undefined ? 'collection' : 'artifact';
  if (given.expect_type !== 'any' && given.expect_type !== type) throw invalid;
  return { result_type: type, artifact: artifact ?? null, collection: collection?.key ?? null };
}

describe('known answers about lookups', () => {
  test.each(cases)('case $id: $lookup', (given) => {
    if (given.error === undefined) {
      expect(resolve(given)).toEqual(given.expected);
      return;
    }
    const refusal = refusalThrownBy(() => resolve(given));
    expect(refusal).toBeInstanceOf(LookupError);
    expect(refusal).toHaveProperty('kind', given.error);
  });
});

describe('a lookup', () => {
  test('may have a name with "@" in it, but a category without', () => {
    expect(parseLookup('a@b@debian:suite/x/source:y')).toEqual({
      start: { kind: 'named-collection', name: 'a@b', category: 'debian:suite' },
      queries: ['name:x', 'source:y'],
    });
  });

  test('takes only ASCII digits for an id', () => {
    expect(parseLookup('007@artifacts').start).toEqual({ kind: 'artifact', id: 7 });
    expect(parseLookup('٣@artifacts').start).toEqual({
      kind: 'named-collection',
      name: '٣',
      category: 'artifacts',
    });
    expect(parseLookup(' 3@artifacts').start).toEqual({
      kind: 'named-collection',
      name: ' 3',
      category: 'artifacts',
    });
  });

  test('of a number larger than any id finds nothing', () => {
    expect(refusalThrownBy(() => parseLookup('99999999999999999999@artifacts'))).toHaveProperty(
      'kind',
      'not-found',
    );
    expect(refusalThrownBy(() => parseLookup(1e20, { expected: 'collection' }))).toHaveProperty(
      'kind',
      'not-found',
    );
  });

  test('that is a number must be known to mean an artifact or a collection', () => {
    expect(parseLookup(5, { expected: 'collection' }).start).toEqual({ kind: 'collection', id: 5 });
    expect(refusalThrownBy(() => parseLookup(5))).toHaveProperty('kind', 'invalid-lookup');
    expect(refusalThrownBy(() => parseLookup(1.5, { expected: 'artifact' }))).toHaveProperty(
      'kind',
      'invalid-lookup',
    );
  });

  test('without a category says how to name one', () => {
    expect(refusalThrownBy(() => parseLookup('debian'))?.message).toBe('"debian" names no category');
  });
});

describe('a stored lookup', () => {
  const stored = (value: unknown) => parse(lookup(), value, 'x');

  test('is a number where its text holds one', () => {
    expect(['12', ' +12 ', '-3', '12@artifacts', '1_0', '', '1.0', 12].map(stored)).toEqual([
      12,
      12,
      -3,
      '12@artifacts',
      '1_0',
      '',
      '1.0',
      12,
    ]);
  });

  test.each([null, true, 1.5, [], {}, Number.NaN])('is not %j', (value) => {
    expect(problemsThrownBy(() => stored(value))?.['x']?.[0]).toContain('must be a lookup');
  });
});
