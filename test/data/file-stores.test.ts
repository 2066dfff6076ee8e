import { describe, expect, test } from 'vitest';
import { checkFileStore, checkNewFileStore, fileStoreBackends } from '../../src/data/file-stores.ts';
import { storePath } from '../../src/data/local-store-paths.ts';
import { ArgumentError } from '../../src/errors.ts';
import { problemsThrownBy } from './refusals.ts';
import { mayBeRefused, readVectors } from './vectors.ts';

interface StoreCase {
  readonly backend: string;
  readonly configuration: unknown;
  readonly valid: boolean;
  readonly fault?: readonly string[];
}

describe('known answers about configurations', () => {
  test.each(readVectors<StoreCase>('file-store-configuration'))('case $id: $backend', (given) => {
    const problems = problemsThrownBy(() => checkFileStore(given.backend, given.configuration));
    if (given.valid && problems !== undefined && mayBeRefused(given)) return;
    expect(problems === undefined).toBe(given.valid);
    if (!given.valid) expect(Object.keys(problems ?? {})).toEqual(['configuration']);
    const said = (problems?.['configuration'] ?? []).join('\n');
    for (const path of given.fault ?? []) expect(said).toContain(path);
  });
});

describe('known answers about paths', () => {
  test.each(readVectors<{ sha256: string; size: string; path: string }>('local-store-paths'))(
    'case $id',
    ({ sha256, size, path }) => {
      expect(storePath(sha256, size)).toBe(path);
      expect(storePath(sha256, BigInt(size))).toBe(path);
    },
  );
});

test('nothing but a digest and a size becomes part of a path', () => {
  const digest = 'ab'.repeat(32);
  for (const [sha256, size] of [
    [digest.toUpperCase(), 1],
    [`../../${digest.slice(6)}`, 1],
    [`${digest}\n`, 1],
    [digest, -1],
    [digest, 1.5],
    [digest, '01'],
    [digest, ''],
    [digest, '1/../..'],
  ] as const) {
    expect(() => storePath(sha256, size)).toThrow(ArgumentError);
  }
});

describe('a store that somebody makes', () => {
  const lines = (name: string, backend: string, configuration: unknown) =>
    problemsThrownBy(() => checkNewFileStore(name, backend, configuration))?.['configuration'];

  test('has both backends to choose from', () => {
    expect(fileStoreBackends).toEqual(['Local', 'ExternalDebianSuite']);
  });

  test('needs an absolute directory of its own unless it is the default one', () => {
    expect(lines('Default', 'Local', {})).toBeUndefined();
    expect(lines('archive', 'Local', {})).toEqual([
      '"base_directory" is required unless the store is called Default',
    ]);
    expect(lines('archive', 'Local', { base_directory: 'a/b' })).toEqual([
      'base_directory: "a/b" is not an absolute path',
    ]);
    expect(lines('archive', 'Local', { base_directory: '/a/b' })).toBeUndefined();
  });

  test('needs a web address, a suite and components for an archive', () => {
    const good = { archive_root_url: 'https://deb.debian.org/debian/', suite: 'sid', components: ['main'] };
    expect(lines('deb', 'ExternalDebianSuite', good)).toBeUndefined();
    expect(
      lines('deb', 'ExternalDebianSuite', { archive_root_url: 'ftp://x.org/', suite: '', components: [] }),
    ).toEqual([
      'archive_root_url: "ftp://x.org/" is not an http or https URL',
      'suite: must not be empty',
      'components: must not be empty',
    ]);
  });

  test('is refused for the reasons of the model first', () => {
    expect(lines('x', 'S3', {})).toEqual(['file store backend "S3" is not known']);
    expect(lines('x', 'Local', { nope: 1 })).toEqual(['nope: unknown key']);
  });
});
