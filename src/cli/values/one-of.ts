/** A word out of a few, on the command line. */
import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import type { Parse } from '../command.ts';
import { closest } from './suggest.ts';

/**
 * A parser of words that stand for values: capitals do not matter.
 * @param known word → value, in the order in which messages name the words
 * @returns a function that throws UsageError for any other word, with the list
 */
export function oneOf<T>(known: Readonly<Record<string, T>>): Parse<T> {
  const words = Object.keys(known);
  return (text, { what }) => {
    const word = words.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
    const value = word === undefined ? undefined : known[word];
    if (value !== undefined) return value;
    const [near] = closest(text, words);
    throw new UsageError(`${what}: ${quote(text)} is none of ${words.join(', ')}`, {
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  };
}
