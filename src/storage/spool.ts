/** Bytes put aside on disk, written once and read once from the front, so that memory does not grow with them. */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pieceBytes = 64 * 1024;

/**
 * The file lies in the system's directory for temporary files and has no name any more once it is open, so nothing
 * of it is left however the process ends. Where there is no room for it, memory has to do: a full disk is no reason
 * to refuse the work that would free it.
 */
export class Spool {
  readonly #file: number | undefined;
  #length = 0;
  /** What came after the disk was full. */
  readonly #inMemory: Buffer[] = [];

  constructor(directory = tmpdir()) {
    this.#file = open(directory);
  }

  append(bytes: Buffer): void {
    if (this.#file !== undefined && this.#inMemory.length === 0 && write(this.#file, bytes, this.#length)) {
      this.#length += bytes.length;
    } else this.#inMemory.push(bytes);
  }

  /** All bytes, in pieces. */
  *pieces(): Generator<Buffer> {
    for (let at = 0; this.#file !== undefined && at < this.#length;) {
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, this.#length - at));
      at += readSync(this.#file, piece, 0, piece.length, at);
      yield piece;
    }
    yield* this.#inMemory;
  }

  /** Gives the room back. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#inMemory.length = 0;
    this.#length = 0;
  }
}

function open(directory: string): number | undefined {
  const path = join(directory, `debusine-admin-${randomBytes(12).toString('hex')}`);
  try {
    const file = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return file;
  } catch {
    return undefined;
  }
}

function write(file: number, bytes: Buffer, position: number): boolean {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, position + at);
    return true;
  } catch {
    return false;
  }
}

const idBytes = 8;
const idsPerPiece = pieceBytes / idBytes;

/** Ids in an order, some of which belong together. */
export class IdSpool {
  readonly #spool: Spool;
  #piece = Buffer.allocUnsafe(pieceBytes);
  #used = 0;
  #count = 0;

  constructor(spool = new Spool()) {
    this.#spool = spool;
  }

  get count(): number {
    return this.#count;
  }

  /** @param joins whether it belongs to the same group as the one before */
  add(id: number, joins = false): void {
    if (this.#used === idsPerPiece) this.#flush();
    // Ids are positive; the sign is free to say that one goes on with the group.
    this.#piece.writeDoubleLE(joins ? -id : id, this.#used * idBytes);
    this.#used += 1;
    this.#count += 1;
  }

  addGroup(ids: readonly number[]): void {
    for (const [at, id] of ids.entries()) this.add(id, at > 0);
  }

  /** What belongs together, in order. Nothing can be added afterwards. */
  *groups(): Generator<readonly number[]> {
    this.#flush();
    let group: number[] = [];
    for (const piece of this.#spool.pieces()) {
      for (let at = 0; at < piece.length; at += idBytes) {
        const value = piece.readDoubleLE(at);
        if (value > 0 && group.length > 0) {
          yield group;
          group = [];
        }
        group.push(Math.abs(value));
      }
    }
    if (group.length > 0) yield group;
  }

  close(): void {
    this.#spool.close();
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#spool.append(this.#piece.subarray(0, this.#used * idBytes));
    this.#piece = Buffer.allocUnsafe(pieceBytes);
    this.#used = 0;
  }
}
