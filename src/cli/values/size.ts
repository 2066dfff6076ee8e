/** SIZE of the command line. Source: cli.md 7.1. */
import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import type { ParseContext } from '../command.ts';

const hint = 'give bytes (1000), or a number with K, M, G or T (1.5G), which are powers of 1024';

const powers = { '': 0, K: 1, M: 2, G: 3, T: 4 } as const;

/**
 * A size in whole bytes: a number, or a number with K, M, G or T.
 * @throws UsageError when it is something else, negative, not a whole number of bytes, or above 2^53 - 1
 */
export function parseSize(text: string, { what }: Pick<ParseContext, 'what'>): number {
  const refuse = (problem: string): UsageError =>
    new UsageError(`${what}: ${quote(text)} ${problem}`, { hint });
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  if (match === null) {
    if (/^-\d/.test(text)) throw refuse('is negative');
    throw text === '' ? new UsageError(`${what}: the size is empty`, { hint }) : refuse('is not a size');
  }
  const [, number, unit = ''] = match;
  const bytes = Number(number) * 1024 ** (isUnit(unit) ? powers[unit] : 0);
  if (!Number.isInteger(bytes)) throw refuse('is not a whole number of bytes');
  if (!Number.isSafeInteger(bytes)) throw refuse('is too large');
  return bytes;
}

function isUnit(unit: string): unit is keyof typeof powers {
  return unit in powers;
}
