import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError, StorageError } from '../../errors.ts';
import { serverAccount, spawnIdentity, type ServerAccount } from './account.ts';
import { chooseBinaries } from './chosen-binaries.ts';
import { makeDirectory, prepareSocketDirectory, refuseClosedDirectory } from './directories.ts';
import { withLockFile } from './lock-file.ts';
import { isCluster, type EmbeddedPaths } from './paths.ts';
import { isSameRun, isServing, pidFile, readPostmaster, type Postmaster } from './postmaster.ts';
import { isAlive } from './processes.ts';
import { programEnvironment } from './program.ts';
import { serverSettings } from './settings.ts';

/** A log of this size is put aside when the server starts, in bytes. */
const largeLogBytes = 10 * 1024 * 1024;

/**
 * A server that takes connections: the one that runs, or one started now. `unreachable` is a run of the server
 * that did say so, but could not be connected to; then it is looked at more closely.
 *
 * Source: dependencies.md 3, "Start if needed, stop when last", step 3.
 * @param deadline an instant of `performance.now()`.
 * @throws DatabaseError when there is no cluster, or the server is not ready in time.
 * @throws StorageError when it does not start.
 */
export async function ensureRunning(
  paths: EmbeddedPaths,
  deadline: number,
  unreachable: Postmaster | null = null,
): Promise<Postmaster> {
  const { data } = paths;
  if (!isCluster(data)) {
    throw new DatabaseError('database_missing', `there is no embedded database in ${paths.base}`, {
      hint: 'debusine-admin database init',
    });
  }
  const answer = (): Postmaster | null => {
    const found = readPostmaster(data);
    return found?.status === 'ready' && !isSameRun(found, unreachable) ? found : null;
  };
  for (;;) {
    const started = await withLockFile(
      join(paths.base, 'lock'),
      deadline,
      () => answer() === null,
      () => startUnlessRunning(paths, data, deadline),
    );
    const found = started ?? answer();
    if (found !== null) return found;
    if (performance.now() > deadline) throw notReady(paths);
    await delay(10);
  }
}

/**
 * To be called by the holder of the lock file.
 * @returns null when a server is on its way up or down: look again.
 */
async function startUnlessRunning(
  paths: EmbeddedPaths,
  data: string,
  deadline: number,
): Promise<Postmaster | null> {
  const found = readPostmaster(data);
  if (isServing(found, data)) {
    if (found.status !== 'ready') return null;
    if (existsSync(socketFile(found))) return found;
    // The socket was removed, as at the end of a login session, so nobody can connect any more. Those who still
    // are connected may finish (SIGTERM waits for them), then a new server takes over.
    process.kill(found.pid, 'SIGTERM');
    return null;
  }
  removeMisleadingNotes(paths, data, found);
  return start(paths, data, deadline);
}

/**
 * PostgreSQL clears up after a server that died, but takes any living process that has got its id for a server.
 * Such notes are removed, in the data directory and next to the socket; the others are left to PostgreSQL, which
 * looks more closely.
 */
function removeMisleadingNotes(paths: EmbeddedPaths, data: string, found: Postmaster | null): void {
  if (found !== null && (found.pid === null || isAlive(found.pid))) rmSync(pidFile(data), { force: true });
  const lock = `${socketFile(paths)}.lock`;
  if (!existsSync(lock)) return;
  const [pid, directory] = readFileSync(lock, 'utf8').split('\n');
  if (directory === data && isAlive(Number(pid))) rmSync(lock, { force: true });
}

/** @returns the path of the socket that a server listens on. */
function socketFile({ socket, port }: { readonly socket: string; readonly port: number }): string {
  return join(socket, `.s.PGSQL.${port}`);
}

async function start(paths: EmbeddedPaths, data: string, deadline: number): Promise<Postmaster> {
  const account = serverAccount(data);
  prepareSocketDirectory(paths.socket, account);
  makeDirectory(dirname(paths.log), account);
  let failure: StorageError | undefined;
  // Tried again for two reasons: the noted binaries may have become unusable, and the children of a killed server
  // need a moment to notice, until which PostgreSQL refuses to start another.
  for (const pauseMs of [0, 50, 200, 500]) {
    await delay(pauseMs);
    const { directory, major } = await chooseBinaries(paths, data, account, failure !== undefined);
    const program = join(directory, 'postgres');
    const result = await startOnce(
      program,
      ['-D', data, ...serverSettings(major, paths)],
      data,
      paths,
      account,
      deadline,
    );
    if (!(result instanceof StorageError)) return result;
    failure = result;
  }
  refuseClosedDirectory(data, account);
  throw failure ?? notReady(paths);
}

/** @returns the running server, or why it ended before it was ready. */
async function startOnce(
  program: string,
  args: readonly string[],
  data: string,
  paths: EmbeddedPaths,
  account: ServerAccount,
  deadline: number,
): Promise<Postmaster | StorageError> {
  const log = openLog(paths.log, account);
  let ended: string | undefined;
  let pid: number | undefined;
  try {
    // Detached, so that it outlives us and Ctrl-C on our terminal does not reach it.
    const server = spawn(program, args, {
      ...spawnIdentity(account),
      cwd: data,
      env: programEnvironment,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    server.once('error', (error) => (ended = error.message));
    server.once('exit', (status, signal) => (ended = `it ended with ${signal ?? `status ${status}`}`));
    server.unref();
    pid = server.pid;
  } catch (error) {
    ended = error instanceof Error ? error.message : String(error); // A refused uid is thrown, not emitted.
  } finally {
    closeSync(log.fd);
  }
  for (let pauseMs = 2; ended === undefined; pauseMs = Math.min(pauseMs * 1.3, 20)) {
    const found = readPostmaster(data);
    if (found?.pid === pid && found?.status === 'ready') return found;
    if (performance.now() > deadline) throw notReady(paths);
    await delay(pauseMs);
  }
  const written = readFileSync(paths.log).subarray(log.sizeBytes).toString('utf8').trim().slice(-2000);
  const reason = written.split('\n').findLast((line) => line.includes('FATAL:')) ?? ended;
  return new StorageError(`the embedded PostgreSQL did not start: ${reason}`, {
    hint: `see ${paths.log}`,
    details: { program, output: written },
  });
}

function openLog(file: string, account: ServerAccount): { fd: number; sizeBytes: number } {
  try {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largeLogBytes) renameSync(file, `${file}.1`);
    const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
    const fd = openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
    // Otherwise root, on the cluster of an ordinary account, would leave a log which that account cannot write to.
    if (account.isOther) fchownSync(fd, account.uid, account.gid);
    return { fd, sizeBytes: fstatSync(fd).size };
  } catch (cause) {
    throw new StorageError(`cannot write ${file}, the log of the embedded database`, { cause });
  }
}

function notReady(paths: EmbeddedPaths): DatabaseError {
  return new DatabaseError('database_unreachable', 'the embedded PostgreSQL is not ready in time', {
    hint: `see ${paths.log}; after a crash it may need longer, then try again`,
  });
}
