/** A suite of a Debian archive on the web, which is only read. Source: models.md 3.7. */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { NotSupportedError, StorageError } from '../errors.ts';

/**
 * Where a file of the archive is: the root followed directly by the file's relative URL. No slash is put in between,
 * so the root must end in one.
 */
export function externalUrl(archiveRootUrl: string, relativeUrl: string): string {
  return `${archiveRootUrl}${relativeUrl}`;
}

/** The refusal of every change to such a store. */
export function readOnly(storeName: string): NotSupportedError {
  return new NotSupportedError(`file store "${storeName}" is read-only`, {
    hint: 'files of an archive on the web can only be registered and read',
    details: { store: storeName },
  });
}

/**
 * The bytes behind a URL.
 * @throws StorageError when the server is not reached or does not give them
 */
export async function download(url: string, signal?: AbortSignal): Promise<Readable> {
  let response: Response;
  try {
    response = await fetch(url, signal === undefined ? {} : { signal });
  } catch (error) {
    throw new StorageError(`cannot download ${url}`, { details: { url }, cause: error });
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new StorageError(`cannot download ${url}: the server answers ${response.status}`, {
      details: { url },
    });
  }
  // Both name the same class; the types of the platform and of Node differ in its declaration.
  return Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
}
