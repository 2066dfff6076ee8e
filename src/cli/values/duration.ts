/** DURATION and DELAY of the command line. Source: cli.md 7.1. */
import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import type { ParseContext } from '../command.ts';

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** About a hundred years; more is a slip of the finger, and would not fit into the original's dates. */
const mostDays = 36_500;

const wholeDays = /^\d+$/;
const withUnits = /^(?:\d+[smhdw])+$/;
const iso = /^P(?=\d|T\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const calendarUnits = /^P(?:\d+[A-Z])*\d+[YM]|^\d+(?:y|years?|mo|months?|M|Y)$/;

type What = Pick<ParseContext, 'what'>;

/**
 * A duration in whole seconds: days (`10`), numbers with the units s m h d w (`36h`, `1w2d`), or ISO 8601 (`P1DT12H`).
 * @throws UsageError when it is something else, negative, has years or months, or is longer than 36500 days
 */
export function parseDuration(text: string, { what }: What): number {
  return durationIn(text, what, 'give days (10) or a duration (36h)');
}

/**
 * How long something is kept, in whole seconds: a DURATION, or `never` (zero), which means that its time never ends.
 * @throws UsageError as parseDuration
 */
export function parseDelay(text: string, { what }: What): number {
  return text === 'never' ? 0 : durationIn(text, what, 'give days (10), a duration (36h) or "never"');
}

/**
 * As parseDelay, or `inherit`: the delay is not set, and that of the workspace counts.
 * @returns null for `inherit`
 * @throws UsageError as parseDuration
 */
export function parseInheritableDelay(text: string, { what }: What): number | null {
  if (text === 'inherit') return null;
  return text === 'never'
    ? 0
    : durationIn(text, what, 'give days (10), a duration (36h), "never" or "inherit"');
}

/**
 * A period of retention in whole seconds: a DURATION, or `forever`.
 * @returns null for `forever`, as the database stores it
 * @throws UsageError as parseDuration
 */
export function parseRetention(text: string, { what }: What): number | null {
  return text === 'forever' ? null : durationIn(text, what, 'give days (10), a duration (36h) or "forever"');
}

/**
 * A duration without its ISO form, as relative times use it.
 * @returns seconds; undefined when the text is none
 */
export function simpleDuration(text: string): number | undefined {
  if (wholeDays.test(text)) return Number(text) * secondsPer.d;
  if (!withUnits.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) {
    seconds += Number(count) * (isUnit(unit) ? secondsPer[unit] : 0);
  }
  return seconds;
}

function durationIn(text: string, what: string, hint: string): number {
  const refuse = (problem: string): UsageError =>
    new UsageError(`${what}: ${quote(text)} ${problem}`, { hint });
  if (text === '') throw new UsageError(`${what}: the duration is empty`, { hint });
  const seconds = simpleDuration(text) ?? isoDuration(text);
  if (seconds === undefined) {
    if (/^-(?:\d|P)/.test(text)) throw refuse('is negative');
    if (calendarUnits.test(text)) throw refuse('has years or months, whose length differs');
    throw refuse('is not a duration');
  }
  if (seconds > mostDays * secondsPer.d) throw refuse(`is longer than ${mostDays} days`);
  return seconds;
}

function isoDuration(text: string): number | undefined {
  const match = iso.exec(text);
  if (match === null) return undefined;
  const [weeks, days, hours, minutes, seconds] = match
    .slice(1)
    .map((count: string | undefined) => Number(count ?? 0));
  return (
    (weeks ?? 0) * secondsPer.w +
    (days ?? 0) * secondsPer.d +
    (hours ?? 0) * secondsPer.h +
    (minutes ?? 0) * secondsPer.m +
    (seconds ?? 0)
  );
}

function isUnit(unit: string | undefined): unit is keyof typeof secondsPer {
  return unit !== undefined && unit in secondsPer;
}

/**
 * Whole seconds as the text of a PostgreSQL interval made of days and time only (`10 days`, `1 days 12:00:00`): an
 * interval with months would come back as another value in the original. Source: cli.md 7.1.
 * @param seconds not negative
 */
export function intervalText(seconds: number): string {
  const days = Math.floor(seconds / secondsPer.d);
  const rest = seconds % secondsPer.d;
  const time = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60), rest % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  if (days === 0) return time;
  return rest === 0 ? `${days} days` : `${days} days ${time}`;
}
