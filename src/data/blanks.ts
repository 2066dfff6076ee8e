/**
 * Blanks as the original's language defines them. JavaScript's `trim` and `\s` differ: they know U+FEFF, but
 * neither U+001C to U+001F nor U+0085.
 */

const blank = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const blankCharacter = new RegExp(`[${blank}]`, 'u');
const word = new RegExp(`[^${blank}]+`, 'gu');

/** Whether the text has a blank anywhere. */
export function hasBlank(text: string): boolean {
  return blankCharacter.test(text);
}

/** The text without blanks at its two ends. Takes time linear in the length, whatever the text. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && blankCharacter.test(text.charAt(start))) start += 1;
  while (end > start && blankCharacter.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** The words between the blanks, in order; an empty list if there are none. */
export function words(text: string): readonly string[] {
  return text.match(word) ?? [];
}
