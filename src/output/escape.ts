/**
 * Text from outside (names, comments, task data) made harmless before it reaches a terminal or a reader of lines.
 * Source: cli.md 4.3, 5.6.
 */

/**
 * What must never be written as it is: control characters (C0, DEL, C1, and with them every escape sequence),
 * characters that reorder or hide the text around them, line and paragraph separators, half surrogate pairs.
 * The backslash is among them because the escapes begin with it.
 */
const unsafe = /[\p{Cc}\p{Cs}\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Nothing of that in it. Nearly every text is such a one, and the other patterns take long to compile. */
const harmless = /^[\x20-\x5b\x5d-\x7e]*$/;

const unsafeExceptBackslash = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

const shortForms: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\\', '\\\\'],
]);

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return shortForms.get(character) ?? (code <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
}

/**
 * The text on one line with nothing in it that a terminal would act upon: `\n`, `\t`, `\r`, `\\`, `\xNN`, `\u{…}`.
 * For tables and for values quoted in messages.
 */
export function escapeText(text: string): string {
  return harmless.test(text) ? text : text.replace(unsafe, escapeCharacter);
}

/** As escapeText, but a backslash stays single: for text that has an escaping of its own, such as JSON. */
export function escapeControls(text: string): string {
  return harmless.test(text) ? text : text.replace(unsafeExceptBackslash, escapeCharacter);
}

/**
 * One value of plain output (cli.md 4.3): escaped, `""` for the empty text, `-` for what is absent. A text that looks
 * like one of these two marks has its first character escaped, and blanks at the ends are written as `\x20`, so that
 * a reader can tell them all apart and no line ends in a blank.
 */
export function plainText(text: string | null | undefined): string {
  if (text === null || text === undefined) return '-';
  if (text === '') return '""';
  if (text === '-') return '\\x2d';
  if (text === '""') return '\\x22"';
  const escaped = escapeText(text);
  if (!escaped.startsWith(' ') && !escaped.endsWith(' ')) return escaped;
  return escaped.replace(/^ +| +$/g, (blanks) => '\\x20'.repeat(blanks.length));
}
