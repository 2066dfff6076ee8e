import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { isRoot, serverAccount } from '../../../src/db/embedded/account.ts';
import {
  clusterExists,
  clusterStatus,
  initCluster,
  startCluster,
  stopCluster,
} from '../../../src/db/embedded/cluster.ts';
import { acquire, type Lease } from '../../../src/db/embedded/lease.ts';
import { embeddedPaths, type EmbeddedPaths } from '../../../src/db/embedded/paths.ts';
import { pidFile } from '../../../src/db/embedded/postmaster.ts';
import { databaseName, superuser } from '../../../src/db/embedded/settings.ts';
import { discard, homeIn, openFolder, pathsIn } from './folders.ts';

const applicationName = 'debusine-admin test';
let folder: string;
let paths: EmbeddedPaths;
beforeAll(async () => {
  folder = openFolder();
  paths = pathsIn(folder);
  // What an attempt that was killed has left behind.
  mkdirSync(join(paths.base, `18.new.${await deadProcess()}`), { recursive: true });
  expect(await initCluster(paths)).toEqual({ created: true });
});
afterEach(async () => {
  await stopCluster(paths, { timeoutMs: 2000 });
});
afterAll(async () => {
  await discard(folder);
});

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** The process id of the server of a lease. */
function serverOf({ server }: Lease): number {
  if (server.pid === null) throw new Error('a server that is ready has a process id');
  return server.pid;
}

/** Waits until the server that was told to stop has ended. */
async function expectStopped(): Promise<void> {
  await vi.waitFor(async () => expect((await clusterStatus(paths)).running).toBe(false), { interval: 5 });
}

/** A connection that knows nothing of the rules, as that of psql. */
function outsider({ server }: Lease): Sql {
  return postgres({
    path: join(server.socket, `.s.PGSQL.${server.port}`),
    host: server.socket,
    user: superuser,
    database: databaseName,
    max: 1,
    connection: { application_name: 'psql' },
    onnotice: () => undefined,
  });
}

async function killServer(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await expectStopped();
}

describe('making the cluster', () => {
  test('is done once, and leaves nothing of earlier attempts', async () => {
    const account = serverAccount(null);
    expect(clusterExists(paths)).toBe(true);
    expect(await initCluster(paths)).toEqual({ created: false });
    const { mode, uid } = statSync(paths.data);
    expect([mode & 0o777, uid]).toEqual([0o700, account.uid]);
    expect(readdirSync(paths.base).filter((name) => name.includes('new') || name === 'lock')).toEqual([]);
  });

  test('does not start a server', async () => {
    const status = await clusterStatus(paths);
    expect(status).toEqual({
      exists: true,
      running: false,
      pid: null,
      dataDirectory: paths.data,
      socket: paths.socket,
      sizeBytes: expect.any(Number),
    });
    expect(status.sizeBytes).toBeGreaterThan(20_000_000);
  });

  test('is necessary before the database can be used', async () => {
    const empty = openFolder();
    const nothing = pathsIn(empty);
    expect(clusterExists(nothing)).toBe(false);
    expect(await clusterStatus(nothing)).toMatchObject({ exists: false, running: false, sizeBytes: null });
    await expect(acquire(nothing, { applicationName })).rejects.toMatchObject({
      code: 'database_missing',
      hint: 'debusine-admin database init',
    });
    expect(await stopCluster(nothing, { timeoutMs: 0 })).toBe('not-running');
    rmSync(empty, { recursive: true });
  });

  test.runIf(isRoot())(
    'where the account of the server cannot go is an error that names the closed folder',
    async () => {
      const closed = openFolder();
      chmodSync(closed, 0o700);
      await expect(initCluster(pathsIn(closed))).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringMatching(new RegExp(`may not enter ${closed}$`)),
        hint: expect.stringContaining('XDG_DATA_HOME'),
      });
      expect(clusterExists(pathsIn(closed))).toBe(false);
      rmSync(closed, { recursive: true });
    },
  );
});

describe('a lease', () => {
  test('is a session in UTC on a server without TCP, with the extension that the schema needs', async () => {
    const lease = await acquire(paths, { applicationName, connectionParameters: { lock_timeout: '7s' } });
    await lease.sql`create extension if not exists btree_gist`;
    const [row] = await lease.sql`
      select current_database() as database, current_setting('TimeZone') as zone,
        current_setting('application_name') as name, current_setting('lock_timeout') as lock_timeout,
        current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync`;
    expect(row).toEqual({
      database: 'debusine',
      zone: 'UTC',
      name: applicationName,
      lock_timeout: '7s',
      addresses: '',
      fsync: 'on',
    });
    expect(await clusterStatus(paths)).toMatchObject({
      running: true,
      pid: lease.server.pid,
      socket: paths.socket,
    });
    expect(statSync(paths.socket).mode & 0o777).toBe(0o700);
    await lease.release();
    await expectStopped();
  });

  test('has an application name that tells it from programs which do not register', async () => {
    const lease = await acquire(paths, { applicationName: 'nightly' });
    expect(await lease.sql`select current_setting('application_name') as name`).toEqual([
      { name: 'debusine-admin: nightly' },
    ]);
    await lease.release();
  });

  test('keeps the server for as long as there is one', async () => {
    const first = await acquire(paths, { applicationName });
    const second = await acquire(paths, { applicationName });
    await first.release();
    await first.release();
    expect(await second.sql`select 1 as one`).toEqual([{ one: 1 }]);
    expect(second.server).toEqual(first.server);
    await second.release();
    await expectStopped();
  });

  test('is given back when a transaction failed and was left open', async () => {
    const lease = await acquire(paths, { applicationName });
    await lease.sql.unsafe('begin');
    await expect(lease.sql.unsafe('select 1 / 0')).rejects.toThrow('division by zero');
    await lease.release();
    await expectStopped();
  });

  test('is given back while a statement is still running', async () => {
    const lease = await acquire(paths, { applicationName });
    const running = expect(lease.sql`select pg_sleep(600)`).rejects.toMatchObject({
      code: 'CONNECTION_DESTROYED',
    });
    const before = performance.now();
    await lease.release();
    await running;
    expect(performance.now() - before).toBeLessThan(5000);
    await expectStopped();
  });

  test('is given back when the application has closed the connection', async () => {
    const lease = await acquire(paths, { applicationName });
    await lease.sql.end();
    await lease.release();
    await expectStopped();
  });

  test('is given back when the connection was lost, and does not stop the server of others', async () => {
    const lost = await acquire(paths, { applicationName });
    const other = await acquire(paths, { applicationName });
    const [session] = await lost.sql`select pg_backend_pid() as pid`;
    await other.sql`select pg_terminate_backend(${session?.['pid']})`;
    await lost.release();
    expect(await other.sql`select 1 as one`).toEqual([{ one: 1 }]);
    await other.release();
    await expectStopped();
  });

  test('is given back when the server was killed', async () => {
    const lease = await acquire(paths, { applicationName });
    await killServer(serverOf(lease));
    await lease.release();
    expect((await clusterStatus(paths)).running).toBe(false);
  });

  test('is refused by a cluster that does not know the account', async () => {
    const map = join(paths.data, 'pg_ident.conf');
    const text = readFileSync(map, 'utf8');
    writeFileSync(map, '');
    try {
      await expect(acquire(paths, { applicationName })).rejects.toMatchObject({ code: 'database_auth' });
    } finally {
      writeFileSync(map, text);
      process.kill(Number(readFileSync(pidFile(paths.data), 'utf8').split('\n')[0]), 'SIGINT');
      await expectStopped();
    }
  });
});

describe('a server that was kept running', () => {
  test('goes on without users until it is stopped', async () => {
    await startCluster(paths);
    await startCluster(paths);
    const { pid } = await clusterStatus(paths);
    const lease = await acquire(paths, { applicationName });
    await lease.release();
    expect(await clusterStatus(paths)).toMatchObject({ running: true, pid });
    expect(await stopCluster(paths, { timeoutMs: 2000 })).toBe('stopped');
    expect((await clusterStatus(paths)).running).toBe(false);
    expect(await stopCluster(paths, { timeoutMs: 2000 })).toBe('not-running');
  });

  test('is not stopped while it is in use, but then by its last user', async () => {
    await startCluster(paths);
    const lease = await acquire(paths, { applicationName });
    expect(await stopCluster(paths, { timeoutMs: 0 })).toBe('busy');
    expect(await lease.sql`select 1 as one`).toEqual([{ one: 1 }]);
    await lease.release();
    await expectStopped();
  });

  test('is not kept after a crash', async () => {
    await startCluster(paths);
    const { pid } = await clusterStatus(paths);
    await killServer(pid ?? 0);
    const lease = await acquire(paths, { applicationName });
    await lease.release();
    await expectStopped();
  });

  test('is replaced when its socket was removed, as at the end of a login session', async () => {
    await startCluster(paths);
    const { pid } = await clusterStatus(paths);
    rmSync(paths.socket, { recursive: true });
    const lease = await acquire(paths, { applicationName });
    expect(lease.server.pid).not.toBe(pid);
    await lease.release();
    await expectStopped();
  });

  test('is found by a caller with another runtime directory', async () => {
    await startCluster(paths);
    const elsewhere: EmbeddedPaths = {
      base: paths.base,
      data: paths.data,
      log: paths.log,
      socket: join(folder, 'elsewhere'),
      port: 5432,
      programs: paths.programs,
    };
    const lease = await acquire(elsewhere, { applicationName });
    expect(lease.server.socket).toBe(paths.socket);
    await lease.release();
    expect(existsSync(elsewhere.socket)).toBe(false);
  });
});

test('a program that does not register, such as psql, keeps the server from being stopped', async () => {
  const lease = await acquire(paths, { applicationName });
  const psql = outsider(lease);
  await psql`select 1`;
  await lease.release();
  expect(await stopCluster(paths, { timeoutMs: 0 })).toBe('busy');
  expect(await psql`select 1 as one`).toEqual([{ one: 1 }]);
  await psql.end();
  expect(await stopCluster(paths, { timeoutMs: 2000 })).toBe('stopped');
});

describe('after a crash', () => {
  test('the data is there again, although the killed server has left its notes', async () => {
    const crashed = await acquire(paths, { applicationName });
    await crashed.sql`create table if not exists survivors (name text)`;
    await crashed.sql`insert into survivors values ('one')`;
    await killServer(serverOf(crashed));
    expect(existsSync(pidFile(paths.data))).toBe(true);
    const lease = await acquire(paths, { applicationName });
    expect(await lease.sql`select name from survivors`).toEqual([{ name: 'one' }]);
    await lease.release();
    await crashed.release();
    await expectStopped();
  });

  test('notes of a server whose process id was given to another program do not matter', async () => {
    const crashed = await acquire(paths, { applicationName });
    const pid = String(serverOf(crashed));
    await killServer(Number(pid));
    const notes = [pidFile(paths.data), join(paths.socket, `.s.PGSQL.${paths.port}.lock`)];
    for (const file of notes) {
      writeFileSync(file, readFileSync(file, 'utf8').replace(pid, String(process.pid)));
    }
    const lease = await acquire(paths, { applicationName });
    expect(lease.server.pid).not.toBe(process.pid);
    await lease.release();
    await crashed.release();
    await expectStopped();
  });

  test('an empty pid file and the lock file of a dead starter do not matter', async () => {
    writeFileSync(pidFile(paths.data), '');
    writeFileSync(join(paths.base, 'lock'), `${await deadProcess()}\n\nleft\n`);
    const lease = await acquire(paths, { applicationName });
    expect(await lease.sql`select 1 as one`).toEqual([{ one: 1 }]);
    await lease.release();
    await expectStopped();
  });
});

describe('starting', () => {
  const settings = () => join(paths.data, 'postgresql.auto.conf');

  test('a server that cannot start is an error with its reason', async () => {
    const text = readFileSync(settings(), 'utf8');
    writeFileSync(settings(), "unknown_setting = 'on'\n");
    try {
      await expect(acquire(paths, { applicationName })).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringContaining('configuration file'),
        hint: `see ${paths.log}`,
        details: { output: expect.stringContaining('unknown_setting') },
      });
    } finally {
      writeFileSync(settings(), text);
    }
  });

  test('looks for other programs when those that served last are gone', async () => {
    const note = `${paths.data}.programs`;
    const text = readFileSync(note, 'utf8');
    const directory = join(folder, 'programs');
    mkdirSync(directory);
    writeFileSync(join(directory, 'postgres'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    const { ino, size, mtimeMs } = statSync(join(directory, 'postgres'));
    writeFileSync(note, `${directory}\n${text.split('\n')[1]}\n${ino} ${size} ${mtimeMs}\n`);
    const lease = await acquire(paths, { applicationName });
    await lease.release();
    expect(readFileSync(note, 'utf8')).toBe(text);
  });

  test('without programs of the version that made the data is an error that names the version', async () => {
    const nothing = embeddedPaths(homeIn(folder), { packageDirectory: null, installed: [], programPath: '' });
    renameSync(`${paths.data}.programs`, `${paths.data}.aside`);
    try {
      await expect(acquire(nothing, { applicationName })).rejects.toThrow(
        'no usable PostgreSQL 18, which made the existing data directory, was found',
      );
    } finally {
      renameSync(`${paths.data}.aside`, `${paths.data}.programs`);
    }
  });

  test('puts a large log aside', async () => {
    writeFileSync(paths.log, '.'.repeat(11 * 1024 * 1024));
    const lease = await acquire(paths, { applicationName });
    await lease.release();
    await expectStopped();
    expect(statSync(paths.log).size).toBeLessThan(100_000);
    expect(statSync(`${paths.log}.1`).size).toBeGreaterThan(10 * 1024 * 1024);
  });
});
