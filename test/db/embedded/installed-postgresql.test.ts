import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { initCluster } from '../../../src/db/embedded/cluster.ts';
import { acquire } from '../../../src/db/embedded/lease.ts';
import { embeddedPaths } from '../../../src/db/embedded/paths.ts';
import { discard, homeIn, openFolder } from './folders.ts';

const debianVersions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
const isInstalled = debianVersions.some(
  (version) =>
    Number(version) >= 15 && existsSync(`/usr/share/postgresql/${version}/extension/btree_gist.control`),
);

test.runIf(isInstalled)(
  'without the npm package the cluster is one of the installed PostgreSQL',
  async () => {
    const folder = openFolder();
    const paths = embeddedPaths(homeIn(folder), { packageDirectory: null });
    try {
      await initCluster(paths);
      expect(debianVersions).toContain(basename(paths.data));
      expect(readFileSync(`${paths.data}.programs`, 'utf8')).toMatch(/^\/usr\/lib\/postgresql\/\d+\/bin\n/);
      const lease = await acquire(paths, { applicationName: 'debusine-admin test' });
      await lease.sql`create extension btree_gist`;
      const [row] = await lease.sql`select current_setting('server_version_num')::int / 10000 as major`;
      expect(row?.['major']).toBe(Number(basename(paths.data)));
      await lease.release();
    } finally {
      await discard(folder);
    }
  },
);
