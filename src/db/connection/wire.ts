/** The stream between the driver and the server. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { MessageReader } from './messages.ts';

/** Why a connection is of no more use. `code` is a SQLSTATE, a word of the system, or one of ours. */
export class LostConnectionError extends Error {
  readonly code: string;
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** What answers does not speak the protocol. */
export const notPostgres = 'NOT_POSTGRES';
/** The server has been silent for longer than it may. */
export const silent = 'SERVER_SILENT';

/**
 * The statement that only asks to be connected. The driver logs in when it is given a first statement, and the server's
 * word that the login is done is all that is wanted: the wire answers it, which saves a round trip.
 */
export const loginOnly = '';
const loginOnlyMessage = Buffer.from('Q\0\0\0\x05\0', 'latin1');
/** EmptyQueryResponse, and ReadyForQuery outside any transaction. */
const loginOnlyAnswer = Buffer.from('I\0\0\0\x04Z\0\0\0\x05I', 'latin1');

/** How long a closed connection may take to send its last bytes, in milliseconds. */
const farewellMs = 200;

/**
 * Stands for the socket in the driver's eyes, and tells it of a loss in the only order that it survives.
 *
 * When a socket closes, the driver forgets it; the rollback that it sends in answer is then written to nothing, which
 * ends the process, and statements that wait in line are never rejected. Here a loss is an `error` first, which
 * rejects what is on its way; then `retire` has the driver reject everything else, now and later; only then the
 * socket closes. Nothing is ever dialled again: whoever loses a connection loses the transaction with it, and must
 * know.
 *
 * Of its own it tells `greeting`, the first message is on its way, and `proof`, so is the one after which the server
 * knows who we are. It is busy then for a while.
 */
export class Wire extends EventEmitter {
  readonly #socket: Socket;
  readonly #reader = new MessageReader(() => this.#answered());
  readonly #retire: () => void;
  readonly #silenceLimitMs: number | undefined;
  #loss: LostConnectionError | undefined;
  /** Whether the driver has ended its side. */
  #isEnded = false;
  #isClosed = false;
  #hasGreeted = false;
  /** How many statements the server has yet to answer. */
  #open = 0;
  #silence: NodeJS.Timeout | undefined;

  /**
   * @param retire has the driver give up: reject all statements, and end this
   * @param silenceLimitMs how long the server may send nothing while it owes an answer; undefined: for ever
   */
  constructor(socket: Socket, retire: () => void, silenceLimitMs?: number) {
    super();
    this.#socket = socket;
    this.#retire = retire;
    this.#silenceLimitMs = silenceLimitMs;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', (error) => this.#lose(lossOf(error)));
    const onClose = (): void =>
      this.#lose(new LostConnectionError('CONNECTION_CLOSED', 'the server hung up'));
    socket.on('close', onClose);
    if (socket.destroyed) setImmediate(onClose);
    else socket.resume();
  }

  get readyState(): string {
    return this.#isClosed ? 'closed' : 'open';
  }

  write(chunk: Buffer, written?: (error?: Error | null) => void): boolean {
    if (this.#loss !== undefined) {
      setImmediate(() => this.#fail());
      return true;
    }
    if (chunk.equals(loginOnlyMessage)) {
      // As late as an answer comes: the driver is not done with writing.
      setImmediate(() => this.#answerLogin());
      return true;
    }
    const isGreeting = !this.#hasGreeted;
    this.#hasGreeted = true;
    // The greeting has no letter; the time limit for connecting watches over it.
    if (!isGreeting) this.#count(chunk);
    const hasRoom = this.#socket.write(chunk, written);
    if (isGreeting) this.emit('greeting');
    else if (isProof(chunk)) this.emit('proof');
    return hasRoom;
  }

  end(chunk?: Buffer): void {
    this.#isEnded = true;
    if (this.#loss !== undefined) {
      setImmediate(() => this.#close());
      return;
    }
    if (chunk === undefined) this.#socket.end();
    else this.#socket.end(chunk);
    // A server that is busy or gone would keep the socket, and with it this process.
    setTimeout(() => this.#socket.destroy(), farewellMs).unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  setKeepAlive(on: boolean, delayMs: number): void {
    this.#socket.setKeepAlive(on, delayMs);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #receive(chunk: Buffer): void {
    if (this.#loss !== undefined) return;
    if (this.#open > 0) this.#watch();
    const problem = this.#reader.receive(chunk);
    if (problem === undefined) this.emit('data', chunk);
    else this.#lose(new LostConnectionError(notPostgres, problem));
  }

  #answerLogin(): void {
    if (this.#loss === undefined) this.emit('data', loginOnlyAnswer);
  }

  #lose(reason: LostConnectionError): void {
    if (this.#loss !== undefined) return;
    clearTimeout(this.#silence);
    const words = this.#reader.lastWords;
    this.#loss = words === undefined ? reason : new LostConnectionError(words.code, words.message, reason);
    this.#socket.destroy();
    if (this.#isEnded) {
      this.#close();
      return;
    }
    this.#fail();
    this.#retire();
  }

  #fail(): void {
    if (this.listenerCount('error') > 0) this.emit('error', this.#loss);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close', true);
  }

  /** The messages that ask for an answer: Query and Sync. The driver sends whole messages. */
  #count(chunk: Buffer): void {
    if (this.#silenceLimitMs === undefined) return;
    for (let at = 0; at + 5 <= chunk.length; at += 1 + chunk.readUInt32BE(at + 1)) {
      const letter = chunk[at];
      if (letter === 0x51 || letter === 0x53) this.#open += 1;
    }
    this.#watch();
  }

  #answered(): void {
    if (this.#open > 0) this.#open -= 1;
    if (this.#open === 0) clearTimeout(this.#silence);
  }

  #watch(): void {
    clearTimeout(this.#silence);
    if (this.#silenceLimitMs === undefined) return;
    this.#silence = setTimeout(
      () => this.#lose(new LostConnectionError(silent, 'the server does not answer')),
      this.#silenceLimitMs,
    );
  }
}

/** A message about the password, but for the one that only names the way in which it will be proved. */
const isProof = (chunk: Buffer): boolean => chunk[0] === 0x70 && chunk.toString('latin1', 5, 11) !== 'SCRAM-';

function lossOf(error: Error): LostConnectionError {
  const code: unknown = Reflect.get(error, 'code');
  return new LostConnectionError(typeof code === 'string' ? code : 'CONNECTION_CLOSED', error.message, error);
}
