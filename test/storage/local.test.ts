import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StorageError } from '../../src/errors.ts';
import { localPath, putFile, removeFile } from '../../src/storage/local.ts';
import vectors from '../vectors/local-store-paths.json' with { type: 'json' };
import { aDirectory, aLocalFile, contentOf, filesBelow } from './scratch.ts';

const replace = { otherBytes: 'replace' } as const;
const refuse = { otherBytes: 'refuse' } as const;
const isRoot = process.geteuid?.() === 0;

describe('localPath', () => {
  test.each(vectors.cases.filter(({ size }) => Number.isSafeInteger(Number(size))))(
    'is the path of the original for case $id',
    ({ sha256, size, path }) => {
      const content = { sha256: Buffer.from(sha256, 'hex'), size: Number(size) };

      expect(localPath('/store', content)).toBe(`/store/${path}`);
    },
  );
});

describe('putFile', () => {
  test('puts the bytes under their name, below three directories, and leaves nothing else', async () => {
    const store = aDirectory();
    const content = contentOf('hello');

    expect(await putFile(store, content, aLocalFile('hello'), replace)).toBe('stored');

    const hex = content.sha256.toString('hex');
    expect(filesBelow(store)).toEqual([`${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4, 6)}/${hex}-5`]);
    expect(readFileSync(localPath(store, content), 'utf8')).toBe('hello');
  });

  test('stores empty content, and content longer than one piece, and tells the bytes', async () => {
    const store = aDirectory();
    const long = Buffer.alloc(2_500_000, 'x');
    let told = 0;
    const onBytes = (bytes: number) => (told += bytes);

    await putFile(store, contentOf(''), aLocalFile(''), replace);
    await putFile(store, contentOf(long), aLocalFile(long), { ...replace, onBytes });
    expect(told).toBe(long.length);
    await putFile(store, contentOf(long), aLocalFile(long), { ...replace, onBytes });

    expect(told).toBe(2 * long.length);
    expect(readFileSync(localPath(store, contentOf(''))).length).toBe(0);
    expect(readFileSync(localPath(store, contentOf(long))).equals(long)).toBe(true);
  });

  test('leaves bytes that are there already alone', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    await putFile(store, content, aLocalFile('hello'), replace);
    const before = statSync(localPath(store, content), { bigint: true });

    expect(await putFile(store, content, aLocalFile('hello'), replace)).toBe('kept');
    expect(await putFile(store, content, aLocalFile('hello'), refuse)).toBe('kept');

    expect(statSync(localPath(store, content), { bigint: true }).ino).toBe(before.ino);
    expect(filesBelow(store)).toHaveLength(1);
  });

  test.each([
    ['of another size', 'hell'],
    ['of the same size', 'HELLO'],
  ])(
    'refuses other bytes %s under the name of a recorded content, and changes nothing',
    async (_what, bytes) => {
      const store = aDirectory();
      const content = contentOf('hello');
      const target = localPath(store, content);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);

      await expect(putFile(store, content, aLocalFile('hello'), refuse)).rejects.toThrow(
        `${target} does not hold the content that its name says`,
      );

      expect(readFileSync(target, 'utf8')).toBe(bytes);
      expect(filesBelow(store)).toHaveLength(1);
    },
  );

  test('replaces other bytes that no record names, as a crash may leave them', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    const target = localPath(store, content);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, 'HELLO');

    expect(await putFile(store, content, aLocalFile('hello'), replace)).toBe('stored');

    expect(readFileSync(target, 'utf8')).toBe('hello');
  });

  test('replaces a symbolic link under the name, and does not write where it leads', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    const elsewhere = aLocalFile('HELLO');
    const target = localPath(store, content);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(elsewhere, target);

    await expect(putFile(store, content, aLocalFile('hello'), refuse)).rejects.toThrow(StorageError);
    await putFile(store, content, aLocalFile('hello'), replace);

    expect(lstatSync(target).isFile()).toBe(true);
    expect(readFileSync(elsewhere, 'utf8')).toBe('HELLO');
  });

  test('puts the bytes of a recorded content back when they are missing', async () => {
    const store = aDirectory();
    const content = contentOf('hello');

    expect(await putFile(store, content, aLocalFile('hello'), refuse)).toBe('stored');

    expect(readFileSync(localPath(store, content), 'utf8')).toBe('hello');
  });

  test.each([
    ['of another size', 'hello!'],
    ['of the same size', 'HELLO'],
  ])('stores nothing when the file holds other bytes %s than announced', async (_what, bytes) => {
    const store = aDirectory();
    const source = aLocalFile(bytes);

    await expect(putFile(store, contentOf('hello'), source, replace)).rejects.toThrow(
      `${source} does not hold the content ${contentOf('hello').sha256.toString('hex')}-5`,
    );

    expect(filesBelow(store)).toEqual([]);
  });

  test('leaves no temporary file when the file is gone', async () => {
    const store = aDirectory();
    const source = join(aDirectory(), 'gone');

    await expect(putFile(store, contentOf('hello'), source, replace)).rejects.toThrow(
      `cannot read ${source}`,
    );

    expect(filesBelow(store)).toEqual([]);
  });

  test('leaves no temporary file when the name is taken by a directory', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    mkdirSync(localPath(store, content), { recursive: true });

    await expect(putFile(store, content, aLocalFile('hello'), replace)).rejects.toThrow(/is a directory/);

    expect(filesBelow(store)).toEqual([]);
  });

  test('copies to a name of its own that ends in .temp, in the directory of the target', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    const seen: string[][] = [];
    const onBytes = () => seen.push(readdirSync(dirname(localPath(store, content))));

    await putFile(store, content, aLocalFile('hello'), { ...replace, onBytes });
    rmSync(localPath(store, content));
    await putFile(store, content, aLocalFile('hello'), { ...replace, onBytes });

    const names = seen.flat();
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}\.temp$/);
    expect(new Set(names).size).toBe(2);
  });

  test('refuses a store whose directory is missing, and makes nothing', async () => {
    const store = join(aDirectory(), 'store');

    await expect(putFile(store, contentOf('hello'), aLocalFile('hello'), replace)).rejects.toThrow(
      `store directory ${store} does not exist`,
    );

    expect(existsSync(store)).toBe(false);
  });

  test('refuses a store whose directory is a file', async () => {
    await expect(putFile(aLocalFile(''), contentOf('hello'), aLocalFile('hello'), replace)).rejects.toThrow(
      /is not a directory/,
    );
  });

  test('follows a symbolic link that the store directory itself is', async () => {
    const store = aDirectory();
    const link = join(aDirectory(), 'store');
    symlinkSync(store, link);

    await putFile(link, contentOf('hello'), aLocalFile('hello'), replace);

    expect(readFileSync(localPath(store, contentOf('hello')), 'utf8')).toBe('hello');
  });

  test.each([1, 2, 3])(
    'refuses a symbolic link in place of directory level %i, and writes nothing there',
    async (level) => {
      const store = aDirectory();
      const outside = aDirectory();
      const content = contentOf('hello');
      const hex = content.sha256.toString('hex');
      const levels = [hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6)].slice(0, level);
      const link = join(store, ...levels);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(outside, link);

      await expect(putFile(store, content, aLocalFile('hello'), replace)).rejects.toThrow(
        `cannot use ${link}: is a symbolic link`,
      );

      expect(filesBelow(outside)).toEqual([]);
    },
  );

  test('refuses a file in place of a directory', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    writeFileSync(join(store, content.sha256.toString('hex').slice(0, 2)), '');

    await expect(putFile(store, content, aLocalFile('hello'), replace)).rejects.toThrow(/is not a directory/);
  });

  test.each([
    ['its owner only', 0o700, 0o700, 0o600],
    ['its group to read', 0o750, 0o750, 0o640],
    ['its group to write', 0o2770, 0o2770, 0o660],
    ['everybody', 0o755, 0o750, 0o640],
  ])('grants what the store directory grants %s, and others nothing', async (_who, mode, directory, file) => {
    const store = aDirectory();
    chmodSync(store, mode);
    const content = contentOf('hello');
    const before = process.umask(0o077);
    try {
      await putFile(store, content, aLocalFile('hello'), replace);
    } finally {
      process.umask(before);
    }

    const target = localPath(store, content);
    expect(statSync(target).mode & 0o7777).toBe(file);
    expect(statSync(dirname(target)).mode & 0o7777).toBe(directory);
    expect(statSync(dirname(dirname(dirname(target)))).mode & 0o7777).toBe(directory);
  });

  test.runIf(isRoot)('gives what root makes to the account that the store directory belongs to', async () => {
    const store = aDirectory();
    chownSync(store, 1234, 5678);
    const content = contentOf('hello');

    await putFile(store, content, aLocalFile('hello'), replace);

    for (const path of [localPath(store, content), dirname(localPath(store, content))]) {
      expect(statSync(path)).toMatchObject({ uid: 1234, gid: 5678 });
    }
  });

  test('two at once store the same content once, and both succeed', async () => {
    const store = aDirectory();
    const bytes = Buffer.alloc(1_500_000, 'y');
    const sources = Array.from({ length: 8 }, () => aLocalFile(bytes));

    await Promise.all(sources.map((source) => putFile(store, contentOf(bytes), source, replace)));

    expect(filesBelow(store)).toHaveLength(1);
    expect(readFileSync(localPath(store, contentOf(bytes))).equals(bytes)).toBe(true);
  });

  test('makes a directory again that is removed because it was empty', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    const inner = dirname(localPath(store, content));
    let isBusy = true;
    const putting = putFile(store, content, aLocalFile('hello'), replace).finally(() => (isBusy = false));
    let removed = 0;
    while (isBusy && removed < 2) {
      try {
        rmdirSync(inner);
        removed++;
      } catch {
        // Not there yet, or not empty.
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }

    expect(await putting).toBe('stored');
    expect(readFileSync(localPath(store, content), 'utf8')).toBe('hello');
  });
});

describe('removeFile', () => {
  test('removes the bytes and nothing else', async () => {
    const store = aDirectory();
    await putFile(store, contentOf('one'), aLocalFile('one'), replace);
    await putFile(store, contentOf('two'), aLocalFile('two'), replace);

    expect(await removeFile(store, contentOf('one'))).toBe(true);

    expect(filesBelow(store).map((path) => join(store, path))).toEqual([localPath(store, contentOf('two'))]);
  });

  test('finds nothing to do when the bytes, or the directories above them, are missing', async () => {
    const store = aDirectory();
    const content = contentOf('hello');

    expect(await removeFile(store, content)).toBe(false);
    mkdirSync(dirname(localPath(store, content)), { recursive: true });
    expect(await removeFile(store, content)).toBe(false);
  });

  test('refuses a store whose directory is missing, since nobody knows then what it holds', async () => {
    await expect(removeFile(join(aDirectory(), 'store'), contentOf('hello'))).rejects.toThrow(
      /does not exist/,
    );
  });

  test.each([1, 2, 3])(
    'does not go through a symbolic link in place of directory level %i',
    async (level) => {
      const store = aDirectory();
      const content = contentOf('hello');
      await putFile(store, content, aLocalFile('hello'), replace);
      const hex = content.sha256.toString('hex');
      const link = join(store, ...[hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6)].slice(0, level));
      const outside = join(aDirectory(), 'moved');
      renameSync(link, outside);
      symlinkSync(outside, link);

      await expect(removeFile(store, content)).rejects.toThrow(`cannot use ${link}: is a symbolic link`);

      expect(filesBelow(outside)).toHaveLength(1);
    },
  );

  test('removes a symbolic link under the name, not what it leads to', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    const elsewhere = aLocalFile('hello');
    mkdirSync(dirname(localPath(store, content)), { recursive: true });
    symlinkSync(elsewhere, localPath(store, content));

    expect(await removeFile(store, content)).toBe(true);

    expect(readFileSync(elsewhere, 'utf8')).toBe('hello');
    expect(filesBelow(realpathSync(store))).toEqual([]);
  });

  test('says why something under the name cannot be removed', async () => {
    const store = aDirectory();
    const content = contentOf('hello');
    mkdirSync(localPath(store, content), { recursive: true });

    await expect(removeFile(store, content)).rejects.toThrow(`cannot remove ${localPath(store, content)}`);
  });
});
