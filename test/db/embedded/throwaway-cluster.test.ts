import { existsSync } from 'node:fs';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { startThrowawayCluster } from '../../support/cluster.ts';

test('a cluster for tests has the extension the schema needs, no TCP port, and leaves nothing behind', async () => {
  const cluster = await startThrowawayCluster();
  const sql = postgres({ ...cluster.connection, max: 1, onnotice: () => undefined });
  try {
    await sql`create extension btree_gist`;
    const [row] =
      await sql`select current_setting('fsync') as fsync, current_setting('listen_addresses') as tcp`;
    expect(row).toEqual({ fsync: 'off', tcp: '' });
  } finally {
    await sql.end();
    await cluster.stop();
  }
  expect(existsSync(cluster.connection.host)).toBe(false);
});
