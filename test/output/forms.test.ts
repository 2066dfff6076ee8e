import { describe, expect, test } from 'vitest';
import { delayForm, durationForm, instantForm, shortDigest, sizeForm } from '../../src/output/forms.ts';
import { at } from './printing.ts';

const now = at('2024-05-02T12:00:00.000000Z');

describe('an instant', () => {
  test('in UTC is cut to the second', () => {
    expect(instantForm('2024-05-02T09:14:07.999999Z', 'utc', now)).toBe('2024-05-02 09:14:07Z');
  });

  test.each([
    [120, '2024-05-03 01:14:07+02:00'],
    [-210, '2024-05-02 19:44:07-03:30'],
    [0, '2024-05-02 23:14:07+00:00'],
    [765, '2024-05-03 11:59:07+12:45'],
  ])('in local time %d minutes ahead carries its offset', (offset, expected) => {
    expect(instantForm('2024-05-02T23:14:07.530864Z', 'local', now, () => offset)).toBe(expected);
  });

  test('in local time uses the offset of that instant, not of today', () => {
    const offsetAt = (milliseconds: number): number => (milliseconds < Date.UTC(2024, 2, 31, 1) ? 60 : 120);
    expect(instantForm('2024-01-01T00:00:00.000000Z', 'local', now, offsetAt)).toBe(
      '2024-01-01 01:00:00+01:00',
    );
    expect(instantForm('2024-05-01T00:00:00.000000Z', 'local', now, offsetAt)).toBe(
      '2024-05-01 02:00:00+02:00',
    );
  });

  test.each([
    ['2024-05-02T12:00:00.000000Z', '0 s ago'],
    ['2024-05-02T11:59:01.000000Z', '59 s ago'],
    ['2024-05-02T11:59:00.000000Z', '1 min ago'],
    ['2024-05-02T11:00:01.000000Z', '59 min ago'],
    ['2024-05-02T09:00:00.000000Z', '3 h ago'],
    ['2024-04-30T12:00:01.000000Z', '47 h ago'],
    ['2024-04-30T12:00:00.000000Z', '2 d ago'],
    ['2024-05-02T12:05:00.000000Z', 'in 5 min'],
    ['2024-06-02T12:00:00.000000Z', 'in 31 d'],
  ])('%s relative to noon is %s', (instant, expected) => {
    expect(instantForm(instant, 'relative', now)).toBe(expected);
  });

  test.each(['infinity', '-infinity', '10000-01-01 00:00:00+00'])(
    '%s stays as the server said it',
    (text) => {
      expect(instantForm(text, 'relative', now)).toBe(text);
    },
  );
});

test.each([
  [0, '0 s'],
  [0.508, '0.508 s'],
  [2.46, '2.4 s'],
  [59.99, '59.9 s'],
  [60, '1 m'],
  [130.2, '2 m 10 s'],
  [3600, '1 h'],
  [3661, '1 h 1 m 1 s'],
  [86_400, '1 d'],
  [129_600, '36 h'],
  [172_800, '2 d'],
  [176_400, '2 d 1 h'],
  [864_000, '10 d'],
  [-432_000, '-5 d'],
])('a duration of %d seconds is %s', (seconds, expected) => {
  expect(durationForm(seconds)).toBe(expected);
});

test('a delay of zero is never; any other is its duration', () => {
  expect([delayForm(0), delayForm(129_600), delayForm(864_000)]).toEqual(['never', '36 h', '10 d']);
});

test.each([
  [0, '0 B'],
  [1000, '1000 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [2000, '2.0 KiB'],
  [1024 ** 2 - 1, '1.0 MiB'],
  [44_000_000, '42.0 MiB'],
  [2n ** 62n, '4.0 EiB'],
  [1024 ** 7, '1024.0 EiB'],
])('a size of %d bytes is %s', (bytes, expected) => {
  expect(sizeForm(bytes)).toBe(expected);
});

test('a digest is shortened to twelve digits', () => {
  expect(shortDigest('f299978eb768f299')).toBe('f299978eb768');
});
