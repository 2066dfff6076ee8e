/** The embedded database, for the commands that handle it. */
import {
  clusterExists,
  clusterStatus,
  initCluster,
  startCluster,
  stopCluster,
} from '../db/embedded/cluster.ts';
import { openDatabase } from '../db/database.ts';
import { acquire } from '../db/embedded/lease.ts';
import { embeddedPaths, type EmbeddedPaths } from '../db/embedded/paths.ts';
import { migrate } from '../db/migrate.ts';
import { DatabaseError, InvalidTransitionError, LockTimeoutError } from '../errors.ts';
import type { Context } from './context.ts';
import { makeFileDirectories } from './file-directories.ts';

/** What `database status` and its siblings show. */
export interface EmbeddedStatus {
  /** Whether commands use it, because no other database is configured. */
  readonly configured: boolean;
  readonly exists: boolean;
  readonly running: boolean;
  readonly pid: number | null;
  readonly data_directory: string;
  readonly socket: string;
  readonly size_bytes: number | null;
  readonly changed: boolean;
}

/** @throws InvalidTransitionError when another database is configured */
function pathsOf(context: Context): EmbeddedPaths {
  if (context.settings.database.kind !== 'embedded') {
    throw new InvalidTransitionError('another database is configured, so the embedded one is not used', {
      hint: 'debusine-admin database info shows where it is configured',
    });
  }
  return embeddedPaths(context.host.env);
}

/** The state of the embedded database. */
export async function status(context: Context, changed = false): Promise<EmbeddedStatus> {
  const found = await clusterStatus(embeddedPaths(context.host.env));
  return {
    configured: context.settings.database.kind === 'embedded',
    exists: found.exists,
    running: found.running,
    pid: found.pid,
    data_directory: found.dataDirectory,
    socket: found.socket,
    size_bytes: found.sizeBytes,
    changed,
  };
}

/** Makes the embedded database and its schema. Already made is success. */
export async function init(context: Context): Promise<EmbeddedStatus> {
  const paths = pathsOf(context);
  const { created } = await initCluster(paths);
  makeFileDirectories(context.settings);
  const lease = await acquire(paths, { applicationName: 'debusine-admin database init' });
  try {
    const { changed } = await migrate(openDatabase(lease.sql));
    return await status(context, created || changed);
  } finally {
    await lease.release();
  }
}

/** Starts the server and keeps it running until `stop`. */
export async function start(context: Context): Promise<EmbeddedStatus> {
  const paths = pathsOf(context);
  if (!clusterExists(paths)) {
    throw new DatabaseError('database_missing', 'there is no embedded database', {
      hint: 'debusine-admin database init',
    });
  }
  const before = await clusterStatus(paths);
  await startCluster(paths);
  return status(context, !before.running);
}

/** Stops the server. @throws LockTimeoutError when connections do not end in time */
export async function stop(context: Context, timeoutMs: number): Promise<EmbeddedStatus> {
  const result = await stopCluster(pathsOf(context), { timeoutMs });
  if (result === 'busy') {
    throw new LockTimeoutError('the embedded database is still in use', {
      hint: 'try again, or give more --timeout',
    });
  }
  return status(context, result === 'stopped');
}
