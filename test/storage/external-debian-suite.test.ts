import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NotSupportedError, StorageError } from '../../src/errors.ts';
import { download, externalUrl, readOnly } from '../../src/storage/external-debian-suite.ts';

/** A web server that knows one path. @returns its root URL */
async function anArchive(): Promise<string> {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/pool/h/hello.deb' ? 200 : 404;
    response.end(response.statusCode === 200 ? 'the package' : 'no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}

test('a URL is the root directly followed by the relative URL', () => {
  expect(externalUrl('https://deb.example.org/debian/', 'pool/h/hello.deb')).toBe(
    'https://deb.example.org/debian/pool/h/hello.deb',
  );
  expect(externalUrl('https://deb.example.org/debian', 'pool')).toBe('https://deb.example.org/debianpool');
});

test('the refusal of a change names the store', () => {
  expect(readOnly('archive')).toBeInstanceOf(NotSupportedError);
  expect(readOnly('archive').message).toBe('file store "archive" is read-only');
});

describe('download', () => {
  test('gives the bytes', async () => {
    expect(await text(await download(`${await anArchive()}pool/h/hello.deb`))).toBe('the package');
  });

  test('says what the server answers when it has none', async () => {
    const url = `${await anArchive()}nothing`;

    await expect(download(url)).rejects.toThrow(`cannot download ${url}: the server answers 404`);
  });

  test('says that there is no server', async () => {
    await expect(download('http://127.0.0.1:1/')).rejects.toThrow(StorageError);
  });

  test('ends when told to', async () => {
    await expect(download(await anArchive(), AbortSignal.abort())).rejects.toThrow(StorageError);
  });
});
