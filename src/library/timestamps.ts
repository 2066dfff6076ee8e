import { quote } from '../data/quote.ts';
import { ArgumentError } from '../errors.ts';
import { readInstant, type Timestamp } from '../timestamp.ts';

/**
 * An instant in the form the models take: UTC, six digits after the second, `Z`.
 * @param given RFC 3339 with or without seconds, a date (00:00 UTC of that day), or a Date, which holds milliseconds
 * @throws ArgumentError when it is none of these, or outside the years 1 to 9999
 */
export function timestamp(given: string | Date): Timestamp {
  const text = typeof given === 'string' ? given : isoText(given);
  const read = readInstant(text);
  if ('at' in read) return read.at;
  throw new ArgumentError(`${quote(text)} ${read.problem}`);
}

function isoText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString();
}
