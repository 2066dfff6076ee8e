/** Reading files that somebody else names. They may be pipes or devices, which never end. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** No setting, certificate or list of passwords is longer, in bytes. */
const smallBytes = 1024 * 1024;

const pieceBytes = 64 * 1024;

const tooLarge = (): Error => Object.assign(new Error('the file is too large'), { code: 'EFBIG' });

/**
 * The text of a small file that somebody wrote by hand.
 * @throws what the system says, or an error with the code EFBIG for more than a mebibyte
 */
export function readSmallFile(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let length = 0; ;) {
      const piece = Buffer.alloc(pieceBytes);
      const count = readSync(handle, piece);
      if (count === 0) return Buffer.concat(pieces).toString('utf8');
      length += count;
      if (length > smallBytes) throw tooLarge();
      pieces.push(piece.subarray(0, count));
    }
  } finally {
    closeSync(handle);
  }
}

/**
 * All bytes of an open file.
 * @throws what the system says, or an error with the code EFBIG for more than the limit, whatever size the file claims
 */
export async function readAtMost(handle: FileHandle, limitBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let length = 0; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(pieceBytes), 0, pieceBytes);
    if (bytesRead === 0) return Buffer.concat(pieces);
    length += bytesRead;
    if (length > limitBytes) throw tooLarge();
    pieces.push(buffer.subarray(0, bytesRead));
  }
}
