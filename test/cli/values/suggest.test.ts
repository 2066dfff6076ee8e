import { describe, expect, test } from 'vitest';
import { closest } from '../../../src/cli/values/suggest.ts';

const commands = [
  'create-token',
  'create-user',
  'create-worker',
  'list-tokens',
  'list-workers',
  'show-worker',
  'vacuum-storage',
];

describe('closest', () => {
  test.each([
    ['list_worker', 'list-workers'],
    ['list-worker', 'list-workers'],
    ['list_workers', 'list-workers'],
    ['LIST-WORKERS', 'list-workers'],
    ['create-tokn', 'create-token'],
    ['create-tokens', 'create-token'],
    ['craete-token', 'create-token'],
    ['vacuum', 'vacuum-storage'],
    ['shwo-wroker', 'show-worker'],
  ])('finds for %s first %s', (word, name) => {
    expect(closest(word, commands)[0]).toBe(name);
  });

  test('finds options with letters swapped', () => {
    expect(closest('--workpsace', ['--workspace', '--worker', '--work-request'])).toEqual(['--workspace']);
  });

  test('finds names within two edits', () => {
    expect(closest('alicia', ['alice', 'bob', 'alina'])).toEqual(['alice', 'alina']);
    expect(closest('alicia', ['albert'])).toEqual([]);
  });

  test('gives at most three, the best first, in the order of the names where they are equal', () => {
    expect(closest('create', commands)).toEqual(['create-token', 'create-user', 'create-worker']);
    expect(closest('worker1', ['worker22', 'worker2', 'worker', 'worker3', 'worker4'])).toEqual([
      'worker2',
      'worker',
      'worker3',
    ]);
  });

  test('does not take every short word for every other', () => {
    expect(closest('qa', ['ci', 'qb', 'q', 'x'])).toEqual(['qb']);
    expect(closest('a', ['b', 'ab', 'abc'])).toEqual([]);
  });

  test('has nothing to say about nothing', () => {
    expect(closest('', commands)).toEqual([]);
    expect(closest('nosuch', [])).toEqual([]);
    expect(closest('nosuch', commands)).toEqual([]);
  });

  test('names each name once', () => {
    expect(closest('alise', ['alice', 'alice'])).toEqual(['alice']);
  });
});
