/** TIME of the command line. Source: cli.md 7.1. */
import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import { type Timestamp, timestampFromMicroseconds } from '../../timestamp.ts';
import type { ParseContext } from '../command.ts';
import { simpleDuration } from './duration.ts';

const hint = '2024-05-01T00:00Z, 2024-05-01, now, -3d';

const outside = 'is outside the years 1 to 9999';

const absolute =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?([Zz]|[-+]\d\d(?::?\d\d)?)?)?$/;

const microsecondsPerSecond = 1_000_000n;

/**
 * An instant: RFC 3339 (seconds and their fraction may be left out; without an offset it is UTC), a date (00:00 UTC
 * of that day), `now`, or a distance from now (`-3d`, `+12h`).
 * @throws UsageError when it is something else, or a date or time of day that does not exist
 */
export function parseTime(text: string, { what, now }: Pick<ParseContext, 'what' | 'now'>): Timestamp {
  if (text === 'now') return now;
  const refuse = (problem: string): UsageError =>
    new UsageError(`${what}: ${quote(text)} ${problem}`, { hint });
  if (text === '') throw new UsageError(`${what}: the time is empty`, { hint });

  const distance = /^[-+]/.test(text) ? simpleDuration(text.slice(1)) : undefined;
  if (distance !== undefined) {
    if (!Number.isSafeInteger(distance)) throw refuse(outside);
    const microseconds = BigInt(distance) * microsecondsPerSecond;
    const origin = microsecondsOf(now);
    return inRange(text.startsWith('-') ? origin - microseconds : origin + microseconds, refuse);
  }

  const match = absolute.exec(text);
  if (match === null) throw refuse('is not a time');
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  const fraction = match[7] ?? '';
  const milliseconds = utc(year ?? 0, month ?? 0, day ?? 0);
  if (milliseconds === undefined) throw refuse('is a date that does not exist');
  const offset = offsetMinutes(match[8] ?? 'Z');
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59 || offset === undefined) {
    throw refuse('is a time of day that does not exist');
  }
  if (fraction.length > 6) throw refuse('has more than six digits after the second');
  const seconds = milliseconds / 1000 + ((hour ?? 0) * 60 + (minute ?? 0) - offset) * 60 + (second ?? 0);
  return inRange(BigInt(seconds) * microsecondsPerSecond + BigInt(fraction.padEnd(6, '0')), refuse);
}

/** Midnight of the day in milliseconds since 1970; undefined when the calendar has no such day. */
function utc(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() : undefined;
}

/** Minutes ahead of UTC; undefined when there is no such offset. */
function offsetMinutes(text: string): number | undefined {
  if (text === 'Z' || text === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function microsecondsOf(at: Timestamp): bigint {
  // A Date holds milliseconds only: the last three digits are taken from the text.
  return BigInt(Date.parse(`${at.slice(0, 23)}Z`)) * 1000n + BigInt(at.slice(23, 26));
}

/** Years 1 to 9999, which RFC 3339 can say and the original can read. */
function inRange(microseconds: bigint, refuse: (problem: string) => UsageError): Timestamp {
  const first = microsecondsOf('0001-01-01T00:00:00.000000Z' as Timestamp);
  const last = microsecondsOf('9999-12-31T23:59:59.999999Z' as Timestamp);
  if (microseconds < first || microseconds > last) throw refuse(outside);
  return timestampFromMicroseconds(microseconds);
}
