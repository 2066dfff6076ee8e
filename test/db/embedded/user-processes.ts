/** Processes of their own that use an embedded database. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { platformPackage } from '../../../src/db/embedded/platform-package.ts';
import type { UserTask } from './user.ts';

export interface UserResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote when it had the lease. */
  readonly report: {
    readonly created: boolean;
    readonly acquireMs: number;
    readonly startedAt: string;
  } | null;
  readonly stderr: string;
}

/** When a user is killed: once it runs, or once it has the lease. */
export type KilledAt = 'begun' | 'leased' | null;

/** Bundles the program of the users as the build of the product does, into a folder that is removed later. */
export async function buildUser(directory: string): Promise<string> {
  const outfile = join(directory, 'user.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('user.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'error',
  });
  return outfile;
}

/** Runs one user to its end, or until it is killed. @param before is done when it is about to be killed */
export async function runUser(
  program: string,
  task: Omit<UserTask, 'packageDirectory'>,
  killedAt: KilledAt = null,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<UserResult> {
  const whole: UserTask = { ...task, packageDirectory: platformPackage() };
  const child = spawn(process.execPath, [program, JSON.stringify(whole)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let killing: Promise<unknown> | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = stdout.split('\n').length - 1;
    if (killedAt === null || killing !== undefined || lines < (killedAt === 'begun' ? 1 : 2)) return;
    killing = before().finally(() => child.kill('SIGKILL'));
  });
  await once(child, 'close');
  await killing;
  const line = stdout.split('\n')[1] ?? '';
  const report = line === '' ? null : JSON.parse(line);
  return {
    status: child.exitCode,
    signal: child.signalCode,
    report:
      report === null ? null : { ...report, startedAt: `${report.server.pid} ${report.server.startedAt}` },
    stderr,
  };
}
