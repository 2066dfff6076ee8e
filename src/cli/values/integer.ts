/** Whole numbers on the command line, each with its range. */
import { quote } from '../../data/quote.ts';
import type { Id } from '../../db/ids.ts';
import { UsageError } from '../../errors.ts';
import type { Parse, ParseContext } from '../command.ts';

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

/** A parser of the number of one row: `idOf<'WorkRequest'>()`. */
export function idOf<Model extends string>(): Parse<Id<Model>> {
  const parse = integerIn(idRange);
  // The number is one of a row of that model because the option says so; whether the row exists, the model finds out.
  return (text, context) => parse(text, context) as Id<Model>;
}

/** A parser of several such numbers: `1,2,3`. */
export function idListOf<Model extends string>(): Parse<readonly Id<Model>[]> {
  const parse = idOf<Model>();
  return (text, context) => text.split(',').map((part) => parse(part.trim(), context));
}

/** A parser for what may be named or absent: the word `none` gives null, anything else what `parse` makes of it. */
export function orNone<T>(parse: Parse<T>): Parse<T | null> {
  return (text, context) => (text === 'none' ? null : parse(text, context));
}
