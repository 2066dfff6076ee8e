import { chmodSync, chownSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRoot, serverAccount } from '../../../src/db/embedded/account.ts';
import {
  closedDirectory,
  makeDirectory,
  prepareSocketDirectory,
} from '../../../src/db/embedded/directories.ts';
import { StorageError } from '../../../src/errors.ts';
import { openFolder } from './folders.ts';

const account = serverAccount(null);
let folder: string;
beforeEach(() => {
  folder = openFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const mode = (path: string) => statSync(path).mode & 0o777;

test('directories are closed to others, except to the other account that the server runs as', () => {
  const umask = process.umask(0o077);
  try {
    makeDirectory(join(folder, 'one/two'), account);
  } finally {
    process.umask(umask);
  }
  const expected = account.isOther ? 0o755 : 0o700;
  expect([mode(join(folder, 'one')), mode(join(folder, 'one/two'))]).toEqual([expected, expected]);
});

test('a directory that cannot be made is an error that names it', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeDirectory(join(folder, 'file/below'), account)).toThrow(
    expect.objectContaining({ code: 'storage', message: expect.stringContaining('file/below') }),
  );
});

describe('the directory of the socket', () => {
  test('is made private to the account of the server, and accepted as that', () => {
    const socket = join(folder, 'new/socket');
    prepareSocketDirectory(socket, account);
    prepareSocketDirectory(socket, account);
    expect(mode(socket)).toBe(0o700);
    expect(statSync(socket).uid).toBe(account.uid);
  });

  test('is refused when others may enter it', () => {
    const socket = join(folder, 'socket');
    mkdirSync(socket);
    chmodSync(socket, 0o710);
    expect(() => prepareSocketDirectory(socket, account)).toThrow(StorageError);
  });

  test('is refused when it is a link or a file', () => {
    const real = join(folder, 'real');
    prepareSocketDirectory(real, account);
    symlinkSync(real, join(folder, 'link'));
    writeFileSync(join(folder, 'file'), '');
    expect(() => prepareSocketDirectory(join(folder, 'link'), account)).toThrow(StorageError);
    expect(() => prepareSocketDirectory(join(folder, 'file'), account)).toThrow(StorageError);
  });

  test.runIf(isRoot())('is refused when somebody else made it', () => {
    const socket = join(folder, 'socket');
    mkdirSync(socket, { mode: 0o700 });
    chownSync(socket, account.uid + 1, account.gid);
    expect(() => prepareSocketDirectory(socket, account)).toThrow(StorageError);
  });
});

test('the first directory that is closed to an account is found', () => {
  const other = { uid: 4711, gid: 4712, isOther: true };
  const closed = join(folder, 'closed');
  mkdirSync(join(closed, 'below'), { recursive: true });
  expect(closedDirectory(join(closed, 'below/missing'), other)).toBeNull();
  chmodSync(closed, 0o750);
  expect(closedDirectory(join(closed, 'below'), other)).toBe(closed);
  expect(closedDirectory(closed, { uid: statSync(closed).uid, gid: 4712, isOther: true })).toBeNull();
  expect(closedDirectory(closed, { uid: 4711, gid: statSync(closed).gid, isOther: true })).toBeNull();
});
