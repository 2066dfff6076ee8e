import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDebianVersions, isDebianVersion } from '../../src/data/debian-versions.ts';
import { ArgumentError } from '../../src/errors.ts';
import { readVectors } from './vectors.ts';

interface VersionCase {
  readonly a: string;
  readonly b: string;
  readonly expected?: number;
  readonly error?: string;
}

describe('known answers about versions', () => {
  test.each(readVectors<VersionCase>('debian-versions'))('case $id: $a and $b', ({ a, b, expected }) => {
    if (expected === undefined) {
      expect(() => compareDebianVersions(a, b)).toThrow(ArgumentError);
      expect(() => compareDebianVersions(b, a)).toThrow(ArgumentError);
      return;
    }
    expect(compareDebianVersions(a, b)).toBe(expected);
    expect(compareDebianVersions(b, a)).toBe(expected === 0 ? 0 : -expected);
  });
});

test.each(['', ':', '1:', ':1', 'a:1', '1 ', '1\n', '1_0', '1/2', '1é', '-1:1'])(
  '%j is no version',
  (text) => {
    expect(isDebianVersion(text)).toBe(false);
  },
);

test.each(['0', '~', '+', '1-1', '1-', '-1', '1:2:3', '0001:1'])('%j is a version', (text) => {
  expect(isDebianVersion(text)).toBe(true);
});

const version = fc.string({
  unit: fc.constantFrom('0', '1', '9', '10', 'a', 'Z', '.', '+', '-', '~'),
  minLength: 1,
});

test('the order is a total one', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(compareDebianVersions(a, a)).toBe(0);
      expect(compareDebianVersions(a, b) + compareDebianVersions(b, a)).toBe(0);
      if (compareDebianVersions(a, b) <= 0 && compareDebianVersions(b, c) <= 0) {
        expect(compareDebianVersions(a, c)).toBeLessThanOrEqual(0);
      }
    }),
  );
});

test('numbers of any length are compared exactly', () => {
  const nines = '9'.repeat(200_000);
  expect(compareDebianVersions(`1.${nines}8`, `1.${nines}9`)).toBe(-1);
  expect(compareDebianVersions(`${nines}:1`, `${nines}0:0`)).toBe(-1);
});
