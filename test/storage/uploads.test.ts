import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StorageError } from '../../src/errors.ts';
import { removeUpload, uploadPath, uploadSize } from '../../src/storage/uploads.ts';
import { aDirectory } from './scratch.ts';

describe('uploadPath', () => {
  test('is below the upload directory', () => {
    expect(uploadPath('/uploads', 'a')).toBe('/uploads/a');
    expect(uploadPath('/uploads', 'a/..b/c')).toBe('/uploads/a/..b/c');
  });

  test.each(['../a', '/etc/passwd', 'a/../../b', '..', '.', ''])('refuses %j, which leads out', (path) => {
    expect(() => uploadPath('/uploads', path)).toThrow(StorageError);
  });
});

test('the size of an upload is that on disk, and 0 while there is no file', async () => {
  const directory = aDirectory();
  writeFileSync(join(directory, 'a'), '12345');

  expect(await uploadSize(directory, 'a')).toBe(5);
  expect(await uploadSize(directory, 'b')).toBe(0);
});

describe('removeUpload', () => {
  test('removes the file; one that is not there is fine', async () => {
    const directory = aDirectory();
    writeFileSync(join(directory, 'a'), '');

    await removeUpload(directory, 'a');
    await removeUpload(directory, 'a');
    await removeUpload(directory, 'no/such/directory');

    expect(existsSync(join(directory, 'a'))).toBe(false);
  });

  test('says why a file cannot be removed', async () => {
    const directory = aDirectory();
    mkdirSync(join(directory, 'a'));

    await expect(removeUpload(directory, 'a')).rejects.toThrow(`cannot remove ${join(directory, 'a')}`);
  });

  test('does not go through a symbolic link that leads out', async () => {
    const directory = aDirectory();
    const outside = aDirectory();
    writeFileSync(join(outside, 'a'), '');
    symlinkSync(outside, join(directory, 'link'));

    await expect(removeUpload(directory, 'link/a')).rejects.toThrow(/a symbolic link leads out/);

    expect(existsSync(join(outside, 'a'))).toBe(true);
  });
});
