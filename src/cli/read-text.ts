import { open } from 'node:fs/promises';
import { reasonOf } from '../config/configuration-file.ts';
import { InvalidInputError, StorageError } from '../errors.ts';
import { readAtMost } from '../small-file.ts';
import type { Host } from './context.ts';

/** The most that is read of a file or of standard input, in bytes. Source: cli.md 7.1. */
const limitBytes = 16 * 1024 * 1024;

/**
 * The text of a file; `-` is standard input.
 * @throws StorageError naming path and reason
 * @throws InvalidInputError when it is too long or not UTF-8
 */
export async function readText(host: Host, file: string): Promise<string> {
  if (file === '-') return host.stdin.read(limitBytes);
  let bytes: Buffer;
  try {
    const handle = await open(file, 'r');
    try {
      bytes = await readAtMost(handle, limitBytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'EFBIG') {
      throw new InvalidInputError(`${file} is larger than 16 MiB`);
    }
    throw new StorageError(`cannot read ${file}: ${reasonOf(error)}`);
  }
  return decodeUtf8(bytes, file);
}

/** @throws InvalidInputError when the bytes are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidInputError(`${source} is not UTF-8 text`);
  }
}
