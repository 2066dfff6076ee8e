import { execFileSync } from 'node:child_process';
import { appendFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StorageError } from '../../src/errors.ts';
import {
  contentName,
  hashFile,
  isSameContent,
  openRegularFile,
  readContent,
} from '../../src/storage/contents.ts';
import { aDirectory, aLocalFile, contentOf } from './scratch.ts';

describe('hashFile', () => {
  test('gives the SHA-256 and the size of a file', async () => {
    const { sha256, size } = await hashFile(aLocalFile('abc'));

    expect(sha256.toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(size).toBe(3);
  });

  test('reads a file that is longer than one piece, and shows every piece', async () => {
    const bytes = Buffer.alloc(2_500_000, 'debusine');
    const pieces: number[] = [];

    expect(await hashFile(aLocalFile(bytes), (piece) => pieces.push(piece.length))).toEqual(contentOf(bytes));
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(bytes.length);
  });

  test('takes an empty file', async () => {
    expect(await hashFile(aLocalFile(''))).toEqual(contentOf(''));
  });

  test('names a file that is not there, with the reason', async () => {
    const path = join(aDirectory(), 'nothing');

    const failure = hashFile(path);

    await expect(failure).rejects.toThrow(StorageError);
    await expect(failure).rejects.toThrow(`cannot read ${path}: no such file or directory`);
  });

  test('refuses a symbolic link', async () => {
    const link = join(aDirectory(), 'link');
    symlinkSync(aLocalFile('abc'), link);

    await expect(hashFile(link)).rejects.toThrow(`cannot read ${link}: is a symbolic link`);
  });

  test('refuses a directory, and a pipe without waiting for its other end', async () => {
    const directory = aDirectory();
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);

    await expect(hashFile(directory)).rejects.toThrow('is not a regular file');
    await expect(hashFile(pipe)).rejects.toThrow('is not a regular file');
  });
});

describe('a file that changes while it is being read is refused', () => {
  async function readWhile(change: (path: string) => void) {
    const path = aLocalFile('0123456789');
    utimesSync(path, 1, 1);
    const handle = await openRegularFile(path);
    let isFirst = true;
    try {
      return await readContent(handle, path, () => {
        if (isFirst) change(path);
        isFirst = false;
      });
    } finally {
      await handle.close();
    }
  }

  test('when it grows', async () => {
    await expect(readWhile((path) => appendFileSync(path, 'more'))).rejects.toThrow(
      /changed while it was being read/,
    );
  });

  test('when it shrinks', async () => {
    await expect(readWhile((path) => writeFileSync(path, '0'))).rejects.toThrow(
      /changed while it was being read/,
    );
  });

  test('when it is overwritten by as many bytes', async () => {
    await expect(readWhile((path) => writeFileSync(path, '9876543210'))).rejects.toThrow(
      /changed while it was being read/,
    );
  });

  test('but not when nothing happens to it', async () => {
    expect(await readWhile(() => {})).toEqual(contentOf('0123456789'));
  });
});

test('contents are the same when digest and size are', () => {
  const { sha256 } = contentOf('abc');

  expect(isSameContent({ sha256, size: 3 }, contentOf('abc'))).toBe(true);
  expect(isSameContent({ sha256, size: 4 }, contentOf('abc'))).toBe(false);
  expect(isSameContent(contentOf('abd'), contentOf('abc'))).toBe(false);
  expect(contentName(contentOf('abc'))).toBe(`${sha256.toString('hex')}-3`);
});
