/** What a file holds, told by its SHA-256 and its size. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StorageError } from '../errors.ts';
import { storageFailure } from './failures.ts';

/** Names one content: its digest (32 bytes) and its size in bytes. A row of `files` is one. */
export interface Content {
  readonly sha256: Buffer;
  readonly size: number;
}

const chunkBytes = 1 << 20;

/** Whether both name the same content. */
export function isSameContent(one: Content, other: Content): boolean {
  return one.size === other.size && one.sha256.equals(other.sha256);
}

/** `<64 hexadecimal digits>-<size>`, as messages and keys of maps name a content. */
export function contentName({ sha256, size }: Content): string {
  return `${sha256.toString('hex')}-${size}`;
}

/**
 * Opens a regular file for reading. Symbolic links are not followed, and a pipe does not make us wait for its other
 * end.
 * @throws StorageError naming path and reason
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw storageFailure('read', path, error);
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new StorageError(`cannot read ${path}: is not a regular file`, { details: { path } });
}

/**
 * Reads an open file from its start to its end.
 * @param consume is handed each piece, which is overwritten afterwards
 * @throws StorageError when the file cannot be read, or changes meanwhile: what was read is then no content that
 *   the file ever had
 */
export async function readContent(
  handle: FileHandle,
  path: string,
  consume: (piece: Buffer) => Promise<void> | void = () => {},
): Promise<Content> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const before = await handle.stat({ bigint: true });
  let size = 0;
  for (;;) {
    let bytesRead: number;
    try {
      ({ bytesRead } = await handle.read(buffer, 0, chunkBytes, size));
    } catch (error) {
      throw storageFailure('read', path, error);
    }
    if (bytesRead === 0) break;
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    size += bytesRead;
    await consume(piece);
  }
  const after = await handle.stat({ bigint: true });
  if (after.size !== BigInt(size) || before.size !== after.size || before.mtimeNs !== after.mtimeNs) {
    throw new StorageError(`${path} changed while it was being read`, { details: { path } });
  }
  return { sha256: hash.digest(), size };
}

/**
 * Digest and size of a regular file, read in pieces.
 *
 * Source: `File.calculate_hash` in models.md 3.5.
 * @throws StorageError when the file cannot be read, is not a regular file, or changes meanwhile
 */
export async function hashFile(path: string, consume?: (piece: Buffer) => void): Promise<Content> {
  const handle = await openRegularFile(path);
  try {
    return await readContent(handle, path, consume);
  } finally {
    await handle.close();
  }
}
