import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { parseTime } from '../../../src/cli/values/time.ts';
import type { Timestamp } from '../../../src/timestamp.ts';

const context = { what: 'option --at', now: '2024-03-01T00:00:00.000001Z' as Timestamp };

describe('a time', () => {
  test.each([
    ['now', '2024-03-01T00:00:00.000001Z'],
    ['2024-05-01', '2024-05-01T00:00:00.000000Z'],
    ['2024-05-01T00:00Z', '2024-05-01T00:00:00.000000Z'],
    ['2024-05-01T09:14:07', '2024-05-01T09:14:07.000000Z'],
    ['2024-05-01 09:14:07.5', '2024-05-01T09:14:07.500000Z'],
    ['2024-05-01t09:14:07.123456z', '2024-05-01T09:14:07.123456Z'],
    ['2024-05-01T00:30:00+02:00', '2024-04-30T22:30:00.000000Z'],
    ['2024-05-01T00:30:00-0330', '2024-05-01T04:00:00.000000Z'],
    ['2024-05-01T00:30+02', '2024-04-30T22:30:00.000000Z'],
    ['2024-05-01 09:14:07.123456+00:00', '2024-05-01T09:14:07.123456Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000000Z'],
    ['0099-12-31T23:59:59.999999', '0099-12-31T23:59:59.999999Z'],
    ['1969-12-31T23:59:59.000001', '1969-12-31T23:59:59.000001Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['-3d', '2024-02-27T00:00:00.000001Z'],
    ['+12h', '2024-03-01T12:00:00.000001Z'],
    ['-1', '2024-02-29T00:00:00.000001Z'],
    ['-1w2d3h', '2024-02-20T21:00:00.000001Z'],
    ['+0', '2024-03-01T00:00:00.000001Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseTime(text, context)).toBe(expected);
  });

  test.each([
    ['tomorrowish', '"tomorrowish" is not a time'],
    ['', 'the time is empty'],
    ['Now', '"Now" is not a time'],
    ['2023-02-29', '"2023-02-29" is a date that does not exist'],
    ['2024-13-01', '"2024-13-01" is a date that does not exist'],
    ['2024-00-10', '"2024-00-10" is a date that does not exist'],
    ['2024-04-31T00:00Z', '"2024-04-31T00:00Z" is a date that does not exist'],
    ['2024-05-01T24:00Z', '"2024-05-01T24:00Z" is a time of day that does not exist'],
    ['2024-05-01T00:60Z', '"2024-05-01T00:60Z" is a time of day that does not exist'],
    ['2016-12-31T23:59:60Z', '"2016-12-31T23:59:60Z" is a time of day that does not exist'],
    ['2024-05-01T00:00+24:00', '"2024-05-01T00:00+24:00" is a time of day that does not exist'],
    [
      '2024-05-01T00:00:00.1234567Z',
      '"2024-05-01T00:00:00.1234567Z" has more than six digits after the second',
    ],
    ['2024-5-1', '"2024-5-1" is not a time'],
    ['2024-05-01T09', '"2024-05-01T09" is not a time'],
    ['2024-05-01Z', '"2024-05-01Z" is not a time'],
    ['1714521600', '"1714521600" is not a time'],
    ['3d', '"3d" is not a time'],
    ['-P3D', '"-P3D" is not a time'],
    ['-', '"-" is not a time'],
    ['0000-06-01', '"0000-06-01" is outside the years 1 to 9999'],
    ['0001-01-01T00:00+01:00', '"0001-01-01T00:00+01:00" is outside the years 1 to 9999'],
    ['9999-12-31T23:30-01:00', '"9999-12-31T23:30-01:00" is outside the years 1 to 9999'],
    ['+9999999999', '"+9999999999" is outside the years 1 to 9999'],
  ])('%j is refused', (text, problem) => {
    expect(() => parseTime(text, context)).toThrow(UsageError);
    expect(() => parseTime(text, context)).toThrow(
      expect.objectContaining({
        message: `option --at: ${problem}`,
        hint: '2024-05-01T00:00Z, 2024-05-01, now, -3d',
      }),
    );
  });

  test('so far away that it is no number is refused, too', () => {
    expect(() => parseTime(`-${'9'.repeat(400)}`, context)).toThrow(UsageError);
  });
});
