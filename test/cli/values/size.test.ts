import { expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { parseSize } from '../../../src/cli/values/size.ts';

const what = { what: 'option --min-size' };

test.each([
  ['0', 0],
  ['1000', 1000],
  ['1K', 1024],
  ['1.5K', 1536],
  ['10M', 10 * 1024 ** 2],
  ['1G', 1024 ** 3],
  ['2T', 2 * 1024 ** 4],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
])('%s is %d bytes', (text, bytes) => {
  expect(parseSize(text, what)).toBe(bytes);
});

test.each([
  ['-1', '"-1" is negative'],
  ['-1K', '"-1K" is negative'],
  ['1.5', '"1.5" is not a whole number of bytes'],
  ['0.3K', '"0.3K" is not a whole number of bytes'],
  ['9007199254740992', '"9007199254740992" is too large'],
  ['9999999T', '"9999999T" is too large'],
  ['1k', '"1k" is not a size'],
  ['1KiB', '"1KiB" is not a size'],
  ['1 K', '"1 K" is not a size'],
  ['K', '"K" is not a size'],
  ['1e3', '"1e3" is not a size'],
  ['', 'the size is empty'],
])('%j is refused', (text, problem) => {
  expect(() => parseSize(text, what)).toThrow(UsageError);
  expect(() => parseSize(text, what)).toThrow(
    expect.objectContaining({
      message: `option --min-size: ${problem}`,
      hint: 'give bytes (1000), or a number with K, M, G or T (1.5G), which are powers of 1024',
    }),
  );
});
