import postgres from 'postgres';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startThrowawayCluster } from '../../support/cluster.ts';

test('a throw-away cluster has the extension the schema needs, and leaves nothing behind', async () => {
  const t0 = performance.now();
  const cluster = await startThrowawayCluster();
  console.log('start', performance.now() - t0);
  const sql = postgres({ ...cluster.connection, max: 1, onnotice: () => undefined });
  try {
    await sql`create extension btree_gist`;
    const [row] =
      await sql`select current_setting('fsync') as fsync, current_setting('listen_addresses') as tcp`;
    expect(row).toEqual({ fsync: 'off', tcp: '' });
  } finally {
    await sql.end();
    const t1 = performance.now();
    await cluster.stop();
    console.log('stop', performance.now() - t1);
  }
  expect(existsSync(cluster.connection.host)).toBe(false);
});
