/** TIME of the command line. Source: cli.md 7.1. */
import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import { instantAt, microsecondsOf, type ReadInstant, readInstant, type Timestamp } from '../../timestamp.ts';
import type { ParseContext } from '../command.ts';
import { simpleDuration } from './duration.ts';

const hint = '2024-05-01T00:00Z, 2024-05-01, now, -3d';

const microsecondsPerSecond = 1_000_000n;

/**
 * An instant: RFC 3339 (seconds and their fraction may be left out; without an offset it is UTC), a date (00:00 UTC
 * of that day), `now`, or a distance from now (`-3d`, `+12h`).
 * @throws UsageError when it is something else, or a date or time of day that does not exist
 */
export function parseTime(text: string, { what, now }: Pick<ParseContext, 'what' | 'now'>): Timestamp {
  if (text === 'now') return now;
  if (text === '') throw new UsageError(`${what}: the time is empty`, { hint });
  const distance = /^[-+]/.test(text) ? simpleDuration(text.slice(1)) : undefined;
  const read = distance === undefined ? readInstant(text) : readDistance(text, distance, now);
  if ('at' in read) return read.at;
  throw new UsageError(`${what}: ${quote(text)} ${read.problem}`, { hint });
}

function readDistance(text: string, seconds: number, now: Timestamp): ReadInstant {
  // Whatever is no exact number is far outside all years.
  const microseconds =
    BigInt(Number.isSafeInteger(seconds) ? seconds : Number.MAX_SAFE_INTEGER) * microsecondsPerSecond;
  return instantAt(microsecondsOf(now) + (text.startsWith('-') ? -microseconds : microseconds));
}
