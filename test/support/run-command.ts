/** Runs a command line in this process, as the launcher would, with streams that are looked at afterwards. */
import { PassThrough } from 'node:stream';
import { run } from '../../src/cli/run.ts';
import type { Host, TextStream } from '../../src/cli/context.ts';
import { OutputError } from '../../src/errors.ts';
import { timestampFromMicroseconds } from '../../src/timestamp.ts';
import type { TestDatabase } from './database.ts';

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; absent: closed. */
  readonly stdin?: string;
  /** Whether stdin, stdout and stderr are a terminal. */
  readonly terminal?: boolean;
  /** Lines of that terminal. */
  readonly rows?: number;
  /** What a person types at the questions, one after the other; null is the end of the input (Ctrl-D). */
  readonly answers?: readonly (string | null)[];
  /** What happens between a question and its answer. */
  readonly beforeAnswer?: () => Promise<void>;
  /** Writes to standard output fail as if the reader had gone. */
  readonly closedPipe?: boolean;
  readonly signal?: AbortSignal;
  /** What happens as soon as something was written to standard output. */
  readonly afterWrite?: () => void;
  /** Who calls; only root can become somebody else. */
  readonly uid?: number;
  readonly become?: Host['become'];
}

/** Without a database nothing is configured, and no file of the account is read. */
export async function runCommand(
  database: Pick<TestDatabase, 'url'> | null,
  words: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  const {
    env = {},
    stdin = '',
    terminal = false,
    rows = 24,
    answers = [],
    beforeAnswer,
    closedPipe = false,
    signal = new AbortController().signal,
    afterWrite = () => undefined,
    uid = 1000,
    become = () => {
      throw new Error('only root can be another account');
    },
  } = surroundings;
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr'): TextStream => ({
    isTerminal: terminal,
    columns: terminal ? 80 : undefined,
    rows: terminal ? rows : undefined,
    write(text) {
      if (name === 'stdout' && closedPipe) return Promise.reject(new OutputError('broken pipe', true));
      written[name] += text;
      if (name === 'stdout') afterWrite();
      return Promise.resolve();
    },
    writeBytes(bytes) {
      return this.write(Buffer.from(bytes).toString('utf8'));
    },
  });
  const questions = new PassThrough({ encoding: 'utf8' }).on(
    'data',
    (text) => (written.stderr += String(text)),
  );
  // A question that is over ends its output, which standard error survives.
  questions.end = () => questions;
  const host: Host = {
    env: {
      HOME: '/nonexistent',
      // Root's embedded database is in the system's folders, whatever HOME is.
      XDG_DATA_HOME: '/nonexistent/.local/share',
      LANG: 'C.UTF-8',
      PATH: '/usr/bin:/bin',
      ...(database === null ? {} : { DATABASE_URL: database.url }),
      ...env,
    },
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: {
      isTerminal: terminal,
      read: () => Promise.resolve(stdin),
      line: () => Promise.resolve(stdin.split('\n')[0] ?? ''),
    },
    terminal: { input: typing(answers, beforeAnswer), output: questions },
    uid,
    become,
    clock: {
      now: () => timestampFromMicroseconds(BigInt(Date.now()) * 1000n),
      monotonicMs: () => performance.now(),
    },
    signal,
    onProgressRequest: () => () => undefined,
  };
  const exitCode = await run(words, host);
  return { exitCode, ...written };
}

/** A keyboard: each answer is typed when a question begins to listen. */
function typing(answers: readonly (string | null)[], before?: () => Promise<void>): PassThrough {
  const input = new PassThrough();
  const waiting = [...answers];
  const type = async (): Promise<void> => {
    await before?.();
    const answer = waiting.shift();
    // Ctrl-C and Ctrl-D act by themselves; where no answer is left the input ends.
    input.write(
      answer === undefined || answer === null ? '\u0004' : answer === '\u0003' ? answer : `${answer}\r`,
    );
  };
  input.on('newListener', (event) => {
    // A question adds several listeners; the first one tells that it has begun.
    if (event === 'keypress' && input.listenerCount('keypress') === 0) setImmediate(() => void type());
  });
  return input;
}
