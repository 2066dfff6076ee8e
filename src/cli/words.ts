/** Finds the command's name among the words, past the shared options. */
import { catalog, type CatalogEntry, commandsBelow, findCommand } from './catalog.ts';
import { sharedOptions } from './shared-options.ts';

/** Shared options that take a value, which must not be mistaken for the command. */
const withValue = new Set(
  Object.values(sharedOptions)
    .filter(({ parse }) => parse !== undefined)
    .map(({ flags }) => flags.split(' ')[0] ?? flags),
);

export type Found =
  | { readonly kind: 'command'; readonly command: CatalogEntry; readonly rest: readonly string[] }
  /** No command at all: only options, or nothing. */
  | { readonly kind: 'none'; readonly rest: readonly string[] }
  /** The first word of commands of two words, without a second one that fits. */
  | { readonly kind: 'unfinished'; readonly word: string; readonly second: string | undefined }
  | { readonly kind: 'unknown'; readonly word: string };

/** The command that the words name, and the words without its name. */
export function findWords(words: readonly string[]): Found {
  const first = firstWord(words);
  if (first === undefined) return { kind: 'none', rest: words };
  const word = words[first] ?? '';
  const command = findCommand(word);
  if (command !== undefined) return { kind: 'command', command, rest: without(words, first) };
  if (commandsBelow(word).length === 0) return { kind: 'unknown', word };
  const second = nextWord(words, first + 1);
  const both = second === undefined ? undefined : findCommand(`${word} ${words[second]}`);
  if (second === undefined || both === undefined) {
    return { kind: 'unfinished', word, second: second === undefined ? undefined : words[second] };
  }
  return { kind: 'command', command: both, rest: without(words, first, second) };
}

/** Where the first word stands that is neither a shared option nor its value. */
export const firstWord = (words: readonly string[]): number | undefined => nextWord(words, 0);

/** All names, for suggestions. */
export const commandNames = (): readonly string[] => catalog.map(({ name }) => name);

function nextWord(words: readonly string[], from: number): number | undefined {
  for (let at = from; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return undefined;
    if (!word.startsWith('-') || word === '-') return at;
    if (withValue.has(word)) at += 1;
  }
  return undefined;
}

const without = (words: readonly string[], ...places: readonly number[]): readonly string[] =>
  words.filter((_, at) => !places.includes(at));
