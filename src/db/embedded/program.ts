import { spawn } from 'node:child_process';
import { spawnIdentity, type ServerAccount } from './account.ts';

/** How a program ended. */
export interface ProgramResult {
  /** Exit status; null when it was not started or a signal ended it. */
  readonly status: number | null;
  /** Why it was not started: `EACCES`, `ENOENT`, … null when it was. */
  readonly failure: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of PostgreSQL's programs: nothing of ours, so that no setting of the caller changes them. */
export const programEnvironment = { PATH: '/usr/bin:/bin', TZ: 'UTC' };

/**
 * Runs a program to its end as the given account, with `input` as its standard input. A program that cannot be
 * started or fails is an answer, not an error. Without `directory` it runs in `/`, which every account may enter.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: { readonly account: ServerAccount; readonly directory?: string; readonly input?: string },
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const output = { stdout: '', stderr: '' };
    const failed = (error: unknown) => {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      resolve({ status: null, failure: code, ...output });
    };
    try {
      const child = spawn(file, args, {
        ...spawnIdentity(options.account),
        cwd: options.directory ?? '/',
        env: programEnvironment,
        stdio: 'pipe',
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
      child.once('error', failed);
      child.once('close', (status) => resolve({ status, failure: null, ...output }));
      child.stdin.on('error', () => undefined); // A program that does not read its input says so by its status.
      child.stdin.end(options.input ?? '');
    } catch (error) {
      failed(error); // A refused uid is thrown, not emitted.
    }
  });
}
