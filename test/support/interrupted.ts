/** Examples in processes of their own that are sent a signal, or lose their reader, at some moment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { digestOf } from './digest.ts';
import type { Example, Place } from './examples.ts';

const launcher = fileURLToPath(new URL('../../bin/debusine-admin.js', import.meta.url));

/** SIGPIPE stands for a reader of standard output that goes away. */
export const disturbances = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const;
export type Disturbance = (typeof disturbances)[number];

const statusOf: Readonly<Record<Disturbance, number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  SIGPIPE: 0,
};

/** The examples that change something, with no need of a person. */
export function undisturbedChanges(examples: readonly Example[]): readonly Example[] {
  return examples
    .filter(
      ({ entry, command, words }) =>
        (command.database === 'write' || command.database === 'batches') &&
        !words.includes('--dry-run') &&
        // Opens an editor.
        !(entry.name === 'edit-worker-metadata' && words.length === 2),
    )
    .map((example) =>
      example.command.ask === undefined ||
      example.words.includes('--yes') ||
      !('yes' in example.command.options)
        ? example
        : { ...example, words: [...example.words, '--yes'] },
    );
}

export interface Disturbed {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly hasChanged: boolean;
}

/**
 * Disturbs the example after so many milliseconds, and checks what must hold whenever that was: the status tells the
 * truth about the change, and no session, lock or temporary file is left.
 */
export async function disturb(place: Place, disturbance: Disturbance, afterMs: number): Promise<Disturbed> {
  const { database, words, surroundings, example, directory } = place;
  const digest = await digestOf(database);
  const before = await digest();
  const child = spawn(process.execPath, [launcher, ...words], {
    env: { PATH: '/usr/bin:/bin', HOME: directory, ...surroundings.env, DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.resume();
  const ended = once(child, 'exit');
  await Promise.race([delay(afterMs), ended]);
  if (disturbance === 'SIGPIPE') child.stdout.destroy();
  else child.kill(disturbance);
  await ended;
  const result: Disturbed = {
    status: child.exitCode,
    signal: child.signalCode,
    stderr,
    hasChanged: (await digest()) !== before,
  };
  const where = `${words.join(' ')} ${disturbance} after ${afterMs} ms: ${JSON.stringify(result)}`;

  // Before the program has come so far as to listen, the signal ends it as it ends any process.
  if (result.signal !== null) expect(result.signal, where).toBe(disturbance);
  else
    expect([0, statusOf[disturbance], ...(disturbance === 'SIGPIPE' ? [1] : [])], where).toContain(
      result.status,
    );
  const mayBeHalf = example.command.database === 'batches' || /may have been made or not/.test(stderr);
  if (result.status !== 0 && !mayBeHalf) expect(result.hasChanged, where).toBe(false);
  if (result.status !== 0) expect(stderr.split('\n').length, where).toBeLessThanOrEqual(3);
  expect(stderr, where).not.toMatch(/^\s+at /m);

  await expect.poll(() => sessionsOf(place), { message: where }).toEqual([]);
  const left = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tmp|\.part|^\.[^/]*\.\w{6,}/.test(path.basename(name)),
  );
  expect(left, where).toEqual([]);
  return result;
}

/** Sessions of the tool in that database, which hold whatever locks are left. */
async function sessionsOf({ database }: Place): Promise<readonly unknown[]> {
  return database.db.execute(sql`
    select application_name, state, query from pg_stat_activity
    where datname = current_database() and application_name like 'debusine-admin%'`);
}
