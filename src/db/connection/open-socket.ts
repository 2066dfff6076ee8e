/** Dials one server, and agrees on encryption with it. */
import { connect as dial, type Socket } from 'node:net';
import { connect as encrypt, type ConnectionOptions } from 'node:tls';
import { LostConnectionError, notPostgres } from './wire.ts';

export type Target = { readonly path: string } | { readonly host: string; readonly port: number };

/** The server answered that it does not encrypt. */
export const noEncryption = 'NO_ENCRYPTION';

/** How long one of several addresses of a name is waited for before the next is tried as well, in milliseconds. */
const addressPatienceMs = 2000;

/** Asks whether the server encrypts: length, then a number that no version of the protocol has. */
const encryptionRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * A connected socket.
 *
 * @param tls absent: not encrypted
 * @param mayBePlain whether a server that does not encrypt will do
 * @throws LostConnectionError with the word of the system, of TLS, or `NO_ENCRYPTION`
 */
export async function openSocket(
  target: Target,
  signal: AbortSignal,
  tls?: ConnectionOptions,
  mayBePlain = false,
): Promise<Socket> {
  signal.throwIfAborted();
  const socket = dial({ ...target, autoSelectFamilyAttemptTimeout: addressPatienceMs });
  const giveUp = (): void => void socket.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await event(socket, 'connect');
    if (tls === undefined) return socket;
    socket.write(encryptionRequest);
    const answer = await event<Buffer>(socket, 'data');
    switch (answer.toString('latin1')) {
      // Anything after the letter would have been put there by somebody in between.
      case 'S': {
        const encrypted = encrypt({ ...tls, socket });
        await event(encrypted, 'secureConnect');
        return encrypted;
      }
      case 'N':
        if (mayBePlain) return socket;
        throw new LostConnectionError(noEncryption, 'the server does not encrypt, and sslmode asks for it');
      default:
        throw new LostConnectionError(notPostgres, 'what it sends is not the protocol of PostgreSQL');
    }
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** The next event of that name. @throws LostConnectionError when the socket fails or closes first */
function event<T>(socket: Socket, name: 'connect' | 'data' | 'secureConnect'): Promise<T> {
  return new Promise((resolve, reject) => {
    const cleanUp = (): void => {
      socket.off(name, onEvent);
      socket.off('error', onError);
      socket.off('close', onClose);
      // Otherwise what follows would be lost until somebody listens.
      if (name === 'data') socket.pause();
    };
    const onEvent = (value: T): void => {
      cleanUp();
      // A failure until the next one listens shows as a closed socket then.
      socket.on('error', () => undefined);
      resolve(value);
    };
    const onError = (error: Error): void => {
      cleanUp();
      const code: unknown = Reflect.get(error, 'code');
      reject(new LostConnectionError(typeof code === 'string' ? code : 'TLS', messageOf(error), error));
    };
    const onClose = (): void => {
      cleanUp();
      reject(new LostConnectionError('CONNECTION_CLOSED', 'the server hung up'));
    };
    socket.once(name, onEvent);
    socket.once('error', onError);
    socket.once('close', onClose);
  });
}

/** Several addresses that failed are several errors in one, whose own message is empty. */
function messageOf(error: Error): string {
  const [first]: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error ? first.message : error.message;
}
