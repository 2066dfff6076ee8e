import { describe, expect, test } from 'vitest';
import {
  type EnvironmentFilter,
  isCollectionCategory,
  type ItemQuery,
  parseItemQuery,
} from '../../src/data/collection-queries.ts';
import { compareDebianVersions } from '../../src/data/debian-versions.ts';
import { LookupError } from '../../src/errors.ts';
import { refusalThrownBy } from './refusals.ts';
import { readVectorFile } from './vectors.ts';

interface Item {
  readonly name: string;
  readonly category: string;
  readonly data: Readonly<Record<string, string | null>>;
  readonly added: number;
  readonly removed: boolean;
}
interface QueryFile {
  readonly collections: Readonly<
    Record<string, { readonly category: string; readonly items: readonly Item[] }>
  >;
  readonly cases: readonly {
    readonly id: number;
    readonly collection: string;
    readonly query: string;
    readonly expected?: string | null;
    readonly error?: string;
  }[];
}

const { collections, cases } = readVectorFile<QueryFile>('collection-lookups');

function fitsEnvironment({ category, data }: Item, filter: EnvironmentFilter): boolean {
  const formats = { tarball: 'debian:system-tarball', image: 'debian:system-image' };
  const { format, ...members } = filter;
  return (
    (format === undefined || category === formats[format]) &&
    Object.entries(members).every(([key, value]) => data[key] === value)
  );
}

function fits(item: Item, query: ItemQuery): boolean {
  if (query.kind === 'name') return item.name === query.name;
  if (query.kind === 'environment') return fitsEnvironment(item, query.filter);
  const { kind, name, ...rest } = query;
  const category = kind.startsWith('source')
    ? 'debian:source-package'
    : kind.startsWith('binary')
      ? 'debian:binary-package'
      : 'debian:lintian';
  return (
    item.category === category &&
    item.data['package'] === name &&
    Object.entries(rest).every(([key, value]) => item.data[key] === value)
  );
}

/** Finds an item in memory: shows that a parsed query says all there is to know. */
function find(items: readonly Item[], query: ItemQuery): string | null {
  const byVersion = query.kind === 'source' || query.kind === 'binary';
  const [winner] = items
    .filter((item) => !item.removed && fits(item, query))
    .sort((a, b) =>
      byVersion ? compareDebianVersions(b.data['version'] ?? '', a.data['version'] ?? '') : b.added - a.added,
    );
  return winner?.name ?? null;
}

describe('known answers about queries', () => {
  test.each(cases)('case $id: $query on $collection', ({ collection, query, expected, error }) => {
    const { category, items } = collections[collection] ?? { category: '', items: [] };
    if (!isCollectionCategory(category)) expect.fail(`${category} has no manager`);
    if (error === undefined) {
      expect(find(items, parseItemQuery(category, query))).toBe(expected);
      return;
    }
    const refusal = refusalThrownBy(() => parseItemQuery(category, query));
    expect(refusal).toBeInstanceOf(LookupError);
    expect(refusal).toHaveProperty('kind', 'invalid-lookup');
  });
});

describe('parts between underscores', () => {
  test.each([
    ['source-version:a_b_c', { kind: 'source-version', name: 'a', version: 'b_c' }],
    ['source-version:_a_b', { kind: 'source-version', name: '_a', version: 'b' }],
    ['source-version:a__', { kind: 'source-version', name: 'a', version: '_' }],
    ['binary-version:a__b_c_d', { kind: 'binary-version', name: 'a', version: '_b', architecture: 'c_d' }],
  ])('%s is %j', (query, expected) => {
    expect(parseItemQuery('debian:suite', query)).toEqual(expected);
  });

  test.each([
    'source-version:a_',
    'source-version:_a',
    'source-version:__',
    'binary-version:a_b_',
    'binary-version:a__b',
  ])('%s is malformed', (query) => {
    expect(() => parseItemQuery('debian:suite', query)).toThrow(LookupError);
  });
});

describe('filters for environments', () => {
  const filterOf = (text: string) => parseItemQuery('debian:environments', `match:${text}`);

  test('keep the last of equal keys, and no unknown ones', () => {
    expect(filterOf('codename=a:codename=b:size=5:backend=qemu')).toEqual({
      kind: 'environment',
      filter: { codename: 'b' },
    });
    expect(filterOf('format=image:format=iso:variant=x:variant=')).toEqual({
      kind: 'environment',
      filter: { variant: null },
    });
  });

  test('split at the first equals sign', () => {
    expect(filterOf('codename=a=b:architecture=')).toEqual({
      kind: 'environment',
      filter: { codename: 'a=b', architecture: '' },
    });
  });

  test.each(['codename', 'codename=x:', ':codename=x', 'codename=x:y'])('%j is malformed', (text) => {
    expect(() => filterOf(text)).toThrow(LookupError);
  });
});

test('a refused query comes with the forms that are known', () => {
  expect(refusalThrownBy(() => parseItemQuery('debian:suite-lintian', 'constructor:x'))).toMatchObject({
    message: 'debian:suite-lintian does not understand the query "constructor:x"',
    hint: 'known are name:NAME, latest:NAME_ARCHITECTURE, version:NAME_VERSION_ARCHITECTURE',
  });
});
