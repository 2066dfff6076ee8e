/** A PostgreSQL server for benchmarks, and databases in it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import postgres, { type Sql } from 'postgres';
import { type Db, openDatabase } from '../../../src/db/database.ts';
import { startThrowawayCluster, type ThrowawayCluster } from '../../support/cluster.ts';
import type { Setting } from '../benchmark.ts';
import { plainEnvironment, type Program, timed } from './processes.ts';

/** An installed server's, except that nobody needs the data after a crash. */
const settings = {
  fsync: 'off',
  shared_buffers: '512MB',
  max_wal_size: '2GB',
  max_connections: '50',
  autovacuum: 'off',
};

const password = 'bench';

/** How a client reaches the server. */
export type Route = 'socket' | 'tcp';

/** A server with one database that has the schema, and a home of its own for what programs leave behind. */
export class BenchServer {
  readonly #cluster: ThrowawayCluster;
  readonly #setting: Setting;
  readonly #port: number;
  readonly home: string;

  private constructor(cluster: ThrowawayCluster, setting: Setting, port: number) {
    this.#cluster = cluster;
    this.#setting = setting;
    this.#port = port;
    this.home = mkdtempSync(path.join(tmpdir(), 'bench-'));
    chmodSync(this.home, 0o700);
  }

  /** Runs `work` with a server, and removes it afterwards, whatever happens. */
  static async with<T>(setting: Setting, work: (server: BenchServer) => Promise<T>): Promise<T> {
    const port = await freePort();
    const cluster = await startThrowawayCluster({
      settings: { ...settings, port: String(port), listen_addresses: '127.0.0.1' },
    });
    const server = new BenchServer(cluster, setting, port);
    try {
      await server.#askForPasswords();
      timed(server.program('database migrate', ['database', 'migrate']));
      return await work(server);
    } finally {
      await cluster.stop();
      rmSync(server.home, { recursive: true, force: true });
    }
  }

  /** Through the socket without a password; by TCP with one, as SCRAM-SHA-256 asks for it. */
  url(route: Route = 'socket'): string {
    const { user, database, host } = this.#cluster.connection;
    return route === 'tcp'
      ? `postgres://${user}:${password}@127.0.0.1:${this.#port}/${database}`
      : `postgres://${user}@localhost:${this.#port}/${database}?host=${encodeURIComponent(host)}`;
  }

  /** What a program needs of the environment, ours, psql, and the original's. */
  env(route: Route = 'socket'): Readonly<Record<string, string>> {
    const { user, database, host } = this.#cluster.connection;
    return {
      HOME: this.home,
      DATABASE_URL: this.url(route),
      PGHOST: route === 'tcp' ? '127.0.0.1' : host,
      PGPORT: String(this.#port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      DEBUSINE_STORE_DIRECTORY: path.join(this.home, 'store'),
      DEBUSINE_UPLOAD_DIRECTORY: path.join(this.home, 'uploads'),
    };
  }

  /** Our program. */
  program(name: string, words: readonly string[], route: Route = 'socket', node = process.execPath): Program {
    return { name, file: node, words: [this.#setting.launcher, ...words], env: this.env(route) };
  }

  /** psql, copying the rows of a query as JSON, a line each. */
  copy(name: string, query: string): Program {
    return {
      name,
      file: 'psql',
      words: [
        '-X',
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-c',
        `copy (select row_to_json(q) from (${query}) q) to stdout`,
      ],
      env: this.env(),
    };
  }

  /** postgres.js alone, bundled, which asks for the rows of one query and prints them as JSON. */
  async bare(
    name: string,
    query: string,
    route: Route = 'socket',
    node = process.execPath,
  ): Promise<Program> {
    const { user, database, host } = this.#cluster.connection;
    const options = {
      ...(route === 'tcp'
        ? { host: '127.0.0.1', port: this.#port }
        : { path: `${host}/.s.PGSQL.${this.#port}` }),
      user,
      password,
      database,
      max: 1,
      fetch_types: false,
      max_lifetime: null,
    };
    const file = path.join(this.home, `${name.replace(/\W+/g, '-')}.cjs`);
    await build({
      stdin: {
        contents: `
          import postgres from 'postgres';
          const sql = postgres({ ...${JSON.stringify(options)}, onnotice() {} });
          sql.unsafe(${JSON.stringify(query)}).then((rows) =>
            process.stdout.write(JSON.stringify(rows), () => process.exit()));`,
        resolveDir: this.#setting.root,
      },
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20.19',
      legalComments: 'none',
    });
    return { name, file: node, words: [file], env: { HOME: this.home } };
  }

  /** Puts rows into the database, and lets the server look at them. */
  async fill(statements: string): Promise<void> {
    await this.connected(async (sql) => {
      await sql.unsafe(statements).simple();
      await sql.unsafe('vacuum analyze');
    });
  }

  /** A connection for preparing, and for measuring within this process. */
  async connected<T>(work: (sql: Sql, db: Db) => Promise<T>): Promise<T> {
    const { host, user, database } = this.#cluster.connection;
    const sql = postgres({
      host,
      port: this.#port,
      user,
      database,
      max: 1,
      fetch_types: false,
      onnotice: () => undefined,
      connection: { TimeZone: 'UTC' },
    });
    try {
      return await work(sql, openDatabase(sql));
    } finally {
      await sql.end();
    }
  }

  async #askForPasswords(): Promise<void> {
    await this.connected(async (sql) => {
      const { user } = this.#cluster.connection;
      await sql.unsafe(`alter user ${user} password '${password}'`);
      const [row] = await sql.unsafe<{ file: string }[]>(`select current_setting('hba_file') as file`);
      writeFileSync(row?.file ?? '', 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
      await sql.unsafe('select pg_reload_conf()');
    });
  }
}

/** The original, or whatever is named so, with the same words as a shell would give it; undefined when none is. */
export function original(
  setting: Setting,
  words: string,
  env: Readonly<Record<string, string>>,
): Program | undefined {
  const command = setting.options['original'];
  if (typeof command !== 'string') return undefined;
  // It may need more of the environment than ours: a virtual environment, settings.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([, value]) => value !== undefined),
  );
  return {
    name: 'the original',
    file: '/bin/sh',
    words: ['-c', `${command} ${words}`],
    env: { ...(inherited as Record<string, string>), ...env, ...plainEnvironment },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
