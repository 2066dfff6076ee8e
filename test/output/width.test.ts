import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUndisputed, shorten, textWidth } from '../../src/output/width.ts';

test.each([
  ['', 0],
  ['plain', 5],
  ['café', 4],
  ['cafe\u0301', 4],
  ['漢字', 4],
  ['ひらがな', 8],
  ['한글', 4],
  ['ＡＢ', 4],
  ['ｱｲ', 2],
  ['😀', 2],
  ['👍🏽', 2],
  ['👨‍👩‍👧', 2],
  ['🇩🇪', 2],
  ['🇩', 1],
  ['❤️', 2],
  ['❤', 1],
  ['1️⃣', 2],
  ['שָׁלוֹם', 4],
  ['ก็', 1],
  ['a\u200bb', 2],
  ['…', 1],
  ['\u0301', 0],
  ['\u{20000}', 2],
])('%s takes %d columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

describe('shorten', () => {
  test.each([
    ['saturn', 6, '…', 'saturn'],
    ['saturn', 5, '…', 'satu…'],
    ['saturn', 5, '...', 'sa...'],
    ['saturn', 1, '…', '…'],
    ['saturn', 2, '...', '..'],
    ['saturn', 0, '…', ''],
    ['漢字漢字', 6, '…', '漢字…'],
    ['漢字漢字', 4, '…', '漢…'],
    ['cafe\u0301s de', 5, '…', 'cafe\u0301…'],
    ['ab👨‍👩‍👧cd', 5, '…', 'ab👨‍👩‍👧…'],
    ['ab👨‍👩‍👧cd', 4, '…', 'ab…'],
  ])('%s to %d columns with %s is %s', (text, width, ellipsis, expected) => {
    expect(shorten(text, width, ellipsis)).toBe(expected);
  });

  test('never takes more columns than it was given', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '漢', 'e\u0301', '😀', '\u200d', '\ufe0f', '❤', '🏽', '🇩'),
    });
    fc.assert(
      fc.property(text, fc.nat(12), (value, width) => {
        expect(textWidth(shorten(value, width, '…'))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

test('letters are undisputed; marks and emoji are not', () => {
  expect(['saturn', 'café', 'Ελλάδα', 'Москва', '漢字', '한글', 'cut…'].every(isUndisputed)).toBe(true);
  expect(['cafe\u0301', '😀', 'ก็', '\u200b'].some(isUndisputed)).toBe(false);
});
