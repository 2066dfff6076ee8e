import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/data/json.ts';
import { checkStaticMetadata, mergeMetadata } from '../../src/data/worker-metadata.ts';
import { problemsThrownBy } from './refusals.ts';
import { readVectors } from './vectors.ts';

interface MergeCase {
  readonly static: JsonObject;
  readonly dynamic: JsonObject;
  readonly merged: JsonObject;
}

describe('known answers about merged metadata', () => {
  test.each(readVectors<MergeCase>('metadata-merge'))('case $id', (given) => {
    const before = JSON.stringify(given);
    const merged = mergeMetadata(given);
    expect(merged).toEqual(given.merged);
    expect(Object.keys(merged).sort()).toEqual(Object.keys(given.merged).sort());
    expect(JSON.stringify(given)).toBe(before);
  });
});

test('merged metadata shares nothing with what it was made of', () => {
  const inner = { list: [{ deep: 1 }] };
  const merged = mergeMetadata({ static: { a: inner }, dynamic: { b: inner } });
  expect(merged).toEqual({ a: inner, b: inner });
  expect(merged['a']).not.toBe(inner);
  expect(merged['a']).not.toBe(merged['b']);
});

test('metadata of any depth is merged', () => {
  let deep: JsonObject = {};
  for (let depth = 0; depth < 100_000; depth += 1) deep = { deep };
  expect(Object.keys(mergeMetadata({ static: deep, dynamic: { other: 1 } }))).toEqual(['other', 'deep']);
});

describe('static metadata', () => {
  const lines = (metadata: unknown) =>
    problemsThrownBy(() => checkStaticMetadata(metadata))?.['static_metadata'];

  test('may hold anything under unknown keys', () => {
    expect(lines({})).toBeUndefined();
    expect(
      lines({ anything: [1, { x: null }], tasks_allowlist: [], tasks_denylist: ['sbuild'] }),
    ).toBeUndefined();
  });

  test('must hold lists of texts where the scheduler reads them', () => {
    expect(lines({ tasks_denylist: 'sbuild', 'system:architectures': ['amd64', 5] })).toEqual([
      'tasks_denylist: must be a list, not "sbuild"',
      'system:architectures.1: must be text, not 5',
    ]);
  });

  test('must be a mapping', () => {
    expect(lines(null)).toEqual(['must be a mapping, not null']);
  });
});
