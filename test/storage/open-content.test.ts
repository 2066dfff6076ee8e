import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { localPath, openContent, putFile } from '../../src/storage/local.ts';
import { aDirectory, aLocalFile, contentOf } from './scratch.ts';

const content = contentOf('hello');

async function aStore(): Promise<string> {
  const store = aDirectory();
  await putFile(store, content, aLocalFile('hello'), { otherBytes: 'replace' });
  return store;
}

test('a content is read from its place, also when the store directory itself is a symbolic link', async () => {
  const store = await aStore();
  const link = join(aDirectory(), 'link');
  symlinkSync(store, link);
  for (const directory of [store, link]) {
    const handle = await openContent(directory, content);
    expect(await handle.readFile('utf8')).toBe('hello');
    await handle.close();
  }
});

test.each([1, 2, 3])(
  'a symbolic link as directory number %i above a content is not followed',
  async (level) => {
    const store = await aStore();
    const file = localPath(store, content);
    const inner = dirname(file);
    const directory = [dirname(dirname(inner)), dirname(inner), inner][level - 1] ?? inner;
    const outside = join(aDirectory(), 'moved');
    renameSync(directory, outside);
    symlinkSync(outside, directory);
    const refused = `cannot use ${directory}: is a symbolic link`;
    await expect(openContent(store, content)).rejects.toThrow(refused);
    // Nor does what lies behind it count as stored.
    await expect(putFile(store, content, aLocalFile('hello'), { otherBytes: 'replace' })).rejects.toThrow(
      refused,
    );
  },
);

test('a symbolic link under the name, a directory and a missing file are not read', async () => {
  const store = await aStore();
  const file = localPath(store, content);
  unlinkSync(file);
  await expect(openContent(store, content)).rejects.toThrow(`cannot read ${file}: no such file`);
  const outside = join(aDirectory(), 'secret');
  writeFileSync(outside, 'hello');
  symlinkSync(outside, file);
  await expect(openContent(store, content)).rejects.toThrow(`cannot read ${file}: is a symbolic link`);
  unlinkSync(file);
  mkdirSync(file);
  await expect(openContent(store, content)).rejects.toThrow(`cannot read ${file}: is not a regular file`);
});
