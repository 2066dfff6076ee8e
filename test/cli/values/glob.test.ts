import { expect, test } from 'vitest';
import { likeContaining, likePattern } from '../../../src/cli/values/glob.ts';

test.each([
  ['saturn', 'saturn'],
  ['build*', 'build%'],
  ['*-arm64-*', '%-arm64-%'],
  ['100%', String.raw`100\%`],
  ['a_b', String.raw`a\_b`],
  ['a\\b', String.raw`a\\b`],
  ['', ''],
  ['a?[b]', 'a?[b]'],
])('%j as a whole is the pattern %s', (text, pattern) => {
  expect(likePattern(text)).toBe(pattern);
  expect(likeContaining(text)).toBe(`%${pattern}%`);
});
