import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { listAccounts } from '../../config/accounts.ts';
import { StorageError } from '../../errors.ts';

/** The account a PostgreSQL server runs as. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
  /** Whether it is another account than ours: only so when we are root, which PostgreSQL refuses to run as. */
  readonly isOther: boolean;
}

/** Unprivileged accounts that take over for root, the better one first. */
const standIns = ['postgres', 'nobody'];

/** @returns whether this process has the rights of root. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/**
 * The account for the server of a data directory: ourselves, or, for root, the owner of the directory; where
 * there is no directory yet `postgres` if that account exists, else `nobody`.
 *
 * Source: dependencies.md 3, "Root, and `node_modules` below a 0700 home".
 * @throws StorageError when root finds no account that could run the server, or the platform has no accounts.
 */
export function serverAccount(dataDirectory: string | null, accounts?: string): ServerAccount {
  const uid = process.geteuid?.();
  const gid = process.getegid?.();
  if (uid === undefined || gid === undefined) {
    throw new StorageError('the embedded PostgreSQL is not available on this platform', {
      hint: 'name a database of your own in DATABASE_URL',
    });
  }
  if (uid !== 0) return { uid, gid, isOther: false };
  const owner = dataDirectory === null ? undefined : statSync(dataDirectory, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, isOther: true };
  const standIn = findStandIn(accounts);
  if (standIn !== undefined) return { ...standIn, isOther: true };
  throw new StorageError('PostgreSQL refuses to run as root, and there is no account to run it as', {
    hint: `create the account ${standIns.join(' or ')}, or run this command as another account`,
  });
}

/** @returns what `spawn` needs to start a program as that account. */
export function spawnIdentity(account: ServerAccount): { uid?: number; gid?: number } {
  return account.isOther ? { uid: account.uid, gid: account.gid } : {};
}

/**
 * Login names that may use the cluster: the account of the server and root, who can read its files anyway. With
 * root always among them, `sudo` that keeps the environment works on the cluster of the person who called it.
 * @throws StorageError when the account has no name, as a container started with an arbitrary number has.
 */
export function allowedLogins(account: ServerAccount, accounts?: string): readonly string[] {
  if (account.isOther) {
    const names = listAccounts(accounts).filter(({ uid }) => uid === account.uid);
    return ['root', ...names.map(({ name }) => name)];
  }
  try {
    return ['root', userInfo().username];
  } catch (cause) {
    throw new StorageError(`the account with number ${account.uid} has no name, and PostgreSQL needs one`, {
      hint: 'add the account to /etc/passwd, or run this command as a named account',
      cause,
    });
  }
}

function findStandIn(file: string | undefined): { uid: number; gid: number } | undefined {
  const accounts = listAccounts(file);
  for (const wanted of standIns) {
    const found = accounts.find(({ name, uid }) => name === wanted && uid !== 0);
    if (found !== undefined) return { uid: found.uid, gid: found.gid };
  }
  return undefined;
}
