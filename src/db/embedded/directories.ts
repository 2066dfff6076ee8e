import { chmodSync, lchownSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { StorageError } from '../../errors.ts';
import { makeWithParents } from '../../storage/make-directory.ts';
import type { ServerAccount } from './account.ts';

/**
 * Creates a directory with its parents. What is created belongs to us and is closed to everybody else, except
 * when the server runs as another account, which must be able to pass through.
 * @throws StorageError when it cannot be created.
 */
export function makeDirectory(directory: string, account: ServerAccount): void {
  const mode = account.isOther ? 0o755 : 0o700;
  const first = attempt(directory, () => makeWithParents(directory, mode));
  if (first === undefined || !account.isOther) return;
  // A strict umask has closed what was created.
  let path = first;
  chmodSync(path, mode);
  for (const name of relative(path, directory).split(sep).filter(Boolean)) {
    path = resolve(path, name);
    chmodSync(path, mode);
  }
}

/**
 * Creates a directory, mode 0700, that belongs to the account of the server.
 * @throws StorageError when it cannot be created or exists.
 */
export function makePrivateDirectory(directory: string, account: ServerAccount): void {
  attempt(directory, () => mkdirSync(directory, { mode: 0o700 }));
  if (account.isOther) lchownSync(directory, account.uid, account.gid);
}

/**
 * Makes sure of the directory of the socket: it belongs to the account of the server and nobody else can enter.
 * In a folder that everybody may write to, somebody else may have created it first.
 * @throws StorageError when it is not private or cannot be created.
 */
export function prepareSocketDirectory(directory: string, account: ServerAccount): void {
  makeDirectory(dirname(directory), account);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'))
      throw unmakeable(directory, cause);
  }
  const status = lstatSync(directory);
  const isOurs = status.uid === account.uid || status.uid === process.geteuid?.();
  if (!status.isDirectory() || (status.mode & 0o077) !== 0 || !isOurs) {
    throw new StorageError(
      `${directory} must be a directory of mode 0700 that belongs to the server's account`,
      {
        hint: `find out who made it, then remove it`,
      },
    );
  }
  if (status.uid !== account.uid) lchownSync(directory, account.uid, account.gid);
}

/**
 * The first directory on the way to `path` that the account may not pass through, judged by mode and owner alone.
 * @returns null when all are open.
 */
export function closedDirectory(path: string, account: ServerAccount): string | null {
  const parents: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    parents.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const directory of parents) {
    const status = statSync(directory, { throwIfNoEntry: false });
    if (status === undefined) return null;
    const bit = status.uid === account.uid ? 0o100 : status.gid === account.gid ? 0o010 : 0o001;
    if ((status.mode & bit) === 0) return directory;
  }
  return null;
}

/**
 * @throws StorageError naming the directory that keeps the server's account from its data, if there is one.
 */
export function refuseClosedDirectory(path: string, account: ServerAccount): void {
  const closed = account.isOther ? closedDirectory(path, account) : null;
  if (closed === null) return;
  throw new StorageError(
    `the embedded database cannot be in ${path}: its server runs as uid ${account.uid}, which may not enter ${closed}`,
    { hint: 'unset XDG_DATA_HOME, or set it to a folder that everybody may pass through' },
  );
}

function attempt<Result>(directory: string, make: () => Result): Result {
  try {
    return make();
  } catch (cause) {
    throw unmakeable(directory, cause);
  }
}

function unmakeable(directory: string, cause: unknown): StorageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(`cannot create the directory ${directory}: ${reason}`, { cause });
}
