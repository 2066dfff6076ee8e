import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFileDirectories } from '../../src/cli/file-directories.ts';
import { makeDirectory } from '../../src/db/embedded/directories.ts';
import { serverAccount } from '../../src/db/embedded/account.ts';
import { makeWithParents } from '../../src/storage/make-directory.ts';
import { aDirectory } from './scratch.ts';

const mode = (path: string): number => statSync(path).mode & 0o777;

test('all that was missing is made with the mode, and the outermost is told', () => {
  const base = aDirectory();
  expect(makeWithParents(join(base, 'a/b/c'), 0o700)).toBe(join(base, 'a'));
  expect(['a', 'a/b', 'a/b/c'].map((name) => mode(join(base, name)))).toEqual([0o700, 0o700, 0o700]);
  expect(makeWithParents(join(base, 'a/b/c'), 0o700)).toBeUndefined();
});

test('something else of that name, or on the way to it, is an error', () => {
  const base = aDirectory();
  writeFileSync(join(base, 'file'), '');
  for (const path of ['file', 'file/below']) {
    expect(() => makeWithParents(join(base, path), 0o700)).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    );
  }
});

test('what is there stays as it is', () => {
  const base = aDirectory();
  mkdirSync(join(base, 'open'), 0o755);
  makeWithParents(join(base, 'open/new'), 0o700);
  expect([mode(join(base, 'open')), mode(join(base, 'open/new'))]).toEqual([0o755, 0o700]);
});

// The system's own way to make parents hangs there for good.
test('below a directory that takes none it ends with an error', () => {
  const place = '/proc/nonexistent/store';
  const settings = { storeDirectory: place, uploadDirectory: place };
  expect(() => makeFileDirectories(settings)).toThrow(
    `cannot make the directory ${place}: no such file or directory`,
  );
  expect(() => makeDirectory(place, serverAccount(null))).toThrow(`cannot create the directory ${place}`);
});
