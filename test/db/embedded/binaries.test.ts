import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRoot, serverAccount } from '../../../src/db/embedded/account.ts';
import { findBinaries, type BinarySearch } from '../../../src/db/embedded/binaries.ts';
import { platformPackage } from '../../../src/db/embedded/platform-package.ts';
import { packagedMajor } from '../../../src/db/embedded/settings.ts';
import { openFolder } from './folders.ts';

const packaged = platformPackage();
const account = serverAccount(null);
let folder: string;
let search: BinarySearch;
beforeEach(() => {
  folder = openFolder();
  search = { account, cache: join(folder, 'cache'), programPath: '', installed: [] };
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

/** A package as npm unpacks it: without the links between its libraries. */
function unpack(from: string): string {
  const directory = join(folder, 'package');
  mkdirSync(directory);
  for (const name of ['native', 'package.json']) {
    cpSync(join(from, name), join(directory, name), { recursive: true, verbatimSymlinks: true });
  }
  for (const entry of readdirSync(join(directory, 'native/lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(directory, 'native/lib', entry.name));
  }
  return directory;
}

/** A folder with programs that answer as an installed PostgreSQL of that version does. */
function pretend(major: string, extension = 'btree_gist'): void {
  const root = join(folder, 'installed', major);
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'share/extension'), { recursive: true });
  for (const program of ['postgres', 'initdb']) {
    writeFileSync(
      join(root, 'bin', program),
      `#!/bin/sh\necho "${program} (PostgreSQL) ${major}.3 (Debian)"\n`,
    );
    chmodSync(join(root, 'bin', program), 0o755);
  }
  writeFileSync(join(root, 'share/extension', `${extension}.control`), '');
}

/** A package whose server is this text, which makes the real files unnecessary. */
function pretendPackage(server: string, mode: number): string {
  const directory = join(folder, 'package');
  mkdirSync(join(directory, 'native/bin'), { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "version": "18.4.0-beta.17" }');
  writeFileSync(join(directory, 'native/pg-symlinks.json'), '[]');
  writeFileSync(join(directory, 'native/bin/postgres'), server, { mode });
  return directory;
}

const installed = () => [{ directory: join(folder, 'installed'), name: /^(\d+)$/, below: 'bin' }];

describe.runIf(packaged !== null)('the npm package', () => {
  const original = packaged ?? '';

  test('gets the links that npm cannot carry', async () => {
    const packageDirectory = unpack(original);
    const found = await findBinaries({ ...search, packageDirectory });
    expect(found.directory).toBe(join(packageDirectory, 'native/bin'));
    expect(found.major).toBe(packagedMajor);
    expect(readdirSync(folder)).toEqual(['package']);
  });

  test.runIf(isRoot())('is copied, without what nobody executes, when the way to it is closed', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    const packageDirectory = join(closed, 'package');
    symlinkSync(original, packageDirectory);
    chmodSync(closed, 0o700);
    const umask = process.umask(0o077);
    try {
      const found = await findBinaries({ ...search, packageDirectory });
      expect(found.directory.startsWith(join(folder, 'cache/pg-'))).toBe(true);
      const copied = statSync(join(found.directory, 'postgres'));
      expect([copied.uid, copied.mode & 0o777]).toEqual([0, 0o755]);
      const libraries = readdirSync(join(found.directory, '../lib'));
      expect(libraries.filter((name) => name.endsWith('.a') || name === 'pkgconfig')).toEqual([]);
      expect(libraries).toContain('libpq.so.5');
      // The copy is used again.
      const { ino } = copied;
      const again = await findBinaries({ ...search, packageDirectory });
      expect(statSync(join(again.directory, 'postgres')).ino).toBe(ino);
    } finally {
      process.umask(umask);
    }
  });

  test.skipIf(isRoot())('is copied when its links are missing and it may not be changed', async () => {
    const packageDirectory = unpack(original);
    chmodSync(join(packageDirectory, 'native/lib'), 0o555);
    const found = await findBinaries({ ...search, packageDirectory }).finally(() => {
      chmodSync(join(packageDirectory, 'native/lib'), 0o755);
    });
    expect(found.directory.startsWith(join(folder, 'cache/pg-'))).toBe(true);
  });

  test('is not copied into a folder that others can change', async () => {
    const packageDirectory = pretendPackage('#!/bin/sh\n', 0o600);
    mkdirSync(search.cache);
    chmodSync(search.cache, 0o777);
    await expect(findBinaries({ ...search, packageDirectory })).rejects.toMatchObject({
      details: { rejected: [expect.stringContaining('only its owner')] },
    });
    expect(readdirSync(search.cache)).toEqual([]);
  });

  test('gives way to an installed PostgreSQL when it is not for this system', async () => {
    const packageDirectory = pretendPackage('#!/lib/of/another/system\n', 0o755);
    pretend('16');
    const found = await findBinaries({ ...search, packageDirectory, installed: installed() });
    expect(found).toEqual({ directory: join(folder, 'installed/16/bin'), version: '16.3', major: 16 });
    expect(existsSync(search.cache)).toBe(false);
  });

  test('gives way to an installed PostgreSQL that made the data directory', async () => {
    pretend('16');
    const found = await findBinaries({ ...search, major: 16, installed: installed() });
    expect(found.major).toBe(16);
  });
});

describe('an installed PostgreSQL', () => {
  beforeEach(() => {
    search = { ...search, packageDirectory: null, installed: installed() };
  });

  test('of the newest version is taken', async () => {
    pretend('15');
    pretend('17');
    pretend('9');
    expect((await findBinaries(search)).version).toBe('17.3');
  });

  test('is passed over without the extension that the schema needs', async () => {
    pretend('15');
    pretend('17', 'cube');
    expect((await findBinaries(search)).version).toBe('15.3');
  });

  test('is found in PATH', async () => {
    pretend('17');
    const programPath = `relative:${join(folder, 'missing')}:${join(folder, 'installed/17/bin')}`;
    expect((await findBinaries({ ...search, installed: [], programPath })).version).toBe('17.3');
  });

  test('that is too old, missing or of another version is an error that says what to install', async () => {
    pretend('14');
    const programPath = join(folder, 'installed/14/bin');
    await expect(findBinaries({ ...search, programPath })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('PostgreSQL 15 or newer'),
      hint: expect.stringContaining('install'),
      details: { rejected: [`${programPath}: it is version 14.3`] },
    });
    await expect(findBinaries({ ...search, major: 15 })).rejects.toThrow(
      'PostgreSQL 15, which made the existing data',
    );
  });
});
