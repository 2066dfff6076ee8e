/** How values of unknown origin are shown inside a message: quoted, on one line, of bounded length. */

/** Code points shown of a text before it is cut. */
const shownLength = 60;

// Everything that moves the cursor, changes the direction of writing or cannot be seen.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const named: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

function escapeCharacter(character: string): string {
  const name = named[character];
  if (name !== undefined) return name;
  if (!invisible.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}

/** The text with control and invisible characters escaped, cut after 500 characters; not in quotes. */
export function escaped(text: string): string {
  return [...text.slice(0, 500)]
    .map((character) => (character === '"' ? character : escapeCharacter(character)))
    .join('');
}

/** The text in double quotes, control and invisible characters escaped, cut after 60 characters with `…`. */
export function quote(text: string): string {
  // Twice as many code units as code points are enough; a huge text is not walked to its end.
  const characters = [...text.slice(0, 2 * shownLength + 2)];
  const shown = characters.slice(0, shownLength).map(escapeCharacter).join('');
  return characters.length > shownLength ? `"${shown}…"` : `"${shown}"`;
}

/** A value as a message names it: texts quoted, numbers and constants as they are, the rest by its kind. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : 'something that is not data';
}
