import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tryLockFile, withLockFile } from '../../../src/db/embedded/lock-file.ts';
import { LockTimeoutError, StorageError } from '../../../src/errors.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debusine-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('a lock is given to one, and again after it was given back', () => {
  const unlock = tryLockFile(file);
  expect(unlock).not.toBeNull();
  expect(tryLockFile(file)).toBeNull();
  unlock?.();
  expect(existsSync(file)).toBe(false);
  tryLockFile(file)?.();
  expect(readdirSync(folder)).toEqual([]);
});

test('the lock of a process that was killed is taken over', async () => {
  writeFileSync(file, `${await deadProcess()}\n\nleft\n`);
  expect(tryLockFile(file)).not.toBeNull();
  expect(readdirSync(folder)).toEqual(['lock']);
});

test.runIf(existsSync('/proc/self/stat'))(
  'the lock of a dead process whose id was given to another is taken over',
  () => {
    writeFileSync(file, `${process.pid}\n1\nleft\n`);
    expect(tryLockFile(file)).not.toBeNull();
  },
);

test('a damaged lock is taken over', () => {
  writeFileSync(file, '');
  expect(tryLockFile(file)).not.toBeNull();
});

test('who lost the lock does not remove that of the next one', () => {
  const unlock = tryLockFile(file);
  rmSync(file);
  tryLockFile(file);
  unlock?.();
  expect(existsSync(file)).toBe(true);
});

test('work that is not needed any more is not done', async () => {
  const done = await withLockFile(
    file,
    performance.now() + 1000,
    () => false,
    () => Promise.reject(new Error('it was done')),
  );
  expect(done).toBeNull();
});

test('the lock is given back when the work fails', async () => {
  const work = () => Promise.reject(new Error('failed'));
  await expect(withLockFile(file, performance.now() + 1000, () => true, work)).rejects.toThrow('failed');
  expect(existsSync(file)).toBe(false);
});

test('waiting for a living holder ends at the deadline', async () => {
  tryLockFile(file);
  const work = () => Promise.resolve('done');
  await expect(withLockFile(file, performance.now(), () => true, work)).rejects.toThrow(LockTimeoutError);
});

test('a folder that does not exist is named', () => {
  expect(() => tryLockFile(join(folder, 'missing', 'lock'))).toThrow(StorageError);
});
