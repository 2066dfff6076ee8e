import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowedLogins, isRoot, serverAccount, spawnIdentity } from '../../../src/db/embedded/account.ts';
import { StorageError } from '../../../src/errors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'debusine-account-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function accounts(...lines: string[]): string {
  const file = join(folder, 'passwd');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

const root = 'root:x:0:0:root:/root:/bin/sh';
const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/bin/false';
const postgres = 'postgres:x:101:104::/var/lib/postgresql:/bin/sh';

describe.runIf(isRoot())('as root', () => {
  test('the server runs as postgres where that account exists', () => {
    expect(serverAccount(null, accounts(root, nobody, postgres))).toEqual({
      uid: 101,
      gid: 104,
      isOther: true,
    });
  });

  test('the server runs as nobody where there is no account postgres', () => {
    expect(serverAccount(null, accounts(root, nobody))).toEqual({ uid: 65534, gid: 65533, isOther: true });
  });

  test('the server of an existing directory runs as its owner', () => {
    const { uid, gid } = { uid: 4711, gid: 4712 };
    const directory = mkdtempSync(join(folder, 'data-'));
    chownSync(directory, uid, gid);
    expect(serverAccount(directory, accounts(root, postgres))).toEqual({ uid, gid, isOther: true });
  });

  test('an account with the number of root does not count', () => {
    const file = accounts(root, 'postgres:x:0:0::/:/bin/sh');
    expect(() => serverAccount(null, file)).toThrow(StorageError);
  });

  test('a machine without unprivileged accounts is an error that says what to create', () => {
    expect(() => serverAccount(null, join(folder, 'missing'))).toThrow(
      expect.objectContaining({ code: 'storage', hint: expect.stringContaining('postgres or nobody') }),
    );
  });

  test('root and the names of the account of the server may log in', () => {
    const account = { uid: 65534, gid: 65533, isOther: true };
    expect(allowedLogins(account, accounts(root, nobody, 'alias:x:65534:1::/:/bin/sh'))).toEqual([
      'root',
      'nobody',
      'alias',
    ]);
    expect(spawnIdentity(account)).toEqual({ uid: 65534, gid: 65533 });
  });
});

describe.skipIf(isRoot())('as an ordinary account', () => {
  test('the server runs as ourselves', () => {
    const account = serverAccount(null);
    expect(account).toEqual({ uid: process.geteuid?.(), gid: process.getegid?.(), isOther: false });
    expect(spawnIdentity(account)).toEqual({});
    expect(allowedLogins(account)).toContain('root');
  });
});
