/** Splits the command of a program into its words without a shell: blanks separate, quotes and backslashes protect. */
export function splitWords(command: string): readonly string[] {
  const words: string[] = [];
  const pieces = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|[^\s'"\\]+|./gsu;
  let word: string | undefined;
  for (const [piece, single, double, escaped] of command.matchAll(pieces)) {
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? piece);
  }
  return word === undefined ? words : [...words, word];
}
