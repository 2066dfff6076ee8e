import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeControls, escapeText, plainText } from '../../src/output/escape.ts';

const dangerous = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('escapeText', () => {
  test.each([
    ['an ordinary name', 'an ordinary name'],
    ['café 漢字 😀', 'café 漢字 😀'],
    ['two\nlines\tand\rmore', String.raw`two\nlines\tand\rmore`],
    ['C:\\temp', String.raw`C:\\temp`],
    ['\x1b[31mred\x1b[0m', String.raw`\x1b[31mred\x1b[0m`],
    ['\x1b]8;;http://x\x07link', String.raw`\x1b]8;;http://x\x07link`],
    ['\0\x7f\x80\x9b', String.raw`\x00\x7f\x80\x9b`],
    ['a\u202eb\u2066c\u200f\u061c', String.raw`a\u{202e}b\u{2066}c\u{200f}\u{61c}`],
    ['a\u2028b\u2029c', String.raw`a\u{2028}b\u{2029}c`],
    ['half \ud800 pair', String.raw`half \u{d800} pair`],
  ])('writes %j as %s', (text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });

  test('leaves nothing that a terminal would act upon, and no two texts the same', () => {
    const tricky = fc.string({
      unit: fc.constantFrom('\\', 'n', 'x', '1', 'b', '\n', '\x1b', '{', '\u202e', 'é'),
    });
    fc.assert(
      fc.property(tricky, tricky, (a, b) => {
        expect(escapeText(a)).not.toMatch(dangerous);
        expect(escapeText(a) === escapeText(b)).toBe(a === b);
      }),
    );
  });
});

test('escapeControls leaves backslashes as they are', () => {
  expect(escapeControls('{"a":"\\n"}\u001b')).toBe(String.raw`{"a":"\n"}\x1b`);
});

describe('plainText', () => {
  test.each([
    [null, '-'],
    [undefined, '-'],
    ['', '""'],
    ['-', String.raw`\x2d`],
    ['""', String.raw`\x22"`],
    ['--', '--'],
    ['a b', 'a b'],
    ['  a b ', String.raw`\x20\x20a b\x20`],
    [' ', String.raw`\x20`],
    ['a\n', String.raw`a\n`],
  ])('writes %j as %s', (text, expected) => {
    expect(plainText(text)).toBe(expected);
  });
});
