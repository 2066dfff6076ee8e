import { expect, test } from 'vitest';
import { describe } from '../../../src/db/connection/parameters.ts';
import { resolveConnection } from '../../../src/db/connection/resolve.ts';
import { parseUrl } from '../../../src/db/connection/url.ts';
import { InvalidInputError } from '../../../src/errors.ts';

const where = 'environment DATABASE_URL';

test('a URL gives user, password, hosts, ports and database, decoded', () => {
  expect(parseUrl('postgresql://al%40ice:p%2Fw@h1:5433,[::1],h3:6/de%20b?sslmode=require', where)).toEqual({
    user: 'al@ice',
    password: 'p/w',
    host: 'h1,::1,h3',
    port: '5433,,6',
    dbname: 'de b',
    sslmode: 'require',
  });
});

test('a socket directory is a host, as parameter or in place of the name', () => {
  expect(parseUrl('postgres:///debusine?host=/run/postgresql', where)).toEqual({
    dbname: 'debusine',
    host: '/run/postgresql',
  });
  expect(parseUrl('postgres://%2Frun%2Fpostgresql/debusine', where)).toEqual({
    dbname: 'debusine',
    host: '/run/postgresql',
  });
});

test.each([
  'mysql://alice:hunter22@db/x',
  'postgres://alice:hunter22@x@db/x',
  'postgres://alice:hunter22/x@db/x',
  'postgres://alice:1/hunter22@db/x',
  'postgres://alice:hunter22%zz@db/x',
  'postgres://db/x?hunter22=1',
  'postgres://db/x?hunter22',
])('a malformed URL is refused without a word of it: case %#', (url) => {
  let message = '';
  try {
    parseUrl(url, where);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    message = String(error);
  }
  expect(message).toContain(where);
  expect(message).not.toContain('hunter22');
});

test('the environment fills in what the URL leaves open, and the URL wins', () => {
  const env = { PGHOST: 'elsewhere', PGPORT: '6000', PGPASSWORD: 'word', HOME: '/nonexistent' };
  const { parameters } = resolveConnection(parseUrl('postgres://alice@db/debusine', where), env);
  expect(parameters).toMatchObject({ hosts: [{ host: 'db', port: 6000 }], user: 'alice', password: 'word' });
  expect(describe(parameters)).toBe('postgres://alice:***@db:6000/debusine');
});

test('without a host the socket directory is used, not the network', () => {
  const { parameters } = resolveConnection(parseUrl('postgres:///debusine', where), { HOME: '/nonexistent' });
  expect(parameters.hosts[0]?.host).toMatch(/^\//);
});

test.each([
  ['PGREQUIREPEER', 'postgres'],
  ['PGGSSENCMODE', 'prefer'],
  ['PGCHANNELBINDING', 'require'],
  ['PGREQUIREAUTH', 'scram-sha-256'],
])('%s=%s is refused, because ignoring it would weaken the connection', (variable, value) => {
  expect(() => resolveConnection({ host: 'db' }, { [variable]: value, HOME: '/nonexistent' })).toThrow(
    variable,
  );
});
