import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { idRange, integerIn } from '../../../src/cli/values/integer.ts';

describe('a whole number', () => {
  const parse = integerIn({ least: -5, most: 10_000 });
  const what = { what: 'option --batch-size' };

  test.each([
    ['1', 1],
    ['10000', 10_000],
    ['-5', -5],
    ['007', 7],
    ['-0', 0],
  ])('%s in the range is taken', (text, value) => {
    expect(parse(text, what)).toBe(value);
  });

  test.each(['10001', '-6', '9'.repeat(400)])('%s outside of the range is refused', (text) => {
    expect(() => parse(text, what)).toThrow(UsageError);
    expect(() => parse(text, what)).toThrow('is not in the range -5 to 10000');
  });

  test.each(['', 'x', '1.0', '1e3', ' 1', '+1', '0x10', '1_000', '1\n'])(
    '%j is refused, naming the range',
    (text) => {
      expect(() => parse(text, what)).toThrow(UsageError);
      expect(() => parse(text, what)).toThrow(
        /^option --batch-size: ".*" is not a whole number, -5 to 10000$/,
      );
    },
  );
});

test('a number of a row begins at 1 and is at most what can be said exactly', () => {
  const parse = integerIn(idRange);
  expect(parse('9007199254740991', { what: 'N' })).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => parse('0', { what: 'N' })).toThrow('N: "0" is not in the range 1 or more');
  expect(() => parse('9007199254740992', { what: 'N' })).toThrow('is not in the range 1 or more');
});
