/** Besides the launcher the only file that touches the process: streams, environment, signals. */
import { isatty } from 'node:tty';
import { InvalidInputError, OutputError } from '../errors.ts';
import { now } from '../timestamp.ts';
import type { Host, TextStream } from './context.ts';
import { exitCodeForSignal } from './exit-codes.ts';
import { run } from './run.ts';

/** Runs the command line of this process. @returns the exit status, when everything is written */
export async function main(): Promise<number> {
  const controller = new AbortController();
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1;
      // The first one ends the work in order; whoever sends a second one does not want to wait.
      if (signals > 1) process.exit(exitCodeForSignal(signal));
      controller.abort(signal);
    });
  }
  const host: Host = {
    env: process.env,
    // The streams themselves are made when something is read or written.
    stdout: textStream(1, () => process.stdout),
    stderr: textStream(2, () => process.stderr),
    stdin: { isTerminal: isatty(0), read: readInput, line: readLine },
    terminal: {
      get input() {
        return process.stdin;
      },
      get output() {
        return process.stderr;
      },
    },
    uid: process.geteuid?.(),
    become({ name, uid, gid }) {
      // In this order: the first two need the rights that the last one gives away.
      const initgroups: unknown = Reflect.get(process, 'initgroups'); // Node has it, its types do not.
      if (typeof initgroups === 'function') Reflect.apply(initgroups, process, [name, gid]);
      process.setgid?.(gid);
      process.setuid?.(uid);
    },
    clock: {
      now,
      monotonicMs: () => performance.now(),
    },
    signal: controller.signal,
    onProgressRequest(listener) {
      process.on('SIGUSR1', listener);
      return () => process.off('SIGUSR1', listener);
    },
  };
  return run(process.argv.slice(2), host);
}

function textStream(fileDescriptor: 1 | 2, make: () => NodeJS.WriteStream): TextStream {
  const isTerminal = isatty(fileDescriptor);
  let made: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => {
    // Without a listener a write to a closed pipe would end the process; each write is told of its own failure.
    made ??= make().on('error', () => undefined);
    return made;
  };
  const write = (data: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      stream().write(data, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(outputError(error));
      });
    });
  return {
    isTerminal,
    get columns() {
      return isTerminal ? stream().columns : undefined;
    },
    get rows() {
      return isTerminal ? stream().rows : undefined;
    },
    write,
    writeBytes: write,
  };
}

function outputError(error: Error): OutputError {
  const code: unknown = Reflect.get(error, 'code');
  const isClosedPipe = code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
  return new OutputError(isClosedPipe ? 'broken pipe' : error.message, isClosedPipe);
}

async function readInput(limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > limitBytes) throw new InvalidInputError(`standard input is larger than ${limitBytes} bytes`);
    chunks.push(bytes);
  }
  const { decodeUtf8 } = await import('./read-text.ts');
  return decodeUtf8(Buffer.concat(chunks), 'standard input');
}

/** More than this is no answer to a question. */
const longestLine = 4096;

async function readLine(): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    bytes = Buffer.concat([bytes, Buffer.from(chunk as Uint8Array)]);
    if (bytes.includes(10) || bytes.length > longestLine) break;
  }
  const [line = ''] = bytes.toString('utf8').split('\n');
  return line;
}
