import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freeBytes } from '../../src/storage/free-space.ts';
import {
  checkUsable,
  isUsable,
  makeStoreDirectory,
  overlap,
  removeStoreDirectory,
} from '../../src/storage/store-directories.ts';
import { aDirectory, aLocalFile } from './scratch.ts';

test('a directory that exists can be used; a missing one and a file cannot', async () => {
  const directory = aDirectory();

  await checkUsable(directory);
  await expect(checkUsable(join(directory, 'no'))).rejects.toThrow(
    `store directory ${directory}/no does not exist`,
  );
  await expect(checkUsable(aLocalFile(''))).rejects.toThrow(/is not a directory/);
  expect(await isUsable(directory)).toBe(true);
  expect(await isUsable(join(directory, 'no'))).toBe(false);
});

test.skipIf(process.geteuid?.() === 0)('a directory that may not be written to cannot be used', async () => {
  const directory = join(aDirectory(), 'store');
  mkdirSync(directory, { mode: 0o500 });

  await expect(checkUsable(directory)).rejects.toThrow(/permission denied/);
});

test('a store directory is made for owner and group, once, and taken back while it is empty', async () => {
  const directory = join(aDirectory(), 'store');

  expect(await makeStoreDirectory(directory)).toBe(true);
  expect(statSync(directory).mode & 0o027).toBe(0);
  expect(await makeStoreDirectory(directory)).toBe(false);
  writeFileSync(join(directory, 'a'), '');
  await removeStoreDirectory(directory);
  expect(existsSync(directory)).toBe(true);
});

test('a store directory is not made below one that is missing', async () => {
  const directory = join(aDirectory(), 'a', 'b');

  await expect(makeStoreDirectory(directory)).rejects.toThrow(`cannot make the directory ${directory}`);
});

describe('overlap', () => {
  test.each([
    ['/srv/a', '/srv/a', true],
    ['/srv/a', '/srv/a/', true],
    ['/srv/a', '/srv/a/b', true],
    ['/srv/a/b/c', '/srv/a', true],
    ['/srv/a', '/', true],
    ['/srv/a', '/srv/ab', false],
    ['/srv/a', '/srv/b', false],
    ['/srv/a', '/srv/..a', false],
    ['/srv/a/../b', '/srv/b', true],
  ])('of %s and %s: %s', async (one, other, expected) => {
    expect(await overlap(one, other)).toBe(expected);
    expect(await overlap(other, one)).toBe(expected);
  });

  test('sees through symbolic links, also below what does not exist yet', async () => {
    const directory = aDirectory();
    mkdirSync(join(directory, 'real'));
    symlinkSync(join(directory, 'real'), join(directory, 'link'));

    expect(await overlap(join(directory, 'link'), join(directory, 'real'))).toBe(true);
    expect(await overlap(join(directory, 'link/new/store'), join(directory, 'real/new'))).toBe(true);
  });
});

test('the room left is known for a directory that exists', async () => {
  expect(await freeBytes(aDirectory())).toBeGreaterThan(0);
  expect(await freeBytes(null)).toBeNull();
  await expect(freeBytes('/no/such/directory')).rejects.toThrow('cannot look at /no/such/directory');
});
