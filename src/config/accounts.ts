/** The accounts of this machine. */
import { readFileSync } from 'node:fs';

export interface Account {
  readonly name: string;
  readonly uid: number;
  /** Its first group. */
  readonly gid: number;
  readonly home: string;
}

/** Where the accounts of this machine are listed. A parameter of the functions below, for their tests. */
const accountFile = '/etc/passwd';

/** The accounts in the file, in its order; none where there is no such file. */
export function listAccounts(file = accountFile): readonly Account[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // An image without such a file has no accounts besides root.
  }
  return text.split('\n').flatMap(accountIn);
}

/** The account of that name, in the file or wherever else the system keeps accounts; undefined: there is none. */
export async function findAccount(name: string, file = accountFile): Promise<Account | undefined> {
  return listAccounts(file).find((account) => account.name === name) ?? (await accountInDirectory(name));
}

/** Accounts of a directory service are known to `getent` alone. */
async function accountInDirectory(name: string): Promise<Account | undefined> {
  const { execFileSync } = await import('node:child_process');
  try {
    const line = execFileSync('getent', ['passwd', '--', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return accountIn(line.trim()).find((account) => account.name === name);
  } catch {
    return undefined; // It ends with 2 where there is no such account; not every system has it.
  }
}

function accountIn(line: string): readonly Account[] {
  const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home }] : [];
}
