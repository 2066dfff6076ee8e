import { describe, expect, test } from 'vitest';
import {
  collectionNameProblem,
  isWorkspaceNameOfLaterReleases,
  nameProblem,
  workspaceNameProblem,
} from '../../src/data/names.ts';
import {
  currentIterations,
  generatePassword,
  hashPassword,
  isAcceptablePassword,
  isUsablePassword,
  passwordProblem,
  unusablePassword,
  verifyPassword,
} from '../../src/data/passwords.ts';
import { generateTokenKey, hashTokenKey } from '../../src/data/token-keys.ts';
import { normalizeEmail, normalizeUsername, usernameProblem } from '../../src/data/user-names.ts';
import {
  isWorkerName,
  workerNameCandidate,
  workerNameLimit,
  workerNameSlug,
} from '../../src/data/worker-names.ts';
import { readVectors } from './vectors.ts';

type AccountCase =
  | { kind: 'password'; password: string; iterations: number; salt: string; encoded: string }
  | { kind: 'email'; email: string | null; normalized: string }
  | { kind: 'username'; username: string; valid: boolean }
  | { kind: 'worker-name' | 'workspace-name' | 'collection-name'; name: string; valid: boolean };

describe('known answers about accounts and names', () => {
  test.each(readVectors<AccountCase>('passwords'))('case $id: $kind', async (given) => {
    switch (given.kind) {
      case 'password': {
        const { password, iterations, salt, encoded } = given;
        expect(await hashPassword(password, { salt, iterations })).toBe(encoded);
        expect((await verifyPassword(password, encoded)).ok).toBe(true);
        expect((await verifyPassword(`${password}x`, encoded)).ok).toBe(false);
        return;
      }
      case 'email':
        expect(normalizeEmail(given.email)).toBe(given.normalized);
        return;
      case 'username':
        expect(usernameProblem(given.username) === undefined).toBe(given.valid);
        return;
      case 'worker-name':
        expect(isWorkerName(given.name)).toBe(given.valid);
        return;
      case 'workspace-name':
        expect(nameProblem('workspace', given.name) === undefined).toBe(given.valid);
        return;
      case 'collection-name':
        expect(nameProblem('collection', given.name) === undefined).toBe(given.valid);
        return;
    }
  });
});

describe('known answers about hashed keys', () => {
  test.each(readVectors<{ key: string; hash: string }>('token-hash'))('case $id', ({ key, hash }) => {
    expect(hashTokenKey(key)).toBe(hash);
  });
});

describe('known answers about names of workers', () => {
  interface WorkerCase {
    readonly fqdns: readonly string[];
    readonly names: readonly (string | { readonly error: string })[];
  }
  test.each(readVectors<WorkerCase>('worker-names'))('case $id', ({ fqdns, names }) => {
    const taken = new Set<string>();
    const given = fqdns.map((fqdn) => {
      const slug = workerNameSlug(fqdn);
      let attempt = 1;
      while (taken.has(workerNameCandidate(slug, attempt))) attempt += 1;
      const name = workerNameCandidate(slug, attempt);
      if (name.length > workerNameLimit) return { error: 'too-long' };
      taken.add(name);
      return name;
    });
    expect(given).toEqual(names);
  });

  test.each([
    ['Foo_Bar.lan', 'foo_bar-lan'],
    ['ünïcode-hôst', 'unicode-host'],
    ['node1:8080', 'node18080'],
    ['_x_', 'x'],
    ['a___b', 'a___b'],
    ['a\u001cb\u00a0c\u2024d', 'a-b-cd'],
    ['日本', ''],
  ])('%j becomes %j', (fqdn, expected) => {
    expect(workerNameSlug(fqdn)).toBe(expected);
  });
});

test('a new key is 64 lower-case hexadecimal digits, and another one each time', () => {
  expect(generateTokenKey()).toMatch(/^[0-9a-f]{64}$/);
  expect(generateTokenKey()).not.toBe(generateTokenKey());
});

describe('a password', () => {
  test('is hashed with a new salt each time, in the form that the original reads', async () => {
    const [first, second] = await Promise.all([hashPassword('abc'), hashPassword('abc')]);
    expect(first).toMatch(/^pbkdf2_sha256\$600000\$[A-Za-z0-9]{22}\$[A-Za-z0-9+/]{43}=$/);
    expect(first).not.toBe(second);
    expect(await verifyPassword('abc', first)).toEqual({ ok: true, needsRehash: false });
  });

  test('is to be hashed anew where the stored hash is of another kind', async () => {
    const salt = 'a'.repeat(22);
    const old = await hashPassword('abc', { salt, iterations: 260_000 });
    expect(old).toBe(`pbkdf2_sha256$260000$${salt}$/gYrNQMUUk8dy4ShoUTmAd1RNrdGB6Hv51oGFyZKsrc=`);
    expect(await verifyPassword('abc', old)).toEqual({ ok: true, needsRehash: true });
    const short = await hashPassword('abc', { salt: 'a'.repeat(21), iterations: currentIterations });
    expect(await verifyPassword('abc', short)).toEqual({ ok: true, needsRehash: true });
    expect(await verifyPassword('abd', old)).toEqual({ ok: false, needsRehash: false });
  });

  test.each([
    '',
    '!',
    'secret',
    'pbkdf2_sha256',
    'pbkdf2_sha256$1$s',
    'pbkdf2_sha256$1$$rkQrlb1mLYNcxQUEuY6QZVAsInXVB/4AU/c+KDN7BPs=',
    'pbkdf2_sha256$0$s$x',
    'pbkdf2_sha256$-1$s$x',
    'pbkdf2_sha256$1e3$s$x',
    'pbkdf2_sha256$999999999$s$x',
    'pbkdf2_sha256$99999999999999999999$s$x',
    'pbkdf2_sha1$1$s$x',
    'PBKDF2_SHA256$1$s$rkQrlb1mLYNcxQUEuY6QZVAsInXVB/4AU/c+KDN7BPs=',
    'pbkdf2_sha256$1$s$rkQrlb1mLYNcxQUEuY6QZVAsInXVB/4AU/c+KDN7BPs=$',
    'pbkdf2_sha256$1$s$rkQrlb1mLYNcxQUEuY6QZVAsInXVB/4AU/c+KDN7BPs',
    'argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA',
  ])('does not fit the stored text %j', async (encoded) => {
    expect(await verifyPassword(' leading', encoded)).toEqual({ ok: false, needsRehash: false });
  });

  test('that is unusable fits nothing', async () => {
    const encoded = unusablePassword();
    expect(encoded).toMatch(/^![A-Za-z0-9]{40}$/);
    expect(isUsablePassword(encoded)).toBe(false);
    expect(isUsablePassword(await hashPassword('', { iterations: 1 }))).toBe(true);
    expect((await verifyPassword(encoded.slice(1), encoded)).ok).toBe(false);
    expect((await verifyPassword('', encoded)).ok).toBe(false);
  });

  test('that is generated has 20 characters that cannot be confused', () => {
    const made = Array.from({ length: 500 }, generatePassword);
    for (const password of made) {
      expect(password).toMatch(/^[A-Za-z0-9]{20}$/);
      expect(password).not.toMatch(/[0OoIl1i]/);
    }
    expect(new Set(made).size).toBe(500);
    // 10,000 draws: that a character of 55 never comes up is practically impossible.
    expect(new Set(made.join('')).size).toBe(55);
  });

  test.each([
    ['12345678', 'the password must not consist of digits only'],
    ['٣'.repeat(9), 'the password must not consist of digits only'],
    ['abcdefg', 'the password must have at least 8 characters'],
    ['😀'.repeat(7), 'the password must have at least 8 characters'],
    ['', 'the password must have at least 8 characters'],
    ['1234567a', undefined],
    ['😀'.repeat(8), undefined],
    ['x'.repeat(100_000), undefined],
  ])('%j: %s', (password, problem) => {
    expect(passwordProblem(password)).toBe(problem);
    expect(isAcceptablePassword(password)).toBe(problem === undefined);
  });
});

describe('a user name', () => {
  test('is normalised before it is judged', () => {
    expect(usernameProblem('u\u0308ser')).toBeDefined();
    expect(usernameProblem(normalizeUsername('u\u0308ser'))).toBeUndefined();
    expect(normalizeUsername('ﬁ')).toBe('fi');
  });

  test('is refused with a reason', () => {
    expect(usernameProblem('')).toEqual({ message: 'user name is empty' });
    expect(usernameProblem('bad name')).toEqual({
      message: 'user name "bad name" has a character that is not allowed',
      hint: 'letters, digits and @ . + - _',
    });
    expect(usernameProblem('a'.repeat(151))?.message).toBe(
      'user name has 151 characters, at most 150 are stored',
    );
    expect(usernameProblem('𠀀'.repeat(150))).toBeUndefined();
  });
});

test('only an address with "@" is trimmed', () => {
  expect(normalizeEmail(' none ')).toBe(' none ');
  expect(normalizeEmail('\u0085A@B\u001f')).toBe('A@b');
  expect(normalizeEmail('\ufeffa@B')).toBe('\ufeffa@b');
});

describe('a name of a workspace', () => {
  test.each([
    ['qa', undefined],
    ['two words', undefined],
    ['', 'workspace name is empty'],
    ['w'.repeat(256), 'workspace name has 256 characters, at most 255 are stored'],
    ['😀'.repeat(255), undefined],
    ['a\nb', 'workspace name "a\\nb" has a control character'],
    ['a\u0000', 'workspace name "a\\x00" has a character that cannot be stored'],
    ['\ud800', 'workspace name "\\u{d800}" has a character that cannot be stored'],
    [' qa', 'workspace name " qa" has a blank at an end'],
    ['debian/qa', 'workspace name "debian/qa" contains "/"'],
  ])('%j: %s', (name, problem) => {
    expect(workspaceNameProblem(name)?.message).toBe(problem);
  });

  test('is suggested without its scope', () => {
    expect(workspaceNameProblem('debian/qa')?.hint).toBe('this database level has no scopes, use "qa"');
    expect(workspaceNameProblem('debian/')?.hint).toBe('this database level has no scopes');
  });

  test('may be almost any on request', () => {
    expect(workspaceNameProblem(' debian/qa ', { anyName: true })).toBeUndefined();
    expect(workspaceNameProblem('a\tb', { anyName: true })).toBeDefined();
  });

  test('may be one that later releases refuse', () => {
    expect(
      ['qa', 'Team.ws+1_x-y', 'bad name', '1st', 'accounts', 'é', ''].map(isWorkspaceNameOfLaterReleases),
    ).toEqual([true, true, false, false, false, false, false]);
  });
});

test('a name of a collection has none of the separators of lookups', () => {
  expect(collectionNameProblem('bookworm')).toBeUndefined();
  expect(collectionNameProblem('a@b')?.message).toBe('collection name "a@b" contains "@"');
  expect(collectionNameProblem('a/b')?.message).toBe('collection name "a/b" contains "/"');
  expect(collectionNameProblem('a ')?.message).toBe('collection name "a " has a blank at an end');
});
