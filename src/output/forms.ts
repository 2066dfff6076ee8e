/** How people read instants, durations and sizes. Source: cli.md 4.2. Written by hand: Intl costs start-up time. */
import type { Timestamp } from '../timestamp.ts';

/** How tables show instants. */
export type TimeForm = 'utc' | 'local' | 'relative';

/** Minutes that local time is ahead of UTC at an instant, in milliseconds since 1970. */
export type OffsetAt = (milliseconds: number) => number;

const offsetOfThisMachine: OffsetAt = (milliseconds) => -new Date(milliseconds).getTimezoneOffset();

const rfc3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{6})Z$/;

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * An instant for a table: `2024-05-02 09:14:07Z`, `2024-05-02 11:14:07+02:00` or `3 h ago`. What the server says
 * beyond RFC 3339 (`infinity`) is returned as it is.
 * @param now needed for the relative form only
 */
export function instantForm(
  at: string,
  form: TimeForm,
  now: Timestamp,
  offsetAt: OffsetAt = offsetOfThisMachine,
): string {
  const match = rfc3339.exec(at);
  if (match === null) return at;
  switch (form) {
    case 'utc':
      return `${match[1]} ${match[2]}Z`;
    case 'local':
      return localForm(Date.parse(at), offsetAt);
    case 'relative':
      return relativeForm(Math.floor((Date.parse(now) - Date.parse(at)) / 1000));
  }
}

function localForm(milliseconds: number, offsetAt: OffsetAt): string {
  const offset = offsetAt(milliseconds);
  const shifted = new Date(milliseconds + offset * minute * 1000).toISOString();
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const zone = `${offset < 0 ? '-' : '+'}${twoDigits(hours)}:${twoDigits(minutes)}`;
  return `${shifted.slice(0, 10)} ${shifted.slice(11, 19)}${zone}`;
}

function relativeForm(secondsAgo: number): string {
  const distance = Math.abs(secondsAgo);
  const rounded =
    distance < minute
      ? `${distance} s`
      : distance < hour
        ? `${Math.floor(distance / minute)} min`
        : distance < 2 * day
          ? `${Math.floor(distance / hour)} h`
          : `${Math.floor(distance / day)} d`;
  return secondsAgo < 0 ? `in ${rounded}` : `${rounded} ago`;
}

/**
 * A duration: `10 d` and `36 h` where it comes out even, otherwise its parts: `2 m 10 s`, `3 d 4 h`. Fractions of a
 * second show only below a minute.
 * @param seconds may be negative
 */
export function durationForm(seconds: number): string {
  if (seconds < 0) return `-${durationForm(-seconds)}`;
  if (seconds < 1) return `${Number(seconds.toFixed(3))} s`;
  if (seconds < minute) return `${Math.floor(seconds * 10) / 10} s`;
  const whole = Math.floor(seconds);
  // Up to two days hours read better than days: "36 h" is said, "1 d 12 h" is not.
  const days = whole % day === 0 || whole >= 2 * day ? Math.floor(whole / day) : 0;
  const rest = whole - days * day;
  const parts = [
    [days, 'd'],
    [Math.floor(rest / hour), 'h'],
    [Math.floor((rest % hour) / minute), 'm'],
    [rest % minute, 's'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A delay in seconds where zero means that the time never comes: `never`, else as durationForm. */
export function delayForm(seconds: number): string {
  return seconds === 0 ? 'never' : durationForm(seconds);
}

/** A size: `1000 B`, `2.0 KiB`, `1.5 MiB`; powers of 1024, one decimal. */
export function sizeForm(bytes: number | bigint): string {
  const size = Number(bytes);
  if (Math.abs(size) < 1024) return `${size} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;
  let value = size / 1024;
  let unit = 0;
  // Compared after rounding, so that no size reads "1024.0 KiB".
  while (Math.abs(Number(value.toFixed(1))) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** The first digits of a digest, enough for a person to tell two apart. Source: cli.md 4.2. */
export function shortDigest(hex: string): string {
  return hex.slice(0, 12);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
