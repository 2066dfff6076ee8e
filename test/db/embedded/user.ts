/**
 * One use of the embedded database, as a process of its own. Its only argument is a `UserTask`. It writes a line
 * when it begins and one when it has the lease; after that it does its work and gives the lease back.
 */
import { initCluster } from '../../../src/db/embedded/cluster.ts';
import { acquire } from '../../../src/db/embedded/lease.ts';
import { embeddedPaths } from '../../../src/db/embedded/paths.ts';

export interface UserTask {
  readonly env: Readonly<Record<string, string>>;
  readonly packageDirectory: string | null;
  /** What the process writes into the table. */
  readonly name: string;
  /** How long it holds the lease besides its work, in milliseconds. */
  readonly holdMs: number;
}

async function main({ env, packageDirectory, name, holdMs }: UserTask): Promise<void> {
  const paths = embeddedPaths(env, { packageDirectory });
  process.stdout.write('begun\n');
  const { created } = await initCluster(paths);
  const before = performance.now();
  const lease = await acquire(paths, { applicationName: 'debusine-admin test' });
  process.stdout.write(
    `${JSON.stringify({ created, acquireMs: performance.now() - before, server: lease.server })}\n`,
  );
  try {
    const { sql } = lease;
    await sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(1)`;
      await transaction`create table if not exists used (name text primary key)`;
    });
    if (holdMs > 0) await new Promise((resolve) => setTimeout(resolve, holdMs));
    await sql`insert into used values (${name})`;
    const rows = await sql`select from used where name = ${name}`;
    if (rows.length !== 1) throw new Error('the row is gone');
  } finally {
    await lease.release();
  }
}

const task: UserTask = JSON.parse(process.argv[2] ?? '');
main(task).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
