/**
 * The paragraph format of Debian control files (`.dsc`, `.changes`), as far as artifacts need it: the fields of
 * the first paragraph, signed or not.
 */

const fieldStart = /^([!-9;-~]+):(.*)$/;
const armourHeader = '-----BEGIN PGP SIGNED MESSAGE-----';
const signatureHeader = '-----BEGIN PGP SIGNATURE-----';

/** The lines of the signed text, or all lines if there is no signature. */
function signedLines(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => line.trimEnd() === armourHeader);
  if (start < 0) return lines;
  const body = lines.findIndex((line, index) => index > start && line.trim() === '');
  const end = lines.findIndex((line, index) => index > body && line.trimEnd() === signatureHeader);
  return body < 0 ? [] : lines.slice(body + 1, end < 0 ? undefined : end);
}

/**
 * The fields of the first paragraph. Continuation lines are kept without their leading blank, joined by line
 * feeds; a field given twice keeps its last value.
 */
export function parseParagraph(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const chunks = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of signedLines(text.split(/\r?\n/))) {
    if (line.trim() === '') {
      if (chunks.size > 0) break;
      continue;
    }
    if (line.startsWith('#')) continue;
    if (/^[ \t]/.test(line)) {
      current?.push(line.slice(1).trimEnd());
      continue;
    }
    const [, name, value = ''] = fieldStart.exec(line) ?? [];
    current = name === undefined ? undefined : [value.trim()];
    if (name !== undefined && current !== undefined) chunks.set(name, current);
  }
  for (const [name, lines] of chunks) fields.set(name, lines.join('\n'));
  return fields;
}

/**
 * File names of a `Files` field: the last word of each line that has more than one.
 * @returns undefined if the text has no such field
 */
export function listedFiles(text: string): readonly string[] | undefined {
  const files = parseParagraph(text).get('Files');
  if (files === undefined) return undefined;
  return files
    .split('\n')
    .map((line) => line.trim().split(/[ \t]+/))
    .flatMap((entry) => (entry.length > 1 ? entry.slice(-1) : []));
}
