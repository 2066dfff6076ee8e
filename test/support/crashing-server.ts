/** A server that cares for its data as an installed one does, and is made to crash. */
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { type Db, openDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { startThrowawayCluster } from './cluster.ts';

/** Durable: after a crash it must read its log again. */
const settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_wal_size: '1GB',
  max_connections: '50',
};

export interface CrashingServer {
  /** What the command line takes as DATABASE_URL: a database with our schema. */
  readonly url: string;
  /** A session, opened again by itself when the server was away. */
  readonly db: Db;
  /** Ends the sessions of a command, as a server does that is shut down or an administrator that loses patience. */
  endSessionsOf(command: string): Promise<void>;
  /**
   * Kills the process of a session of the command with SIGKILL: the server ends all others at once, forgets what it
   * had not written to the disk yet, and recovers from its log. Nothing happens when the command has no session.
   */
  crashBelow(command: string): Promise<void>;
  /** Waits until it takes statements again. */
  untilUp(): Promise<void>;
}

export async function withCrashingServer<T>(work: (server: CrashingServer) => Promise<T>): Promise<T> {
  const cluster = await startThrowawayCluster({ settings });
  const { host, port, user, database } = cluster.connection;
  const connect = () =>
    postgres({
      ...{ host, port, user, database, max: 1, fetch_types: false, prepare: false },
      backoff: () => 0.02,
      onnotice: () => {},
      connection: { TimeZone: 'UTC' },
    });
  const clients = [connect(), connect()] as const;
  const [db, observer] = [openDatabase(clients[0]), openDatabase(clients[1])];
  const sessionsOf = (command: string) => sql`
    select pid from pg_stat_activity
    where datname = current_database() and application_name like ${`debusine-admin ${command}%`}::text`;
  try {
    await migrate(db);
    return await work({
      url: `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`,
      db,
      async endSessionsOf(command) {
        await observer.execute(sql`select pg_terminate_backend(pid) from (${sessionsOf(command)}) s`);
      },
      async crashBelow(command) {
        const [session] = await observer.execute<{ pid: number }>(sessionsOf(command));
        if (session !== undefined) process.kill(session.pid, 'SIGKILL');
      },
      async untilUp() {
        const until = performance.now() + 60_000;
        for (const each of [observer, db]) {
          while (!(await answers(each))) {
            if (performance.now() > until) throw new Error('the server did not come back within a minute');
            await delay(10);
          }
        }
      },
    });
  } finally {
    await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
    await cluster.stop();
  }
}

const answers = (db: Db): Promise<boolean> =>
  db.execute(sql`select 1`).then(
    () => true,
    () => false,
  );
