import { readdirSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { connect, disconnect, isPassing, type ConnectionOptions } from './connection.ts';
import { keepRunning, stopKeeping } from './keep-running.ts';
import { acquire } from './lease.ts';
import { isCluster, type EmbeddedPaths } from './paths.ts';
import { isSameRun, isServing, readPostmaster, type Postmaster } from './postmaster.ts';
import { giveWay, stopServer, tryAlone } from './registration.ts';

export { initCluster } from './init.ts';

/** @returns whether the embedded cluster has been made. */
export function clusterExists(paths: EmbeddedPaths): boolean {
  return isCluster(paths.data);
}

/** What `database status` tells. */
export interface ClusterStatus {
  readonly exists: boolean;
  readonly running: boolean;
  /** Process id of the server; null when it does not run. */
  readonly pid: number | null;
  /** Where the data is, or would be. */
  readonly dataDirectory: string;
  /** The directory of the socket that the server listens on, or would. */
  readonly socket: string;
  /** What the data directory takes on the disk; null when there is none. */
  readonly sizeBytes: number | null;
}

/**
 * Looks at the cluster without touching it.
 * @throws StorageError when the data directory cannot be read.
 */
export async function clusterStatus(paths: EmbeddedPaths): Promise<ClusterStatus> {
  const { data } = paths;
  const exists = isCluster(data);
  const server = exists ? readPostmaster(data) : null;
  // One that is shutting down takes nobody any more, so a command that comes right after the last user says so.
  const isRunning = exists && isServing(server, data) && server.status !== 'stopping';
  return {
    exists,
    running: isRunning,
    pid: isRunning ? server.pid : null,
    dataDirectory: data,
    socket: isRunning && server.socket !== '' ? server.socket : paths.socket,
    sizeBytes: exists ? diskUsage(data) : null,
  };
}

/**
 * A connection to the server if it runs. It is no registration: the server may stop at any time.
 * @returns undefined when it does not run
 */
export function connectIfRunning(
  paths: EmbeddedPaths,
  options: ConnectionOptions,
): { readonly sql: Sql; close(): void } | undefined {
  const { data } = paths;
  const server = isCluster(data) ? readPostmaster(data) : null;
  if (server?.status !== 'ready' || !isServing(server, data)) return undefined;
  const sql = connect(server, options);
  return { sql, close: () => disconnect(sql) };
}

/**
 * Starts the server if it does not run, and lets it run without users until `stopCluster`.
 * @throws what `acquire` throws.
 */
export async function startCluster(paths: EmbeddedPaths): Promise<void> {
  // As a registered user, so that nobody stops the server between its start and the note.
  const lease = await acquire(paths, { applicationName: 'debusine-admin database start' });
  try {
    keepRunning(paths.data, lease.server);
  } finally {
    await lease.release();
  }
}

/**
 * Stops the server as soon as nobody uses it, waiting for that up to `timeoutMs`.
 * @returns `busy` when others were still connected then. The server is no longer kept running, so the last of
 * them stops it.
 */
export async function stopCluster(
  paths: EmbeddedPaths,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<'stopped' | 'not-running' | 'busy'> {
  const { data } = paths;
  stopKeeping(data);
  const isRunning = () => {
    const server = isCluster(data) ? readPostmaster(data) : null;
    return isServing(server, data) ? server : null;
  };
  if (isRunning() === null) return 'not-running';
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    const server = isRunning();
    if (server === null) return 'stopped';
    if (server.status === 'ready' && (await stopIfUnused(server, data))) {
      return (await isGone(server, data)) ? 'stopped' : 'busy';
    }
    if (performance.now() > deadline) return 'busy';
    await delay(pauseMs);
  }
}

/** @returns whether the server was told to stop. */
async function stopIfUnused(server: Postmaster, data: string): Promise<boolean> {
  const sql = connect(server, { applicationName: 'debusine-admin database stop' });
  try {
    if (!(await tryAlone(sql))) return false;
    if (await stopServer(sql, data)) return true;
    await giveWay(sql);
    return false;
  } catch (error) {
    if (!isPassing(error)) throw error;
    return false;
  } finally {
    disconnect(sql);
  }
}

/** Waits until a server that was told to stop has written its data and ended. */
async function isGone(server: Postmaster, data: string): Promise<boolean> {
  for (const end = performance.now() + 60_000; performance.now() < end; await delay(5)) {
    const found = readPostmaster(data);
    if (found === null || !isSameRun(found, server) || !isServing(found, data)) return true;
  }
  return false;
}

/** The sum of the blocks of all files in a directory, in bytes. Files that vanish meanwhile count nothing. */
function diskUsage(directory: string): number {
  let sum = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    try {
      sum += entry.isDirectory() ? diskUsage(path) : (lstatSync(path).blocks ?? 0) * 512;
    } catch {
      continue;
    }
  }
  return sum;
}
