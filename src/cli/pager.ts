/** What is longer than the screen goes through a pager, where somebody has configured one. Source: cli.md 4.7. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { OutputError } from '../errors.ts';
import { textWidth } from '../output/width.ts';
import type { Context, Host, TextStream } from './context.ts';
import { splitWords } from './values/command-words.ts';

/** How the pager `less` behaves unless the variable LESS says so itself: leaves what fits, keeps colours and the screen. */
const usualLess = 'FRX';

/**
 * Prints by way of the pager. What fits the screen is written to it when all is there; with the first line too many the
 * pager is started, and takes what follows as it comes. It ends before this returns, and before any message is shown.
 *
 * Who leaves the pager early has seen enough: the source is closed, and that is no failure. A pager that cannot be
 * started is a warning, and the text is written as if there were none.
 * @param command the pager with its arguments; no shell reads it
 * @param print prints to the host of the context it is given
 */
export async function printPaged(
  context: Context,
  command: string,
  print: (context: Context) => Promise<void>,
): Promise<void> {
  const { host } = context;
  const messages: (() => Promise<void>)[] = [];
  const later =
    <T>(say: (message: T) => Promise<void>) =>
    (message: T): Promise<void> => {
      messages.push(() => say(message));
      return Promise.resolve();
    };
  const warn = later((message: string) => context.warn(message));
  const paged = new PagedOutput(host, command, warn);
  try {
    await print({
      ...context,
      host: { ...host, stdout: paged },
      note: later((message: string) => context.note(message)),
      warn,
      error: later((failure: Parameters<Context['error']>[0]) => context.error(failure)),
    });
  } catch (error) {
    if (!(error instanceof OutputError) || !paged.wasLeft) throw error;
  } finally {
    await paged.end();
    for (const say of messages) await say();
  }
}

class PagedOutput implements TextStream {
  readonly isTerminal = true;
  readonly #host: Host;
  readonly #command: string;
  readonly #warn: (message: string) => Promise<void>;
  /** What was written so far; undefined when it was more than fits. */
  #kept: string | undefined = '';
  #pager: Pager | undefined;

  constructor(host: Host, command: string, warn: (message: string) => Promise<void>) {
    this.#host = host;
    this.#command = command;
    this.#warn = warn;
  }

  get columns(): number | undefined {
    return this.#host.stdout.columns;
  }

  get rows(): number | undefined {
    return this.#host.stdout.rows;
  }

  /** Whether the person has ended the pager. */
  get wasLeft(): boolean {
    return this.#pager?.wasLeft === true;
  }

  async write(text: string): Promise<void> {
    if (this.#kept === undefined) {
      await (this.#pager ?? this.#host.stdout).write(text);
      return;
    }
    this.#kept += text;
    if (isLonger(this.#kept, this.#host.stdout)) await this.#begin(this.#kept);
  }

  writeBytes(bytes: Uint8Array): Promise<void> {
    return this.write(Buffer.from(bytes).toString('utf8'));
  }

  /** Writes what fitted, or waits until the person has ended the pager. */
  async end(): Promise<void> {
    if (this.#kept !== undefined && this.#kept !== '') await this.#host.stdout.write(this.#kept);
    this.#kept = undefined;
    await this.#pager?.end();
  }

  async #begin(text: string): Promise<void> {
    this.#kept = undefined;
    try {
      this.#pager = await startPager(this.#host, this.#command);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await this.#warn(`cannot start the pager ${this.#command}: ${reason}`);
    }
    await (this.#pager ?? this.#host.stdout).write(text);
  }
}

/** Escape sequences of colours: they take no room. */
const colours = /\u001b\[[0-9;]*m/g;

/** Whether the text takes more lines of the screen than there are, one being left for the prompt of the shell. */
function isLonger(text: string, { rows = 24, columns = 80 }: TextStream): boolean {
  let lines = 0;
  for (let at = 0; at < text.length && lines < rows;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end);
    lines += Math.max(1, Math.ceil(textWidth(line.replace(colours, '')) / columns));
    at += line.length + 1;
  }
  return lines >= rows;
}

class Pager {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #wasLeft = false;

  constructor(child: ChildProcess) {
    this.#process = child;
    this.#ended = once(child, 'close');
    // Each write is told of its own failure.
    child.stdin?.on('error', () => undefined);
  }

  get wasLeft(): boolean {
    return this.#wasLeft;
  }

  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.stdin?.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else {
          this.#wasLeft = true;
          reject(new OutputError('the pager has ended', true));
        }
      });
    });
  }

  async end(): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
  }
}

/** @throws what the system says */
async function startPager({ env, signal }: Host, command: string): Promise<Pager> {
  const [program = '', ...args] = splitWords(command);
  const child = spawn(program, args, {
    stdio: ['pipe', 1, 2],
    env: { ...env, LESS: env['LESS'] ?? usualLess },
  });
  await once(child, 'spawn');
  const pager = new Pager(child);
  // Ctrl-C reaches the pager by itself and belongs to it; anything else is meant for both of us.
  const onAbort = (): void => {
    if (signal.reason !== 'SIGINT') child.kill('SIGTERM');
  };
  signal.addEventListener('abort', onAbort);
  child.once('close', () => signal.removeEventListener('abort', onAbort));
  return pager;
}
