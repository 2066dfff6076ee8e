/**
 * How many columns of a terminal a text takes. Done by hand: a segmenter of the platform costs more start-up time
 * than everything else the table needs. Input has no control characters (see escape.ts).
 */

const ascii = /^[\x20-\x7e]*$/;

/** Classes of characters. Made when a text has others than ASCII: they take long to compile. */
function makeClasses() {
  return {
    /** Marks that sit on the character before them, and characters without a shape. */
    zeroWidth: /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u,
    emojiPresentation: /^\p{Emoji_Presentation}$/u,
    regionalIndicator: /^\p{Regional_Indicator}$/u,
    skinTone: /^\p{Emoji_Modifier}$/u,
  };
}

let classes: ReturnType<typeof makeClasses> | undefined;

/** East Asian wide and fullwidth ranges, ascending. */
const wideRanges = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f251],
  [0x20000, 0x3fffd],
] as const;

/** Letters that every library for widths agrees about. */
const undisputed =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0556\u1e00-\u1fff\u2010-\u2027\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*$/;

/** Whether the text has only characters whose width cli-table3 counts as we do. */
export function isUndisputed(text: string): boolean {
  return undisputed.test(text);
}

/** The number of columns the text takes: East Asian wide characters and emoji two, combining marks none. */
export function textWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const cluster of clusters(text)) width += cluster.width;
  return width;
}

/**
 * The text cut to at most `width` columns, ending in the ellipsis when something was cut; unchanged when it fits.
 * Never cuts between a character and its marks.
 */
export function shorten(text: string, width: number, ellipsis: string): string {
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(ellipsis);
  if (room < 0) return ellipsis.slice(0, width);
  let kept = '';
  let used = 0;
  for (const cluster of clusters(text)) {
    if (used + cluster.width > room) break;
    kept += cluster.text;
    used += cluster.width;
  }
  return kept + ellipsis;
}

interface Cluster {
  readonly text: string;
  readonly width: number;
}

/** The text in pieces that must stay together, each with its width. */
function* clusters(text: string): Generator<Cluster> {
  const { zeroWidth, skinTone, regionalIndicator } = (classes ??= makeClasses());
  let piece = '';
  let width = 0;
  let joined = false;
  let openFlag = false;
  for (const character of text) {
    const attaches = joined || character === '\ufe0f' || zeroWidth.test(character);
    if (piece !== '' && (attaches || (width === 2 && skinTone.test(character)))) {
      piece += character;
      // The variation selector asks for the picture instead of the text sign: two columns.
      if (character === '\ufe0f') width = 2;
      joined = character === '\u200d' && width === 2;
      continue;
    }
    if (openFlag && regionalIndicator.test(character)) {
      piece += character;
      width = 2;
      openFlag = false;
      continue;
    }
    if (piece !== '') yield { text: piece, width };
    piece = character;
    width = attaches ? 0 : characterWidth(character);
    joined = false;
    openFlag = regionalIndicator.test(character);
  }
  if (piece !== '') yield { text: piece, width };
}

function characterWidth(character: string): number {
  const { emojiPresentation, regionalIndicator } = (classes ??= makeClasses());
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x1100) return 1;
  if (wideRanges.some(([first, last]) => code >= first && code <= last)) return 2;
  return emojiPresentation.test(character) && !regionalIndicator.test(character) ? 2 : 1;
}
