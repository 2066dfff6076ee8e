import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '../../errors.ts';
import { servesDirectory } from './processes.ts';

/** What a running server notes in its data directory; a crash leaves the note behind. */
export interface Postmaster {
  /** Process id; null when the file is empty or damaged. */
  readonly pid: number | null;
  /** When the server was started, in seconds since 1970, as text. */
  readonly startedAt: string;
  readonly port: number;
  /** The directory of its socket. */
  readonly socket: string;
  /** `starting`, `ready`, `stopping`, …; empty as long as the server has not written it. */
  readonly status: string;
}

/** @returns the path of the file in which the server of a data directory notes that it runs. */
export function pidFile(data: string): string {
  return join(data, 'postmaster.pid');
}

/**
 * Reads the server's note.
 * @returns null when there is none: no server runs.
 * @throws StorageError when the file cannot be read.
 */
export function readPostmaster(data: string): Postmaster | null {
  let text: string;
  try {
    text = readFileSync(pidFile(data), 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') return null;
    throw new StorageError(`cannot read ${pidFile(data)}`, { cause });
  }
  const [pid = '', , startedAt = '', port = '', socket = '', , , status = ''] = text.split('\n');
  return {
    pid: /^[1-9]\d*$/.test(pid) ? Number(pid) : null,
    startedAt,
    port: Number(port),
    socket,
    status: status.trim(),
  };
}

/** @returns whether the server of the note runs: it is not the remains of a crash. */
export function isServing(
  postmaster: Postmaster | null,
  data: string,
): postmaster is Postmaster & { pid: number } {
  return (
    postmaster !== null && postmaster.pid !== null && servesDirectory(postmaster.pid, realpathSync(data))
  );
}

/** @returns whether two notes are of the same run of the server. */
export function isSameRun(one: Postmaster | null, other: Postmaster | null): boolean {
  return one?.pid === other?.pid && one?.startedAt === other?.startedAt;
}
