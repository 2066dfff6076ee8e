/** Whole processes, as a user starts them: how long they take, and how much memory. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export interface Program {
  readonly name: string;
  readonly file: string;
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What every process of a benchmark gets of the environment: nothing that would slow one of them down. */
export const plainEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LANG: 'C.UTF-8',
};

/**
 * Runs every program once to warm it up, then `repeat` times, in another order in each round: what slows the machine
 * down for a while slows all of them down.
 * @returns for each program, by its name, the milliseconds of each run
 */
export function interleaved(programs: readonly Program[], repeat: number): Map<string, number[]> {
  const times = new Map(programs.map(({ name }) => [name, [] as number[]]));
  for (const program of programs) for (let turn = 0; turn < 2; turn += 1) timed(program);
  for (let turn = 0; turn < repeat; turn += 1) {
    for (const program of shuffled(programs)) times.get(program.name)?.push(timed(program));
  }
  return times;
}

/** Milliseconds. @throws Error with its own words when it fails */
export function timed({ name, file, words, env }: Program): number {
  const began = performance.now();
  const { status, stderr, error } = spawnSync(file, words, {
    env: { ...plainEnvironment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 30,
  });
  const took = performance.now() - began;
  if (status !== 0)
    throw new Error(`${name} ended with ${status}: ${error?.message ?? stderr.toString('utf8')}`);
  return took;
}

export interface Stream {
  readonly seconds: number;
  /** Milliseconds until the first bytes came. */
  readonly firstMs: number;
  /** The most memory that it had, in MiB (2^20 bytes); 0 where there is no /proc. */
  readonly memory: number;
  readonly bytes: number;
}

/** Runs a program that writes much, and reads that as quickly as it comes. */
export function streamed({ name, file, words, env }: Program): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(file, words, {
      env: { ...plainEnvironment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [bytes, firstMs, memory, stderr] = [0, 0, 0, ''];
    const watch = setInterval(() => (memory = Math.max(memory, peakOf(child.pid))), 10);
    child.stdout.on('data', (chunk: Buffer) => {
      if (bytes === 0) firstMs = performance.now() - began;
      bytes += chunk.length;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (status) => {
      clearInterval(watch);
      const seconds = (performance.now() - began) / 1000;
      if (status === 0) resolve({ seconds, firstMs, memory, bytes });
      else reject(new Error(`${name} ended with ${status}: ${stderr}`));
    });
  });
}

/** The most memory that the process has had so far, in MiB; 0 when it has ended. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The option `--repeat` of a benchmark. @throws Error for what is no number of runs */
export function repetitions(given: unknown, otherwise: number): number {
  const repeat = Number(given ?? otherwise);
  if (!Number.isInteger(repeat) || repeat < 1)
    throw new Error(`--repeat ${String(given)} is no number of runs`);
  return repeat;
}

/** What the figures of a run depend on. */
export const machine = {
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  processors: cpus().length,
  model: cpus()[0]?.model ?? '',
};

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
