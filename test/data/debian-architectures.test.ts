import { describe, expect, test } from 'vitest';
import { buildArchitectures, matchesArchitecture } from '../../src/data/debian-architectures.ts';
import { readVectors } from './vectors.ts';

interface ArchitecturesCase {
  readonly architectures: readonly string[];
  readonly package_architecture: string;
  readonly expected?: readonly string[];
}

describe('known answers about architectures to build for', () => {
  test.each(readVectors<ArchitecturesCase>('sbuild-architectures'))('case $id', (given) => {
    const found = buildArchitectures(given.architectures, given.package_architecture);
    expect(found).toEqual(given.expected ?? []);
  });
});

test.each([
  ['amd64', 'amd64', true],
  ['amd64', 'linux-any', true],
  ['amd64', 'any-amd64', true],
  ['amd64', 'gnu-any-any', true],
  ['amd64', 'any-any-linux-amd64', true],
  ['amd64', 'linux-amd64', true],
  ['amd64', 'any-any-any-any', true],
  ['amd64', 'musl-any-any', false],
  ['x32', 'any-amd64', true],
  ['x32', 'base-any-any-amd64', false],
  ['armhf', 'any-arm', true],
  ['arm64', 'any-arm', false],
  ['mipsn32el', 'any-mips64el', true],
  ['powerpcspe', 'any-powerpc', true],
  ['musl-linux-armhf', 'musl-linux-any', true],
  ['musl-linux-amd64', 'linux-any', true],
  ['musl-linux-amd64', 'gnu-linux-any', false],
  ['hurd-amd64', 'hurd-any', true],
  ['hurd-amd64', 'linux-any', false],
  ['kfreebsd-armhf', 'any-arm', true],
  ['all', 'any', false],
  ['all', 'all', true],
  ['amd64', 'all', false],
  ['no-such-cpu', 'any', true],
  ['no-such-cpu', 'any-any', false],
  ['amd64', 'any-any-any-any-any', false],
  ['amd64', '', false],
  ['constructor', 'linux-any', false],
  ['AMD64', 'any-amd64', false],
])('%s is meant by %s: %s', (architecture, alias, expected) => {
  expect(matchesArchitecture(architecture, alias)).toBe(expected);
});

test('blanks of any kind stand between the names of a field', () => {
  expect(buildArchitectures(['b', 'a'], '\ta\u00a0b\r\n')).toEqual(['a', 'b']);
});
