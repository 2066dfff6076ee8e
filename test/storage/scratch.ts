/** Directories and files for one test, removed with it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Content } from '../../src/storage/contents.ts';

/** An empty directory, as a path without symbolic links. */
export function aDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'debusine-store-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A file with these bytes in a directory of its own. */
export function aLocalFile(bytes: string | Buffer, name = 'file'): string {
  const path = join(aDirectory(), name);
  writeFileSync(path, bytes);
  return path;
}

/** What these bytes are called. */
export function contentOf(bytes: string | Buffer): Content {
  return { sha256: createHash('sha256').update(bytes).digest(), size: Buffer.byteLength(bytes) };
}

/** All files below a directory, as paths relative to it, sorted. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => !statSync(join(directory, path), { throwIfNoEntry: false })?.isDirectory())
    .toSorted();
}
