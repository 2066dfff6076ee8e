/** Whole numbers on the command line, each with its range. */
import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import type { ParseContext } from '../command.ts';

/** The numbers that are accepted, ends included. */
export interface Range {
  readonly least: number;
  /** Absent: no limit but that of exact numbers, 2^53 - 1. */
  readonly most?: number;
}

/** Numbers that address a row: the keys of the database begin at 1. */
export const idRange: Range = { least: 1 };

/**
 * A parser of whole numbers in a range, which every message names.
 * @returns a function that throws UsageError for anything else
 */
export function integerIn(range: Range): (text: string, context: Pick<ParseContext, 'what'>) => number {
  const { least, most = Number.MAX_SAFE_INTEGER } = range;
  const named = range.most === undefined ? `${least} or more` : `${least} to ${most}`;
  return (text, { what }) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : undefined;
    if (value === undefined) throw new UsageError(`${what}: ${quote(text)} is not a whole number, ${named}`);
    if (value < least || value > most)
      throw new UsageError(`${what}: ${quote(text)} is not in the range ${named}`);
    // Minus zero is a number of its own in JavaScript.
    return value + 0;
  };
}
