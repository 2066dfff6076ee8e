import { UsageError } from '../../errors.ts';
import type { Parse } from '../command.ts';

/** A share: `5`, `0.5` or `5%`; more than 0, at most 100. */
export const parsePercent: Parse<number> = (text, { what }) => {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,6})?)%?$/.exec(text) ?? [];
  const percent = Number(digits);
  if (percent > 0 && percent <= 100) return percent;
  throw new UsageError(`${what}: "${text}" is no percentage`, {
    hint: 'more than 0, at most 100, such as 5 or 0.5',
  });
};
