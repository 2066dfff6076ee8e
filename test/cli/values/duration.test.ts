import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import {
  intervalText,
  parseDelay,
  parseDuration,
  parseInheritableDelay,
  parseRetention,
} from '../../../src/cli/values/duration.ts';

const what = { what: 'option --default-expiration-delay' };
const day = 86_400;

describe('a duration', () => {
  test.each([
    ['0', 0],
    ['10', 10 * day],
    ['007', 7 * day],
    ['36h', 36 * 3600],
    ['1w2d', 9 * day],
    ['5s', 5],
    ['5m', 300],
    ['1d12h30m15s', day + 45_015],
    ['2d1w', 9 * day],
    ['P10D', 10 * day],
    ['PT36H', 36 * 3600],
    ['P1DT12H', 36 * 3600],
    ['P2W', 14 * day],
    ['PT5M', 300],
    ['PT1M30S', 90],
    ['P0D', 0],
    ['36500', 36_500 * day],
    ['36500d', 36_500 * day],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text, what)).toBe(seconds);
  });

  test.each([
    ['-5', '"-5" is negative'],
    ['-36h', '"-36h" is negative'],
    ['-P1D', '"-P1D" is negative'],
    ['P1M', '"P1M" has years or months, whose length differs'],
    ['P1Y2D', '"P1Y2D" has years or months, whose length differs'],
    ['P1Y2M3DT4H', '"P1Y2M3DT4H" has years or months, whose length differs'],
    ['2y', '"2y" has years or months, whose length differs'],
    ['3mo', '"3mo" has years or months, whose length differs'],
    ['3M', '"3M" has years or months, whose length differs'],
    ['36501', '"36501" is longer than 36500 days'],
    ['9999999999', '"9999999999" is longer than 36500 days'],
    ['9'.repeat(400), `"${'9'.repeat(60)}…" is longer than 36500 days`],
    ['36500d1s', '"36500d1s" is longer than 36500 days'],
    ['P36501D', '"P36501D" is longer than 36500 days'],
    ['ten', '"ten" is not a duration'],
    ['never', '"never" is not a duration'],
    ['1.5h', '"1.5h" is not a duration'],
    ['1 d', '"1 d" is not a duration'],
    ['+5', '"+5" is not a duration'],
    ['5D', '"5D" is not a duration'],
    ['h', '"h" is not a duration'],
    ['1h2', '"1h2" is not a duration'],
    ['P', '"P" is not a duration'],
    ['PT', '"PT" is not a duration'],
    ['P1DT', '"P1DT" is not a duration'],
    ['P1H', '"P1H" is not a duration'],
    ['10\n', '"10\\n" is not a duration'],
    ['٣', '"٣" is not a duration'],
    ['', 'the duration is empty'],
  ])('%j is refused', (text, problem) => {
    expect(() => parseDuration(text, what)).toThrow(UsageError);
    expect(() => parseDuration(text, what)).toThrow(
      expect.objectContaining({
        message: `option --default-expiration-delay: ${problem}`,
        hint: 'give days (10) or a duration (36h)',
      }),
    );
  });
});

describe('a delay', () => {
  test('is a duration or never, which is zero', () => {
    expect([parseDelay('never', what), parseDelay('0', what), parseDelay('10', what)]).toEqual([
      0,
      0,
      10 * day,
    ]);
  });

  test('that is refused names the forms', () => {
    expect(() => parseDelay('-5', what)).toThrow(
      expect.objectContaining({
        message: 'option --default-expiration-delay: "-5" is negative',
        hint: 'give days (10), a duration (36h) or "never"',
      }),
    );
    expect(() => parseDelay('inherit', what)).toThrow('"inherit" is not a duration');
    expect(() => parseDelay('Never', what)).toThrow('"Never" is not a duration');
  });

  test('can be inherited where that is allowed', () => {
    expect(['inherit', 'never', '36h'].map((text) => parseInheritableDelay(text, what))).toEqual([
      null,
      0,
      129_600,
    ]);
    expect(() => parseInheritableDelay('x', what)).toThrow(
      expect.objectContaining({ hint: 'give days (10), a duration (36h), "never" or "inherit"' }),
    );
  });
});

test('a retention is a duration or forever, which is null', () => {
  expect(['forever', '0', '30'].map((text) => parseRetention(text, what))).toEqual([null, 0, 30 * day]);
  expect(() => parseRetention('never', what)).toThrow(
    expect.objectContaining({ hint: 'give days (10), a duration (36h) or "forever"' }),
  );
});

test.each([
  [0, '00:00:00'],
  [59, '00:00:59'],
  [129_600, '1 days 12:00:00'],
  [864_000, '10 days'],
  [36_500 * day, '36500 days'],
  [day - 1, '23:59:59'],
])('%d seconds are the interval %s: days and time, never months', (seconds, text) => {
  expect(intervalText(seconds)).toBe(text);
});
