import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { StorageError } from '../../errors.ts';
import { isRoot } from './account.ts';
import type { BinarySearch } from './binaries.ts';
import { packagedMajor } from './settings.ts';

/** Where one account's embedded cluster has its files. */
export interface EmbeddedPaths {
  /** The folder with everything that belongs to the cluster: data, lock, notes. */
  readonly base: string;
  /**
   * The data directory, named for the major version that made it: that of the existing cluster (the newest, if
   * there are several), else the one that would be made. Asked anew each time, since making it decides.
   */
  readonly data: string;
  /** The server's log. */
  readonly log: string;
  /** The directory of the socket of a server started from here; one that runs tells its own in its pid file. */
  readonly socket: string;
  /** The number in the name of that socket. No TCP port is opened. */
  readonly port: number;
  /** Where to look for PostgreSQL's programs. */
  readonly programs: ProgramPlaces;
}

export type ProgramPlaces = Omit<BinarySearch, 'account' | 'major'>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Longest path of a unix socket that every system can connect to, in bytes (macOS has the shortest). */
const longestSocketPath = 103;

/**
 * Where the embedded cluster of this account is. XDG_DATA_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR, XDG_CACHE_HOME,
 * HOME, TMPDIR and PATH are read from `env`. Root's home is usually closed to the account that the server runs
 * as, so root's files are in the system's folders unless XDG_DATA_HOME or XDG_STATE_HOME say otherwise.
 *
 * `places` replaces parts of where PostgreSQL's programs are looked for.
 *
 * Source: cli.md 5.4; dependencies.md 3.
 * @throws StorageError when the environment names no place for the data.
 */
export function embeddedPaths(env: Environment, places: Partial<ProgramPlaces> = {}): EmbeddedPaths {
  const base = baseDirectory(env);
  const hash = createHash('sha256').update(base).digest();
  // Two data folders of one account may share the socket directory; the number keeps their sockets apart.
  const port = 1024 + (hash.readUInt32BE(0) % 64_000);
  return {
    base,
    get data() {
      return join(base, String(newestMajor(base) ?? packagedMajor));
    },
    log: logFile(env, base),
    socket: socketDirectory(env, base, port, hash.toString('hex', 4, 10)),
    port,
    programs: { cache: cacheDirectory(env, base), programPath: env['PATH'] ?? '', ...places },
  };
}

/** @returns whether the directory holds a complete cluster: an unfinished one has another name. */
export function isCluster(data: string): boolean {
  return existsSync(join(data, 'PG_VERSION'));
}

/** @returns the major version of the newest cluster in the folder, null when it has none. */
function newestMajor(base: string): number | null {
  let names: string[];
  try {
    names = readdirSync(base);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new StorageError(`cannot look into ${base}, the folder of the embedded database`, { cause });
  }
  const majors = names.filter((name) => /^\d+$/.test(name) && isCluster(join(base, name))).map(Number);
  return majors.length === 0 ? null : Math.max(...majors);
}

function baseDirectory(env: Environment): string {
  const home = dataHome(env);
  return home === null ? '/var/lib/debusine-admin/postgres' : join(home, 'debusine', 'postgres');
}

/** The folder for data of the account; null is root's, which is not below a home. */
function dataHome(env: Environment): string | null {
  const data = absolute(env['XDG_DATA_HOME']);
  if (data !== undefined) return data;
  if (isRoot()) return null;
  const home = absolute(env['HOME']);
  if (home !== undefined) return join(home, '.local', 'share');
  throw new StorageError(
    'there is no place for the embedded database: neither XDG_DATA_HOME nor HOME is set',
    {
      hint: 'set one of them to a folder of yours, or name a database in DATABASE_URL',
    },
  );
}

function logFile(env: Environment, base: string): string {
  const state = absolute(env['XDG_STATE_HOME']);
  if (state !== undefined) return join(state, 'debusine', 'postgres.log');
  if (isRoot()) return '/var/log/debusine-admin/postgres.log';
  const home = absolute(env['HOME']);
  return home === undefined
    ? join(base, 'postgres.log')
    : join(home, '.local', 'state', 'debusine', 'postgres.log');
}

function cacheDirectory(env: Environment, base: string): string {
  if (isRoot()) return '/var/cache/debusine-admin';
  const cache = absolute(env['XDG_CACHE_HOME']);
  if (cache !== undefined) return join(cache, 'debusine-admin');
  const home = absolute(env['HOME']);
  return home === undefined ? join(base, 'programs') : join(home, '.cache', 'debusine-admin');
}

function socketDirectory(env: Environment, base: string, port: number, hash: string): string {
  const runtime = runtimeDirectory(env);
  const candidates = [runtime === null ? join(base, 'socket') : join(runtime, 'debusine')];
  if (runtime !== null) candidates.push(join(runtime, `debusine-${hash}`));
  if (isRoot()) candidates.push(`/run/debusine-admin-${hash}`);
  const name = `debusine-${process.geteuid?.() ?? 0}-${hash}`;
  const temporary = absolute(env['TMPDIR']);
  if (temporary !== undefined) candidates.push(join(temporary, name));
  const fits = candidates.find(
    (directory) => Buffer.byteLength(join(directory, `.s.PGSQL.${port}`)) <= longestSocketPath,
  );
  return fits ?? join('/tmp', name);
}

/**
 * XDG_RUNTIME_DIR when it is a folder of ours: `su` hands on that of somebody else. Never for root, because the
 * account that the server runs as could not enter it.
 */
function runtimeDirectory(env: Environment): string | null {
  const directory = absolute(env['XDG_RUNTIME_DIR']);
  if (directory === undefined || isRoot()) return null;
  const status = statSync(directory, { throwIfNoEntry: false });
  return status?.isDirectory() === true && status.uid === process.geteuid?.() ? directory : null;
}

/** The XDG specification has relative paths ignored. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
