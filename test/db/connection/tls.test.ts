/** Encryption as libpq does it, against a real server. Source: cli.md 5.2. */
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../src/db/connection/connect.ts';
import { resolveConnection } from '../../../src/db/connection/resolve.ts';
import { parseUrl } from '../../../src/db/connection/url.ts';
import { serverAccount } from '../../../src/db/embedded/account.ts';
import { DatabaseError } from '../../../src/errors.ts';
import { type Authority, type Certified, makeAuthority } from '../../support/certificates.ts';
import { startThrowawayCluster, type ThrowawayCluster } from '../../support/cluster.ts';

/**
 * Who may come in how: `anyhow` with and without encryption, `hidden` only with, `open` only without, `sworn` with a
 * certificate in its name, `known` with a password.
 */
const rules = `
local   all all                   trust
host    all anyhow localhost      trust
hostssl all hidden localhost      trust
hostnossl all open localhost      trust
hostssl all sworn  localhost      cert
hostssl all known  localhost      scram-sha-256
`;

let directory: string;
let authority: Authority;
let stranger: Authority;
let server: Certified;
let cluster: ThrowawayCluster;
let port: number;

/** Writes a file that only the server's account, or we, can read. */
function put(name: string, text: string, isForServer = false): string {
  const file = path.join(directory, name);
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
  const account = serverAccount(null);
  if (isForServer && account.isOther) chownSync(file, account.uid, account.gid);
  return file;
}

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'tls-'));
  chmodSync(directory, 0o755);
  [authority, stranger] = await Promise.all([makeAuthority('ours'), makeAuthority('of somebody else')]);
  server = await authority.issue('localhost', { names: ['localhost'] });
  port = await freePort();
  put('ours.crt', authority.certificate);
  put('strange.crt', stranger.certificate);
  cluster = await startThrowawayCluster({
    settings: {
      fsync: 'off',
      listen_addresses: 'localhost',
      port: String(port),
      ssl: 'on',
      ssl_cert_file: put('server.crt', server.certificate, true),
      ssl_key_file: put('server.key', server.key, true),
      ssl_ca_file: put('clients.crt', authority.certificate, true),
      hba_file: put('hba.conf', rules, true),
    },
  });
  await asSuperuser(
    `create role anyhow login; create role hidden login; create role open login; create role sworn login;
     create role known login password 'horse'`,
  );
});

afterAll(async () => {
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function asSuperuser(statements: string): Promise<void> {
  const { host, user, database } = cluster.connection;
  const parameters = { hosts: [{ host, port }], user, database, sslMode: 'disable' as const };
  const { sql, close } = await connect(
    { ...parameters, connectTimeoutSeconds: 10 },
    { applicationName: 'setup' },
  );
  await sql.unsafe(statements).simple();
  await close();
}

/** Whether the connection of that URL is encrypted, or why there is none. */
async function outcome(user: string, query: string, host = 'localhost', env = {}): Promise<string> {
  const { parameters } = resolveConnection(
    parseUrl(`postgres://${user}@${host}:${port}/postgres?${query}`, 'test'),
    { HOME: directory, ...env },
  );
  try {
    const { sql, close } = await connect(parameters, { applicationName: 'tls' });
    const [row] = await sql`select ssl, current_user as name from pg_stat_ssl where pid = pg_backend_pid()`;
    await close();
    expect(row?.['name']).toBe(user);
    return row?.['ssl'] === true ? 'encrypted' : 'plain';
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.message;
  }
}

const file = (name: string): string => path.join(directory, name);

describe('sslmode', () => {
  test.for([
    ['disable', 'plain', /no encryption/, 'plain'],
    ['allow', 'plain', 'encrypted', 'plain'],
    ['prefer', 'encrypted', 'encrypted', 'plain'],
    ['require', 'encrypted', 'encrypted', /SSL encryption/],
  ] as const)('%s: where both are possible, only encrypted, only plain', async ([mode, both, ssl, none]) => {
    const found = await Promise.all(
      ['anyhow', 'hidden', 'open'].map((user) => outcome(user, `sslmode=${mode}`)),
    );
    for (const [index, expected] of [both, ssl, none].entries()) {
      if (typeof expected === 'string') expect(found[index]).toBe(expected);
      else expect(found[index]).toMatch(expected);
    }
  });

  test('verify-ca asks for the authority, not for the name', async () => {
    const query = `sslmode=verify-ca&sslrootcert=${file('ours.crt')}`;
    expect(await outcome('anyhow', query)).toBe('encrypted');
    expect(await outcome('anyhow', `${query}&hostaddr=127.0.0.1`, 'other.example.org')).toBe('encrypted');
    expect(await outcome('anyhow', `sslmode=verify-ca&sslrootcert=${file('strange.crt')}`)).toContain(
      'its certificate is refused: its authority is not trusted',
    );
  });

  test('verify-full asks for the name as well', async () => {
    const query = `sslmode=verify-full&sslrootcert=${file('ours.crt')}`;
    expect(await outcome('anyhow', query)).toBe('encrypted');
    expect(await outcome('anyhow', `${query}&hostaddr=127.0.0.1`, 'other.example.org')).toContain(
      'its certificate is refused: it is for another host name',
    );
    expect(await outcome('anyhow', query, '127.0.0.1')).toContain(
      'its certificate is refused: it is for another host name',
    );
  });

  test('require checks the authority when a root certificate is given, as libpq does', async () => {
    expect(await outcome('anyhow', `sslmode=require&sslrootcert=${file('ours.crt')}`)).toBe('encrypted');
    expect(await outcome('anyhow', `sslmode=require&sslrootcert=${file('strange.crt')}`)).toContain(
      'its authority is not trusted',
    );
  });

  test('a refused certificate is never followed by a connection without encryption', async () => {
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      expect(await outcome('open', `sslmode=${mode}&sslrootcert=${file('strange.crt')}`), mode).toContain(
        'its certificate is refused',
      );
    }
  });

  test('PGSSLMODE and PGSSLROOTCERT fill in what the URL leaves open', async () => {
    const env = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: file('strange.crt') };
    expect(await outcome('anyhow', '', 'localhost', env)).toContain('its authority is not trusted');
    expect(await outcome('anyhow', `sslrootcert=${file('ours.crt')}`, 'localhost', env)).toBe('encrypted');
  });
});

describe('a certificate of our own', () => {
  test('logs in whom it names, with a key that only its owner can read', async () => {
    const { certificate, key } = await authority.issue('sworn');
    const query = `sslmode=require&sslcert=${put('sworn.crt', certificate)}&sslkey=${put('sworn.key', key)}`;
    expect(await outcome('sworn', query)).toBe('encrypted');
    chmodSync(file('sworn.key'), 0o644);
    expect(await outcome('sworn', query)).toBe(`the private key ${file('sworn.key')} can be read by others`);
  });

  test('is refused when it names somebody else, and missed when it is not there', async () => {
    const { certificate, key } = await authority.issue('somebody-else');
    const query = `sslmode=require&sslcert=${put('else.crt', certificate)}&sslkey=${put('else.key', key)}`;
    expect(await outcome('sworn', query)).toContain('refuses the login');
    expect(await outcome('sworn', 'sslmode=require')).toContain('refuses the login');
  });

  test('that no authority of the server knows is refused', async () => {
    const { certificate, key } = await stranger.issue('sworn');
    const query = `sslmode=require&sslcert=${put('fake.crt', certificate)}&sslkey=${put('fake.key', key)}`;
    expect(await outcome('sworn', query)).toMatch(/cannot reach|refuses/);
  });
});

test('a password is proved over an encrypted connection', async () => {
  expect(await outcome('known', 'sslmode=require', 'localhost', { PGPASSWORD: 'horse' })).toBe('encrypted');
  expect(await outcome('known', 'sslmode=require', 'localhost', { PGPASSWORD: 'cow' })).toContain(
    'refuses the login',
  );
});

describe('a server whose certificate changes', () => {
  test('is refused once that is revoked or has expired, where somebody looks', async () => {
    const query = `sslmode=verify-full&sslrootcert=${file('ours.crt')}`;
    const other = await authority.issue('x');
    expect(
      await outcome('anyhow', `${query}&sslcrl=${put('other.crl', await authority.revoke(other))}`),
    ).toBe('encrypted');
    const crl = put('server.crl', await authority.revoke(server));
    expect(await outcome('anyhow', `${query}&sslcrl=${crl}`)).toContain('it is revoked');

    const old = await authority.issue('localhost', { names: ['localhost'], hasExpired: true });
    put('server.crt', old.certificate, true);
    put('server.key', old.key, true);
    await asSuperuser('select pg_reload_conf()');
    await expect.poll(() => outcome('anyhow', query)).toContain('it has expired');
    expect(await outcome('anyhow', 'sslmode=require')).toBe('encrypted');
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
