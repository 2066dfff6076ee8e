/**
 * Scalars of YAML 1.1 as PyYAML writes them. The original prints YAML with that library's defaults, and under the
 * original's command names our output must equal its output byte by byte (cli.md 6.4), so the choice of quotes, the
 * escapes and the places where long text is folded follow the library's rules. The `yaml` package knows only its own.
 */

/** What differs between the original's YAML and ours. */
export interface YamlStyle {
  /** Whether characters other than ASCII are written as escapes. */
  readonly ascii: boolean;
  /** Column after which long text goes on in the next line; Infinity keeps every text on one. */
  readonly foldAfter: number;
  /** Texts that a reader would take for something else than text, so that they need quotes. */
  readonly reserved: RegExp;
  /** Whether text of several lines is written as a literal block, which is easier to edit. */
  readonly literals: boolean;
}

const words = [
  '',
  '~',
  '<<',
  '=',
  ...['null', 'true', 'false', 'yes', 'no', 'on', 'off'].flatMap((word) => [
    word,
    word.toUpperCase(),
    word.charAt(0).toUpperCase() + word.slice(1),
  ]),
].join('|');

/** Numbers of YAML 1.1: underscores, binary, octal with a leading zero, hexadecimal, base 60. */
const numbers11 = [
  String.raw`[-+]?0b[01_]+`,
  String.raw`[-+]?0[0-7_]+`,
  String.raw`[-+]?0x[\da-fA-F_]+`,
  String.raw`[-+]?(?:0|[1-9][\d_]*)`,
  String.raw`[-+]?[1-9][\d_]*(?::[0-5]?\d)+`,
  String.raw`[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?`,
  String.raw`\.\d[\d_]*(?:[eE][-+]\d+)?`,
  String.raw`[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*`,
  String.raw`[-+]?\.(?:inf|Inf|INF)`,
  String.raw`\.(?:nan|NaN|NAN)`,
].join('|');

const moments = [
  String.raw`\d{4}-\d\d-\d\d`,
  String.raw`\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?`,
].join('|');

/** Read as text by PyYAML, but as something else by readers of YAML 1.2 or by stricter readers of YAML 1.1. */
const elsewhere = [
  'y|Y|n|N',
  String.raw`[-+]?0o?\d+`,
  String.raw`[-+]?\d[\d_]*(?::[0-5]?\d)+`,
  String.raw`[-+]?(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?`,
].join('|');

/** The original's: `yaml.dump` with its defaults. */
export const originalStyle: YamlStyle = {
  ascii: true,
  foldAfter: 80,
  reserved: new RegExp(`^(?:${words}|${numbers11}|${moments})$`),
  literals: false,
};

/** Ours: same form, but one line per value, readable letters of every script, quotes for any reader's sake. */
export const ownStyle: YamlStyle = {
  ascii: false,
  foldAfter: Number.POSITIVE_INFINITY,
  reserved: new RegExp(`^(?:${words}|${numbers11}|${moments}|${elsewhere})$`),
  literals: false,
};

/** As ours, for people who are going to edit it. */
export const editableStyle: YamlStyle = { ...ownStyle, literals: true };

/** Where a scalar stands. */
export interface Place {
  /** Column at which it begins. */
  readonly column: number;
  /** Column at which its further lines begin. */
  readonly indent: number;
  /** Whether it is a key in front of a colon: such a key is never folded. */
  readonly isKey: boolean;
}

const notAscii = /[^\n\x20-\x7e]/;

/** Unsafe on a terminal (see escape.ts), or not printable by the rules of YAML; a line feed is neither. */
const notPrintable = /(?!\n)[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/u;

/** What would end a plain scalar or begin something else. */
const indicator = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \n]|$))|:(?:[ \n]|$)|[ \n]#/;

/** A text as YAML, with quotes where it needs them. */
export function yamlText(text: string, place: Place, style: YamlStyle): string {
  const hasBreak = text.includes('\n');
  const needsEscapes = (style.ascii ? notAscii : notPrintable).test(text) || text.includes(' \n');
  const isEdged = /^[ \n]|[ \n]$/.test(text);
  if (!hasBreak && !needsEscapes && !isEdged && !indicator.test(text) && !style.reserved.test(text)) {
    return place.isKey ? text : folded(text, place, style);
  }
  if (
    style.literals &&
    hasBreak &&
    !place.isKey &&
    !needsEscapes &&
    /^[^ \n]/.test(text) &&
    !text.endsWith(' ')
  ) {
    return literal(text, place);
  }
  if (!needsEscapes && !text.includes('\n ') && !(place.isKey && hasBreak))
    return singleQuoted(text, place, style);
  return doubleQuoted(text, place, style);
}

/** Text whose single blanks may become line ends once a line is long enough. */
function folded(text: string, place: Place, style: YamlStyle): string {
  if (place.column + text.length <= style.foldAfter) return text;
  let column = place.column;
  let result = '';
  for (const [piece] of text.matchAll(/ +|[^ ]+/g)) {
    if (piece === ' ' && column > style.foldAfter && !place.isKey) {
      result += newLine(place);
      column = place.indent;
    } else {
      result += piece;
      column += piece.length;
    }
  }
  return result;
}

function singleQuoted(text: string, place: Place, style: YamlStyle): string {
  let column = place.column + 1;
  let result = "'";
  for (const match of text.matchAll(/ +|\n+|[^ \n]+/g)) {
    const [piece] = match;
    const isAtAnEnd = match.index === 0 || match.index + piece.length === text.length;
    if (piece.startsWith('\n')) {
      // A single line end in quotes reads as a blank: one more is needed than is meant.
      result += '\n'.repeat(piece.length) + newLine(place);
      column = place.indent;
    } else if (piece === ' ' && column > style.foldAfter && !isAtAnEnd && !place.isKey) {
      result += newLine(place);
      column = place.indent;
    } else {
      const doubled = piece.replaceAll("'", "''");
      result += doubled;
      column += doubled.length;
    }
  }
  return `${result}'`;
}

const namedEscapes: ReadonlyMap<string, string> = new Map([
  ['\0', '\\0'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\x1b', '\\e'],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x85', '\\N'],
  ['\xa0', '\\_'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
]);

function escapeInQuotes(character: string, style: YamlStyle): string | undefined {
  const mustBeEscaped =
    character === '"' ||
    character === '\\' ||
    character === '\n' ||
    (style.ascii ? notAscii : notPrintable).test(character);
  if (!mustBeEscaped) return undefined;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  return (
    namedEscapes.get(character) ??
    (code <= 0xff
      ? `\\x${hex.padStart(2, '0')}`
      : code <= 0xffff
        ? `\\u${hex.padStart(4, '0')}`
        : `\\U${hex.padStart(8, '0')}`)
  );
}

function doubleQuoted(text: string, place: Place, style: YamlStyle): string {
  const characters = [...text];
  let result = '"';
  let column = place.column + 1;
  /** Characters since the last place where the line could be broken; not yet part of the result. */
  let pending = '';
  for (const [index, character] of characters.entries()) {
    const escape = escapeInQuotes(character, style);
    if (escape !== undefined) {
      result += pending + escape;
      column += pending.length + escape.length;
      pending = '';
    }
    const canBreak = index > 0 && index < characters.length - 1 && (character === ' ' || pending === '');
    // An escape has been written already, so the column is one further than the character that the rule looks at.
    const reached = escape === undefined ? column + pending.length : column - 1;
    if (canBreak && reached > style.foldAfter && !place.isKey) {
      result += `${pending}\\${newLine(place)}`;
      column = place.indent;
      pending = '';
      // A blank at the beginning of a continued line would be lost.
      if ((escape === undefined ? character : characters[index + 1]) === ' ') {
        result += '\\';
        column += 1;
      }
    }
    if (escape === undefined) pending += character;
  }
  return `${result}${pending}"`;
}

/** A literal block. The text does not begin with a blank, so its indentation needs no mark. */
function literal(text: string, place: Place): string {
  const chomping = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : '';
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  return [`|${chomping}`, ...lines.map((line) => (line === '' ? '' : ' '.repeat(place.indent) + line))].join(
    '\n',
  );
}

function newLine(place: Place): string {
  return `\n${' '.repeat(place.indent)}`;
}

/** A number as YAML 1.1 reads it back; floating point in the form Python gives it. */
export function yamlNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  if (Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const [, sign = '+', power = ''] = /^([-+])(\d+)$/.exec(exponent) ?? [];
  return `${digits.includes('.') ? digits : `${digits}.0`}e${sign}${power.padStart(2, '0')}`;
}
