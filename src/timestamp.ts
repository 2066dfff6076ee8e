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

/** Gives the present instant; handed in so that models never ask the system's clock. */
export interface Clock {
  now(): Timestamp;
}
