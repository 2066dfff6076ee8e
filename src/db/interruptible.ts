import { InterruptedError } from '../errors.ts';
import { type Db, driver } from './database.ts';

/**
 * Does `work`, which changes nothing. When the signal comes meanwhile, the connection is closed, and the server stops
 * what it was doing; nothing can be done on the handle afterwards.
 * @param db not a transaction
 * @throws InterruptedError
 */
export async function interruptible<T>(db: Db, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const interrupted = (): InterruptedError => new InterruptedError(String(signal.reason) as NodeJS.Signals);
  if (signal.aborted) throw interrupted();
  const onAbort = (): void => void driver(db).end({ timeout: 0 });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
