/** Delivers a secret before the change that makes it is committed. Source: cli.md 5.6. */
import { randomBytes } from 'node:crypto';
import { constants, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { reasonOf } from '../config/configuration-file.ts';
import { ConflictError, DebusineError, OutputError, StorageError } from '../errors.ts';
import type { Host } from './context.ts';

export interface Delivery {
  /** To be called inside the transaction. */
  write(text: string): Promise<void>;
  /** To be called when the commit failed after the secret was written. */
  takeBack(error: unknown): unknown;
  /** To be called when it is committed. @throws StorageError naming where the secret is */
  keep(): void;
}

/**
 * @param name what the secret is called: `the token`
 * @param file where to write it instead of standard output
 */
export function delivery(host: Host, name: string, file: string | undefined, force: boolean): Delivery {
  let isWritten = false;
  // What is to be replaced holds the key that counts until the commit, so the new one waits beside it.
  const place = file !== undefined && force ? `${file}.${randomBytes(8).toString('hex')}` : file;
  return {
    async write(text) {
      // Nothing was generated, so there is nothing to deliver.
      if (text === '') return;
      if (file === undefined || place === undefined) {
        try {
          await host.stdout.write(text);
        } catch (error) {
          const reason =
            error instanceof OutputError && error.isClosedPipe ? 'broken pipe' : messageOf(error);
          throw new DebusineError('internal', `cannot write ${name}: ${reason}; nothing was created`);
        }
      } else {
        await writeFile(file, place, text, name);
      }
      isWritten = true;
    },
    takeBack(error) {
      if (!isWritten) return error;
      if (place !== undefined) rmSync(place, { force: true });
      if (!(error instanceof DebusineError)) return error;
      const what = file === undefined ? `${name} that was printed is not valid` : 'nothing was created';
      return new DebusineError(error.code, `${error.message}; ${what}`, {
        hint: error.hint,
        details: error.details,
      });
    },
    keep() {
      if (!isWritten || file === undefined || place === undefined || place === file) return;
      try {
        renameSync(place, file);
      } catch (error) {
        throw new StorageError(`cannot put ${name} into ${file}: ${reasonOf(error)}; it is in ${place}`);
      }
    },
  };
}

async function writeFile(file: string, place: string, text: string, name: string): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) {
      // A device or a pipe would be replaced, for everybody.
      const kind = there.isDirectory() ? 'a directory' : 'no plain file';
      throw new StorageError(`cannot write ${name} to ${file}: it is ${kind}`);
    }
    const handle = await open(place, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof StorageError) throw error;
    if (error instanceof Error && Reflect.get(error, 'code') === 'EEXIST') {
      throw new ConflictError(`file ${file} exists already`, { hint: 'give another one, or --force' });
    }
    throw new StorageError(`cannot write ${name} to ${file}: ${reasonOf(error)}`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
