import { describe, expect, test } from 'vitest';
import { readWorkflowData, storedWorkflowData } from '../../src/data/workflow-data.ts';
import { mergeWorkflowData, overriddenKeys } from '../../src/data/workflow-merge.ts';
import type { JsonObject } from '../../src/data/json.ts';
import { problemsThrownBy } from './refusals.ts';
import { mayBeRefused, readVectors } from './vectors.ts';

interface DataCase {
  readonly data: unknown;
  readonly valid: boolean;
  readonly fault?: readonly string[];
}

describe('known answers about workflow data', () => {
  test.each(readVectors<DataCase>('workflow-data'))('case $id', (given) => {
    const lines = problemsThrownBy(() => readWorkflowData(given.data))?.['workflow_data'];
    if (given.valid && lines !== undefined && mayBeRefused(given)) return;
    expect(lines === undefined).toBe(given.valid);
    for (const path of given.fault ?? []) expect((lines ?? []).join('\n')).toContain(path);
  });
});

interface MergeCase {
  readonly template_data: JsonObject;
  readonly user_data: JsonObject;
  readonly merged: JsonObject;
}

describe('known answers about merging', () => {
  test.each(readVectors<MergeCase>('workflow-merge'))('case $id', ({ template_data, user_data, merged }) => {
    const result = mergeWorkflowData({ template: template_data, user: user_data });
    expect(result).toEqual(merged);
    expect(Object.keys(result).sort()).toEqual(Object.keys(merged).sort());
  });
});

test('the keys that the template overrides are told in the order of the user', () => {
  expect(overriddenKeys({ template: { a: null, b: 1, z: 1 }, user: { b: 2, x: 1, a: 1 } })).toEqual([
    'b',
    'a',
  ]);
  expect(overriddenKeys({ template: {}, user: { constructor: 1 } })).toEqual([]);
});

test('an empty column means no workflow data, and the reverse', () => {
  expect(readWorkflowData({})).toBeNull();
  expect(storedWorkflowData(null)).toEqual({});
});

test('defaults are read, but not stored', () => {
  const given = { display_name: 'Build', step: 'build' };
  expect(readWorkflowData(given)).toEqual({ ...given, allow_failure: false, group: null });
  expect(storedWorkflowData(given)).toEqual(given);
  expect(storedWorkflowData({ ...given, allow_failure: false, group: null })).toEqual({
    ...given,
    allow_failure: false,
    group: null,
  });
});

test('display name and step are required as soon as there is anything', () => {
  expect(problemsThrownBy(() => readWorkflowData({ allow_failure: true }))).toEqual({
    workflow_data: ['"display_name" is required', '"step" is required'],
  });
  expect(problemsThrownBy(() => readWorkflowData([]))).toEqual({
    workflow_data: ['must be a mapping, not a list'],
  });
});
