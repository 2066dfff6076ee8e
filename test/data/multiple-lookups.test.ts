import { describe, expect, test } from 'vitest';
import { lookups } from '../../src/data/multiple-lookups.ts';
import { parse } from '../../src/data/problems.ts';
import { problemsThrownBy } from './refusals.ts';

const stored = (value: unknown) => parse(lookups(), value, 'x');
const lines = (value: unknown) => problemsThrownBy(() => stored(value))?.['x'];
const plain = { childType: 'artifact', category: null, name: null, data: [] };

test('a list gives its members in order', () => {
  expect(stored([1, '2@artifacts', { collection: 'c@debian:suite' }, '3'])).toEqual([
    { kind: 'single', lookup: 1 },
    { kind: 'single', lookup: '2@artifacts' },
    { kind: 'filter', filter: { ...plain, collection: 'c@debian:suite' } },
    { kind: 'single', lookup: 3 },
  ]);
});

test('one mapping counts as a list of one', () => {
  expect(stored({ collection: 7, child_type: 'any', category: 'debian:binary-package' })).toEqual([
    {
      kind: 'filter',
      filter: { ...plain, collection: 7, childType: 'any', category: 'debian:binary-package' },
    },
  ]);
});

test('conditions are read with their comparison', () => {
  const [member] = stored({
    collection: 'c',
    name__startswith: 'lib',
    data__package: 'x',
    data__version__endswith: 5,
    data__contains: 'a key that is called like a comparison',
    data__srcpkg_name__contains: true,
  });
  expect(member).toEqual({
    kind: 'filter',
    filter: {
      ...plain,
      collection: 'c',
      name: { kind: 'startswith', value: 'lib' },
      data: [
        { key: 'package', matcher: { kind: 'exact', value: 'x' } },
        { key: 'version', matcher: { kind: 'endswith', value: '5' } },
        { key: 'contains', matcher: { kind: 'exact', value: 'a key that is called like a comparison' } },
        { key: 'srcpkg_name', matcher: { kind: 'contains', value: 'true' } },
      ],
    },
  });
});

test.each([5, '5@artifacts', null, true])('%j alone is refused', (value) => {
  expect(lines(value)).toHaveLength(1);
});

describe('a mapping is refused', () => {
  test.each([
    [{}, '"collection" is required'],
    [{ collection: null }, 'collection: must be a lookup'],
    [{ collection: 'c', bogus: 1 }, 'bogus: unknown key'],
    [{ collection: 'c', constructor: 1 }, 'constructor: unknown key'],
    [
      { collection: 'c', child_type: 'widget' },
      'child_type: "widget" is not one of bare, artifact, collection, any',
    ],
    [{ collection: 'c', child_type: null }, 'child_type: null is not one of'],
    [{ collection: 'c', category: 5 }, 'category: must be text'],
    [{ collection: 'c', name: 'a', name__contains: 'b' }, 'name__contains: contradicts "name"'],
    [{ collection: 'c', data__a__contains: 'a', data__a: 'b' }, 'data__a: contradicts "data__a__contains"'],
    [{ collection: 'c', name__exact: 'b' }, 'name__exact: "exact" is not a comparison'],
    [{ collection: 'c', name__: 'b' }, 'name__: "" is not a comparison'],
    [
      { collection: 'c', data__a__b__contains: 'x' },
      'data__a__b__contains: "b__contains" is not a comparison',
    ],
    [{ collection: 'c', data__a__toString: 'x' }, 'data__a__toString: "toString" is not a comparison'],
    [{ collection: 'c', data__: 'x' }, 'data__: names no key'],
    [{ collection: 'c', data: 'x' }, 'data: unknown key'],
    [{ collection: 'c', lookup__same_work_request: 1 }, 'lookup__same_work_request: unknown key'],
    [{ collection: 'c', data__a: ['x'] }, 'data__a: must be a text to compare with, not a list'],
  ])('%j: %s', (value, start) => {
    expect(lines(value)?.[0]).toContain(start);
    expect(lines([1, value])?.[0]).toContain(start.startsWith('"') ? '"1.collection"' : `1.${start}`);
  });
});

test('every problem of every member is reported', () => {
  expect(lines([null, {}, [1], { collection: 'c', x: 1, y: 2 }])).toHaveLength(5);
});
