import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRoot } from '../../../src/db/embedded/account.ts';
import { clusterExists } from '../../../src/db/embedded/cluster.ts';
import { embeddedPaths } from '../../../src/db/embedded/paths.ts';
import { packagedMajor } from '../../../src/db/embedded/settings.ts';
import { openFolder } from './folders.ts';

let folder: string;
beforeEach(() => {
  folder = openFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function aCluster(major: number): void {
  const data = join(folder, 'debusine', 'postgres', String(major));
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'PG_VERSION'), `${major}\n`);
}

describe('the data directory', () => {
  test('is below XDG_DATA_HOME and named for the major version of the binaries that come along', () => {
    expect(embeddedPaths({ XDG_DATA_HOME: folder }).data).toBe(
      join(folder, 'debusine/postgres', `${packagedMajor}`),
    );
  });

  test('is that of the newest existing cluster, found as soon as it is there', () => {
    const paths = embeddedPaths({ XDG_DATA_HOME: folder });
    expect(clusterExists(paths)).toBe(false);
    aCluster(9);
    aCluster(15);
    mkdirSync(join(folder, 'debusine/postgres/17.new.4711'));
    mkdirSync(join(folder, 'debusine/postgres/16'));
    expect(paths.data).toBe(join(folder, 'debusine/postgres/15'));
    expect(clusterExists(paths)).toBe(true);
  });

  test.skipIf(isRoot())('is below the home without XDG_DATA_HOME, and a relative one does not count', () => {
    const expected = join(folder, '.local/share/debusine/postgres', String(packagedMajor));
    expect(embeddedPaths({ HOME: folder }).data).toBe(expected);
    expect(embeddedPaths({ HOME: folder, XDG_DATA_HOME: 'relative' }).data).toBe(expected);
    expect(embeddedPaths({ HOME: folder, XDG_DATA_HOME: '' }).data).toBe(expected);
  });

  test.skipIf(isRoot())('has no place when neither XDG_DATA_HOME nor HOME is set', () => {
    expect(() => embeddedPaths({})).toThrow(
      expect.objectContaining({
        code: 'storage',
        message: expect.stringContaining('XDG_DATA_HOME nor HOME'),
      }),
    );
  });

  test.runIf(isRoot())('of root is not below its home, which is closed to the server', () => {
    const paths = embeddedPaths({ HOME: folder });
    expect(paths.base).toBe('/var/lib/debusine-admin/postgres');
    expect(paths.log).toBe('/var/log/debusine-admin/postgres.log');
  });
});

test('the version of the binaries that come along is the one in package.json', () => {
  const { optionalDependencies } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  const majors = Object.values(optionalDependencies).map((version) => Number.parseInt(String(version), 10));
  expect(new Set(majors)).toEqual(new Set([packagedMajor]));
});

test('the log is below XDG_STATE_HOME', () => {
  expect(embeddedPaths({ XDG_DATA_HOME: folder, XDG_STATE_HOME: '/state' }).log).toBe(
    '/state/debusine/postgres.log',
  );
});

describe('the socket directory', () => {
  test('is below the data without a runtime directory', () => {
    expect(embeddedPaths({ XDG_DATA_HOME: folder }).socket).toBe(join(folder, 'debusine/postgres/socket'));
  });

  test.skipIf(isRoot())('is in the runtime directory', () => {
    expect(embeddedPaths({ XDG_DATA_HOME: folder, XDG_RUNTIME_DIR: folder }).socket).toBe(
      join(folder, 'debusine'),
    );
  });

  test('is not in the runtime directory of somebody else', () => {
    const foreign = isRoot() ? folder : '/';
    expect(embeddedPaths({ XDG_DATA_HOME: folder, XDG_RUNTIME_DIR: foreign }).socket).toBe(
      join(folder, 'debusine/postgres/socket'),
    );
  });

  test('is short enough for a socket however long the path of the data is', () => {
    const { socket, port } = embeddedPaths({
      XDG_DATA_HOME: join(folder, 'long'.repeat(30)),
      TMPDIR: folder,
    });
    expect(Buffer.byteLength(`${socket}/.s.PGSQL.${port}`)).toBeLessThan(104);
    expect(socket).not.toContain('long');
  });

  test('differs in the name of the socket for another data directory', () => {
    const one = embeddedPaths({ XDG_DATA_HOME: join(folder, 'one') });
    const other = embeddedPaths({ XDG_DATA_HOME: join(folder, 'other') });
    expect(one.port).not.toBe(other.port);
    expect(one.port).toBe(embeddedPaths({ XDG_DATA_HOME: join(folder, 'one') }).port);
  });
});
