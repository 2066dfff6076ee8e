/** What stands on the command line while it is being typed, as each shell tells it. */

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/** The line up to the cursor. */
export interface Line {
  /** Whole words behind the name of the program. */
  readonly words: readonly string[];
  /** What is there of the word that is being completed. */
  readonly current: string;
  /** What the shell has set apart from the word before the rest: it must not be said again. */
  readonly kept: string;
}

/** zsh and fish give the words, the last one unfinished. */
export function lineOfWords(words: readonly string[]): Line {
  return { words: words.slice(0, -1), current: words.at(-1) ?? '', kept: '' };
}

/**
 * bash breaks words at characters such as `=` and `:` and replaces only what stands behind the last one, so it is
 * given the text of the line, and here is found what it thinks of.
 * @param breaks its variable COMP_WORDBREAKS
 */
export function lineOfText(text: string, breaks: string): Line {
  const words: string[] = [];
  let word: string | undefined;
  let quoted: string | undefined;
  let kept = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quoted !== undefined) {
      if (character === quoted) quoted = undefined;
      else if (character === '\\' && quoted === '"') word = (word ?? '') + text.charAt((at += 1));
      else word = (word ?? '') + character;
    } else if (character === "'" || character === '"') {
      quoted = character;
      word ??= '';
      kept = word;
    } else if (character === '\\') word = (word ?? '') + text.charAt((at += 1));
    else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      kept = '';
    } else {
      word = (word ?? '') + character;
      if (breaks.includes(character)) kept = word;
    }
  }
  const program = words.findIndex((each) => /(^|\/)debusine-admin$/.test(each));
  return { words: words.slice(Math.max(program, 0) + 1), current: word ?? '', kept };
}
