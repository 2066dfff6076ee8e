/**
 * Instants as text. A JavaScript Date holds milliseconds, PostgreSQL microseconds, and a comparison of
 * boundaries falls in between; so the database's text is kept.
 */

declare const timestampBrand: unique symbol;

/**
 * An instant in UTC, RFC 3339, always with six fractional digits and `Z`: `2024-05-02T09:14:07.530864Z`. For
 * years 0001 to 9999 string order is time order.
 */
export type Timestamp = string & { readonly [timestampBrand]: true };

const fromServer = /^(\d{4,})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00(?::?00)?( BC)?$/;

/**
 * The text PostgreSQL prints for a `timestamptz` in a UTC session, as a Timestamp. Values no RFC 3339 text can
 * say (`infinity`, years before 1 or after 9999) are passed through as the server wrote them.
 */
export function timestampFromServer(text: string): Timestamp {
  const match = fromServer.exec(text);
  if (match === null || match[6] !== undefined) return text as Timestamp;
  const [, year, month, day, time, fraction = ''] = match;
  return `${year}-${month}-${day}T${time}.${fraction.padEnd(6, '0')}Z` as Timestamp;
}

/** Microseconds since 1970 as a Timestamp. */
export function timestampFromMicroseconds(microseconds: bigint): Timestamp {
  const milliseconds = microseconds / 1000n - (microseconds % 1000n < 0n ? 1n : 0n);
  const rest = Number(microseconds - milliseconds * 1000n);
  const iso = new Date(Number(milliseconds)).toISOString();
  return `${iso.slice(0, -1)}${String(rest).padStart(3, '0')}Z` as Timestamp;
}

/** Microseconds since 1970. */
export function microsecondsOf(at: Timestamp): bigint {
  // A Date holds milliseconds only: the last three digits are taken from the text.
  return BigInt(Date.parse(`${at.slice(0, 23)}Z`)) * 1000n + BigInt(at.slice(23, 26));
}

/** The present instant by the system's clock. Models are handed one and never ask. */
export function now(): Timestamp {
  return timestampFromMicroseconds(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)));
}

const written =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?([Zz]|[-+]\d\d(?::?\d\d)?)?)?$/;

/** What somebody wrote for an instant: the instant, or what is wrong with it, to be put after the text. */
export type ReadInstant = { readonly at: Timestamp } | { readonly problem: string };

/**
 * Reads an instant as people write it: RFC 3339 (seconds and their fraction may be left out; without an offset it is
 * UTC), or a date (00:00 UTC of that day).
 */
export function readInstant(text: string): ReadInstant {
  const match = written.exec(text);
  if (match === null) return { problem: 'is not a time' };
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  const fraction = match[7] ?? '';
  const milliseconds = midnight(year, month, day);
  if (milliseconds === undefined) return { problem: 'is a date that does not exist' };
  const offset = offsetMinutes(match[8] ?? 'Z');
  if (hour > 23 || minute > 59 || second > 59 || offset === undefined) {
    return { problem: 'is a time of day that does not exist' };
  }
  if (fraction.length > 6) return { problem: 'has more than six digits after the second' };
  const seconds = milliseconds / 1000 + (hour * 60 + minute - offset) * 60 + second;
  return instantAt(BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0')));
}

/** The instant so many microseconds after 1970, within the years that RFC 3339 can say and the original can read. */
export function instantAt(microseconds: bigint): ReadInstant {
  const first = microsecondsOf('0001-01-01T00:00:00.000000Z' as Timestamp);
  const last = microsecondsOf('9999-12-31T23:59:59.999999Z' as Timestamp);
  if (microseconds < first || microseconds > last) return { problem: 'is outside the years 1 to 9999' };
  return { at: timestampFromMicroseconds(microseconds) };
}

/** Midnight of the day in milliseconds since 1970; undefined when the calendar has no such day. */
function midnight(year: number, month: number, day: number): number | undefined {
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
