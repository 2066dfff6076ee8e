/** Many processes at once on one embedded database: each starts it if needed, uses it, and stops it if it is the last. */
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clusterStatus } from '../../../src/db/embedded/cluster.ts';
import { acquire } from '../../../src/db/embedded/lease.ts';
import { discard, homeIn, openFolder, pathsIn } from './folders.ts';
import { buildUser, runUser, type KilledAt, type UserResult } from './user-processes.ts';

const users = 8;
let folder: string;
let program: string;
beforeAll(async () => {
  folder = openFolder();
  program = await buildUser(folder);
});
afterAll(async () => {
  await discard(folder);
});

/** Lets all users run at the same time. `killedAt` tells which of them are killed, and when. */
function runRound(round: string, killedAt: (user: number) => KilledAt = () => null): Promise<UserResult[]> {
  return Promise.all(
    Array.from({ length: users }, (_, user) =>
      runUser(program, { env: homeIn(folder), name: `${round}.${user}`, holdMs: 0 }, killedAt(user)),
    ),
  );
}

const failuresOf = (results: readonly UserResult[]) =>
  results.filter(({ signal, status }) => signal === null && status !== 0).map(({ stderr }) => stderr);

async function expectStopped(): Promise<void> {
  const { running } = await clusterStatus(pathsIn(folder));
  if (running)
    await vi.waitFor(async () => expect((await clusterStatus(pathsIn(folder))).running).toBe(false));
}

/** The names in the table that belong to the round. */
async function written(round: string): Promise<unknown[]> {
  const lease = await acquire(pathsIn(folder), { applicationName: 'debusine-admin test' });
  try {
    const rows = await lease.sql`select name from used where name like ${`${round}.%`} order by name`;
    return rows.map(({ name }) => name);
  } finally {
    await lease.release();
  }
}

const everybody = (round: string) => Array.from({ length: users }, (_, user) => `${round}.${user}`);

describe.sequential('processes at once', () => {
  test('make the cluster once when there is none, and all of them use it', async () => {
    const results = await runRound('first');
    expect(failuresOf(results)).toEqual([]);
    expect(results.filter(({ report }) => report?.created === true)).toHaveLength(1);
    await expectStopped();
    expect(await written('first')).toEqual(everybody('first'));
  });

  test.each(['second', 'third'])(
    'share the server in a %s round, and the last one stops it',
    async (round) => {
      const results = await runRound(round);
      expect(failuresOf(results)).toEqual([]);
      await expectStopped();
      expect(await written(round)).toEqual(everybody(round));
    },
  );

  test('are not disturbed by those that are killed at any point', async () => {
    const results = await runRound('killed', (user) => (user === 1 ? 'begun' : user === 2 ? 'leased' : null));
    expect(results.map(({ signal }) => signal).filter(Boolean)).toEqual(['SIGKILL', 'SIGKILL']);
    expect(failuresOf(results)).toEqual([]);
    expect(await written('killed')).toEqual(
      expect.arrayContaining(everybody('killed').filter((_, user) => user > 2)),
    );
    await expectStopped();
  });

  test('get on when all but one are killed on their way', async () => {
    const results = await runRound('alone', (user) => (user === 0 ? null : user < 5 ? 'begun' : 'leased'));
    expect(failuresOf(results)).toEqual([]);
    expect(await written('alone')).toContain('alone.0');
    await expectStopped();
  });
});

test('killing the one that makes the cluster does not keep the next one from it', async () => {
  const other = openFolder();
  try {
    const env = homeIn(other);
    await runUser(program, { env, name: 'killed', holdMs: 0 }, 'begun');
    const { status, stderr, report } = await runUser(program, { env, name: 'next', holdMs: 0 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(report?.created).toBe(true);
  } finally {
    await discard(other);
  }
});

describe.each(['the starter', 'the starter and then its server', 'the server and then its starter'])(
  'kill -9 of %s',
  (victims) => {
    test('leaves nothing that blocks the next use, which finds the data', async () => {
      const other = openFolder();
      const paths = pathsIn(other);
      const env = homeIn(other);
      try {
        await runUser(program, { env, name: 'before', holdMs: 0 });
        const killServer = async (): Promise<void> => {
          const { pid } = await clusterStatus(paths);
          expect(pid).not.toBeNull();
          process.kill(pid ?? 0, 'SIGKILL');
          await vi.waitFor(async () => expect((await clusterStatus(paths)).running).toBe(false), {
            interval: 5,
          });
        };
        const starter = await runUser(
          program,
          { env, name: 'killed', holdMs: 600_000 },
          'leased',
          async () => {
            if (victims.startsWith('the server')) await killServer();
          },
        );
        // One whose server is gone may end before it is killed.
        expect(starter.signal ?? starter.status).toBeOneOf(['SIGKILL', 1]);
        if (victims.endsWith('its server')) await killServer();
        const next = await runUser(program, { env, name: 'next', holdMs: 0 });
        expect({ status: next.status, stderr: next.stderr }).toEqual({ status: 0, stderr: '' });
        // A server that is stopping takes its notes with it at the end.
        const notes = (): readonly string[] =>
          [paths.base, paths.data, paths.socket]
            .flatMap((directory) => (existsSync(directory) ? readdirSync(directory) : []))
            .filter((name) => /lock|\.s\.PGSQL|postmaster\.pid|\.new\./.test(name));
        await vi.waitFor(() => expect(notes()).toEqual([]), { interval: 5 });
        const lease = await acquire(paths, { applicationName: 'debusine-admin test' });
        const rows = await lease.sql`select name from used order by name`;
        await lease.release();
        expect(rows.map(({ name }) => name as unknown)).toEqual(['before', 'next']);
      } finally {
        await discard(other);
      }
    });
  },
);
