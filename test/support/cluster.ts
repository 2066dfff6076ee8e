import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serverAccount, spawnIdentity } from '../../src/db/embedded/account.ts';
import { findBinaries } from '../../src/db/embedded/binaries.ts';
import { programEnvironment, runProgram } from '../../src/db/embedded/program.ts';
import { asArguments, initdbSettings, serverSettings } from '../../src/db/embedded/settings.ts';

/** A PostgreSQL server for tests: quick, and without any care for its data. */
export interface ThrowawayCluster {
  /** How to connect, as options of postgres.js. The database is the empty one that every cluster has. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  readonly superuser: string;
  /** Ends the server, whoever is connected, and removes its folder. */
  stop(): Promise<void>;
}

const user = 'postgres';
const port = 5432;

/**
 * Makes a cluster of its own on a private unix socket, in memory where there is room.
 *
 * Source: dependencies.md 9.
 */
export async function startThrowawayCluster(
  options: {
    readonly directory?: string;
    /** Instead of settings that are quick and lose data; on disk, and as an installed server would have them. */
    readonly settings?: Readonly<Record<string, string>>;
  } = {},
): Promise<ThrowawayCluster> {
  const account = serverAccount(null);
  const binaries = await findBinaries({
    account,
    cache: join(tmpdir(), `debusine-admin-test-${process.geteuid?.() ?? 0}`),
    programPath: process.env['PATH'] ?? '',
  });
  const parent = options.directory ?? (options.settings === undefined ? spaciousFolder() : tmpdir());
  const directory = mkdtempSync(join(parent, 'debusine-pg-'));
  const data = join(directory, 'data');
  chmodSync(directory, 0o700);
  if (account.isOther) chownSync(directory, account.uid, account.gid);

  const made = await runProgram(
    join(binaries.directory, 'initdb'),
    [...initdbSettings(binaries.major), '--no-sync', '--auth=trust', `--username=${user}`, '-D', data],
    { account },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.failure ?? made.stderr}`);

  const server = spawn(
    '/bin/sh',
    [
      '-c',
      endWithParent,
      directory,
      join(binaries.directory, 'postgres'),
      '-D',
      data,
      ...serverSettings(binaries.major, { socket: directory, port }),
      ...asArguments(options.settings ?? carelessSettings),
    ],
    // Detached: Ctrl-C must end the tests, not the server below their clean-up.
    {
      ...spawnIdentity(account),
      cwd: '/',
      env: programEnvironment,
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    },
  );
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-20_000)));
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.once('error', () => resolve());
  });
  let isRunning = true;
  void ended.then(() => (isRunning = false));
  const stop = async () => {
    server.stdin.destroy();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  while (isRunning && !isReady(data)) await delay(3);
  if (!isRunning) {
    await stop();
    throw new Error(`the server for the tests did not start: ${log}`);
  }

  return {
    connection: { host: directory, port, user, database: 'postgres' },
    superuser: user,
    stop,
  };
}

/**
 * Runs the server, ends it when standard input ends, then removes its folder. Standard input ends when `stop` says
 * so, but also when the test run is killed, which would otherwise leave a server in memory for good.
 */
const endWithParent = `
  exec 3<&0
  "$@" <&- & server=$!
  { read -r _ <&3; kill -QUIT $server; } 2>&- &
  wait $server
  rm -rf "$0"
`;

const carelessSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_wal_size: '2GB',
  max_connections: '200',
};

/** Memory when it has room for a few hundred databases, else the folder for temporary files. */
function spaciousFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > 2 ** 31) return '/dev/shm';
  } catch {
    // No such file system here.
  }
  return tmpdir();
}

/** Whether the server says in its pid file that it takes connections. */
function isReady(data: string): boolean {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
