/** What a run of its own process does with signals. Source: cli.md 3.5 and 8.8. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import { transaction } from '../../src/db/transaction.ts';
import { test, type TestDatabase } from '../support/database.ts';

const launcher = fileURLToPath(new URL('../../bin/debusine-admin.js', import.meta.url));
const count = 300;

/** A run with one artifact in each batch. */
function start(database: Pick<TestDatabase, 'url'>, words: readonly string[]) {
  const directory = mkdtempSync(path.join(tmpdir(), 'expiry-signals-'));
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: directory,
    DATABASE_URL: database.url,
    DEBUSINE_STORE_DIRECTORY: directory,
  };
  const child = spawn(
    process.execPath,
    [launcher, 'expire-artifacts', '--jsonl', '--batch-size', '1', ...words],
    {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const written = { stdout: '', stderr: '' };
  const waiting: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      for (const look of waiting) look();
    });
  }
  return {
    written,
    send: (signal: NodeJS.Signals) => child.kill(signal),
    said: (name: 'stdout' | 'stderr', text: string) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (written[name].includes(text)) resolve();
        };
        waiting.push(look);
        look();
      }),
    ended: new Promise<number | NodeJS.Signals | null>((resolve) =>
      child.once('close', (code, signal) => resolve(code ?? signal)),
    ),
  };
}

/** Does `work` while somebody holds a table, so that no batch gets any further. */
async function whileHeld(
  database: TestDatabase,
  work: (isWaiting: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const watcher = database.connect();
  await transaction(database.connect(), async (tx) => {
    await tx.execute(sql`lock table db_artifactrelation in share mode`);
    await work(async () => {
      for (;;) {
        const [row] = await watcher.execute<{ waits: boolean }>(sql`
          select exists (select 1 from pg_locks where not granted and database =
            (select oid from pg_database where datname = current_database())) as waits`);
        if (row?.waits === true) return;
      }
    });
  });
}

const left = async (db: Db): Promise<number> => {
  const [row] = await db.execute<{ count: string }>(sql`select count(*) as count from db_artifact`);
  return Number(row?.count);
};

describe('a run', () => {
  beforeEach<{ database: { db: Db } }>(async ({ database: { db } }) => {
    await db.execute(
      sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_file, db_collectionitem cascade`,
    );
    await db.execute(sql`insert into db_artifact (category, data, created_at, workspace_id, expiration_delay)
      select 'debusine:test', '{}', '2024-01-01', 1, '1 day' from generate_series(1, ${count}::int)`);
  });

  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'finishes its batch at the first %s, reports, and ends with %d',
    async ([signal, status], { database }) => {
      const run = start(database, []);
      await run.said('stdout', '"action":"delete"');
      run.send(signal);
      expect(await run.ended).toBe(status);
      const summary = JSON.parse(run.written.stdout.trimEnd().split('\n').at(-1) ?? '') as {
        artifacts: { deleted: number; remaining: number };
      };
      expect(summary).toMatchObject({ event: 'summary', complete: false, stopped_by: 'signal' });
      expect(summary.artifacts.deleted).toBeGreaterThan(0);
      expect(summary.artifacts.remaining).toBe(count - summary.artifacts.deleted);
      expect(await left(database.db)).toBe(summary.artifacts.remaining);
      expect(run.written.stderr).not.toMatch(/\n\s+at /);
    },
  );

  test('ends at once at the second SIGINT, though its batch waits for somebody', async ({ database }) => {
    await whileHeld(database, async (isWaiting) => {
      const run = start(database, ['--lock-timeout', '10m']);
      await isWaiting();
      run.send('SIGINT');
      run.send('SIGINT');
      // Two that come together are one for the kernel, so it goes on until the program has taken both.
      const again = setInterval(() => run.send('SIGINT'), 20);
      expect(await run.ended).toBe(130);
      clearInterval(again);
    });
    expect(await left(database.db)).toBe(count);
  });

  test('says in a line how far it is when it gets SIGUSR1, and goes on', async ({ database }) => {
    let run: ReturnType<typeof start> | undefined;
    await whileHeld(database, async (isWaiting) => {
      run = start(database, ['--lock-timeout', '10m']);
      await isWaiting();
      run.send('SIGUSR1');
      await run.said('stderr', '\n');
    });
    expect(run?.written.stderr).toMatch(/^0 of 300 artifacts \(0 %\), 0 B freed\n$/);
    expect(await run?.ended).toBe(0);
    expect(await left(database.db)).toBe(0);
  });

  test('of eight that are started at once each ends with 0, or with 6 because another one is active', async ({
    database,
  }) => {
    const runs = Array.from({ length: 8 }, () => start(database, ['--lock-timeout', '0']));
    const ends = await Promise.all(runs.map(({ ended }) => ended));
    expect(ends.filter((end) => end !== 0 && end !== 6)).toEqual([]);
    expect(ends).toContain(0);
    for (const [at, { written }] of runs.entries()) {
      if (ends[at] === 6) expect(written.stderr).toContain('another expire-artifacts run is active');
      else expect(written.stderr).toBe('');
    }
    expect(await left(database.db)).toBe(0);
  });
});
