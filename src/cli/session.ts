/** Opens the database a command works on. */
import type { Settings } from '../config/settings.ts';
import type { Db } from '../db/database.ts';
import { DatabaseError } from '../errors.ts';
import type { Host } from './context.ts';
import { makeFileDirectories } from './file-directories.ts';

export interface Session {
  readonly db: Db;
  /** Ends the connection; never throws, never waits long. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly applicationName: string;
  /** Whether a person sits there, for whom the embedded database may be made on first use. */
  readonly mayInit: boolean;
  /** Called with each statement. */
  readonly onQuery: ((query: string, parameters: readonly unknown[]) => void) | undefined;
  note(message: string): Promise<void>;
  /** Work for the time in which a server makes the session ready. */
  readonly meanwhile?: (() => void) | undefined;
}

/**
 * @throws DatabaseError when nothing is configured and nobody is there to be told, or the server cannot be used
 */
export async function openSession(settings: Settings, host: Host, options: SessionOptions): Promise<Session> {
  const limits = { lockTimeoutMs: settings.lockTimeoutMs, statementTimeoutMs: settings.statementTimeoutMs };
  const { onQuery } = options;
  const dbOptions = onQuery === undefined ? limits : { ...limits, onQuery };
  const source = settings.database;
  if (source.kind === 'server') {
    const { connect } = await import('../db/connection/connect.ts');
    const { sql, close } = await connect(source.connection, {
      applicationName: options.applicationName,
      signal: host.signal,
      silenceLimitMs: silenceLimit(settings.statementTimeoutMs),
      meanwhile: options.meanwhile,
    });
    const { openDatabase } = await import('../db/database.ts');
    return { db: openDatabase(sql, dbOptions), close };
  }
  if (source.kind === 'none') throw nothingConfigured();

  const { embeddedPaths } = await import('../db/embedded/paths.ts');
  const { clusterExists, initCluster } = await import('../db/embedded/cluster.ts');
  const { acquire } = await import('../db/embedded/lease.ts');
  const { openDatabase } = await import('../db/database.ts');
  const paths = embeddedPaths(host.env);
  const isNew = !clusterExists(paths);
  if (isNew) {
    if (!options.mayInit) throw nothingConfigured();
    await options.note(`no database is configured: making the embedded one in ${paths.data}`);
    await initCluster(paths);
    makeFileDirectories(settings);
  }
  const lease = await acquire(paths, { applicationName: options.applicationName });
  const db = openDatabase(lease.sql, dbOptions);
  if (isNew) {
    const { migrate } = await import('../db/migrate.ts');
    await migrate(db);
  }
  return { db, close: () => lease.release() };
}

/** How much longer than a statement may take its answer may take, in milliseconds. */
const answerPatienceMs = 3000;

/** With a limit for statements the server must have answered soon after it; without one a statement takes its time. */
function silenceLimit(statementTimeoutMs: number | undefined): number | undefined {
  return statementTimeoutMs === undefined || statementTimeoutMs === 0
    ? undefined
    : statementTimeoutMs + answerPatienceMs;
}

/**
 * A connection for reading on the side, where it can be had at once: no database is made, no server started or kept
 * from stopping. Undefined where there is none.
 */
export async function openQuietly(
  settings: Settings,
  host: Host,
  options: Pick<SessionOptions, 'applicationName'>,
): Promise<Session | undefined> {
  const source = settings.database;
  if (source.kind === 'server') {
    return openSession(settings, host, {
      ...options,
      mayInit: false,
      onQuery: undefined,
      note: () => Promise.resolve(),
    });
  }
  if (source.kind === 'none') return undefined;
  const [{ embeddedPaths }, { connectIfRunning }, { openDatabase }] = await Promise.all([
    import('../db/embedded/paths.ts'),
    import('../db/embedded/cluster.ts'),
    import('../db/database.ts'),
  ]);
  const connected = connectIfRunning(embeddedPaths(host.env), options);
  return connected && { db: openDatabase(connected.sql), close: () => Promise.resolve(connected.close()) };
}

function nothingConfigured(): DatabaseError {
  return new DatabaseError('database_missing', 'no database is configured', {
    hint: 'set DATABASE_URL or PGHOST, or run debusine-admin database init',
  });
}
