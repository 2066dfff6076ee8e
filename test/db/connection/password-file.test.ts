import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPassword, readPasswordFile } from '../../../src/db/connection/password-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'debusine-pgpass-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(text: string, mode = 0o600): string {
  const file = join(directory, 'pgpass');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const find = (text: string, host: string, database = 'debusine'): string | undefined =>
  findPassword(
    readPasswordFile(write(text)),
    { host, port: 5432 },
    {
      database,
      user: 'alice',
      socketDirectories: ['/tmp'],
    },
  );

test('the first line that fits gives the password, and stars fit everything', () => {
  expect(find('# note\nother:*:*:*:no\ndb:5432:*:alice:first\n*:*:*:*:second', 'db')).toBe('first');
  expect(find('db:5433:*:*:no', 'db')).toBeUndefined();
});

test('backslashes take colons and backslashes literally, in hosts as in passwords', () => {
  expect(find(String.raw`\:\:1:*:*:*:a\:b\\c\:`, '::1')).toBe(String.raw`a:b\c:`);
});

test('an escaped star is a star and not everything', () => {
  expect(find(String.raw`*:*:\*:*:no`, 'db')).toBeUndefined();
  expect(find(String.raw`*:*:\*:*:yes`, 'db', '*')).toBe('yes');
});

test('a server at the default socket directory goes by the name localhost', () => {
  expect(find('localhost:*:*:*:yes', '/tmp')).toBe('yes');
  expect(find('localhost:*:*:*:yes', '/elsewhere')).toBeUndefined();
});

test('a file that others can read is not used, and the warning does not tell what is in it', () => {
  const { lines, warning } = readPasswordFile(write('*:*:*:*:secret-word', 0o640));
  expect(lines).toEqual([]);
  expect(warning).toContain('group or others have access');
  expect(warning).not.toContain('secret-word');
});

test('a file that is not there gives no lines and no warning', () => {
  expect(readPasswordFile(join(directory, 'absent'))).toEqual({ lines: [] });
});

test('one that cannot be looked for is as good as absent', () => {
  // The name is longer than the system takes; a home that may not be entered answers in the same way.
  expect(readPasswordFile(join(directory, 'x'.repeat(5000)))).toEqual({ lines: [] });
});
