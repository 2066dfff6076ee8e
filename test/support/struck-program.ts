/** Runs the program and does something to it, or to its server, at a chosen moment. */
import { spawn } from 'node:child_process';
import { spawnIdentity, type ServerAccount } from '../../src/db/embedded/account.ts';
import { expect } from 'vitest';

export interface StruckRun {
  /** An executable, and its arguments; it must print JSON lines. */
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** As whom; absent: as ourselves. */
  readonly account?: ServerAccount;
  /** Told each event; returns whether this is the moment. */
  onEvent(event: Readonly<Record<string, unknown>>): boolean;
  /** The moment, in milliseconds after the start, when no event says so before; undefined for never. */
  readonly afterMs?: number | undefined;
  /** What happens then. */
  strike(kill: () => void): Promise<void> | void;
}

/** @returns the exit status, or `killed`, and what it wrote to standard error */
export async function runStruck(run: StruckRun): Promise<{ status: string; stderr: string }> {
  const [program, ...args] = run.words;
  const child = spawn(program, args, {
    env: run.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(run.account === undefined ? {} : spawnIdentity(run.account)),
  });
  let isStruck = false;
  const strikes: Promise<void>[] = [];
  const strike = (): void => {
    if (isStruck) return;
    isStruck = true;
    strikes.push(Promise.resolve(run.strike(() => void child.kill('SIGKILL'))));
  };
  let [stderr, rest] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (run.onEvent(JSON.parse(line) as Record<string, unknown>)) strike();
    }
  });
  const timer = run.afterMs === undefined ? undefined : setTimeout(strike, run.afterMs);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  await Promise.all(strikes);
  expect(stderr).not.toMatch(/\n\s+at /);
  return { status: String(status ?? 'killed'), stderr };
}
