/** Reads connection URLs as libpq does. WHATWG's URL knows neither several hosts nor directories as hosts. */
import { InvalidInputError } from '../../errors.ts';
import { addKeyword, type Keywords } from './keywords.ts';

/**
 * The settings that a `postgres://` or `postgresql://` URL gives; those it leaves open are absent.
 *
 * No message quotes any part of the URL: when it is malformed, any part may be the password.
 *
 * @param where what holds the URL, for messages
 * @throws InvalidInputError when it is no such URL, or has parameters we do not know
 */
export function parseUrl(url: string, where: string): Keywords {
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(url) ?? [];
  if (rest === undefined) {
    throw new InvalidInputError(`${where}: not a URL that begins with postgres://`, {
      hint: 'write postgres://user@host:port/database',
    });
  }
  const found: Keywords = {};
  const add = (name: string, text: string): void => addKeyword(found, name, decode(text, where), where);

  // A login ends at the first @ that comes before any slash, as libpq has it.
  const [, login, afterLogin = rest] = /^([^@/]*)@(.*)$/s.exec(rest) ?? [];
  if (login !== undefined) {
    const colon = login.indexOf(':');
    const user = colon < 0 ? login : login.slice(0, colon);
    if (user !== '') add('user', user);
    if (colon >= 0 && colon + 1 < login.length) add('password', login.slice(colon + 1));
  }
  const [, servers = '', path = '', query = ''] =
    /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(afterLogin) ?? [];
  // libpq would take the rest of a password for a host or a database, and messages would tell it.
  if (/@/.test(servers) || /[@/]/.test(path)) {
    throw new InvalidInputError(`${where}: there is a "@" or "/" in a place where none can be`, {
      hint: 'in user name, password and database name write @ as %40, / as %2F and : as %3A',
    });
  }
  addServers(servers, add, where);
  if (path !== '') add('dbname', path);
  for (const pair of query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1)
      throw new InvalidInputError(`${where}: every parameter after the "?" needs a name, "=" and a value`);
    const name = decode(pair.slice(0, equals), where);
    const value = pair.slice(equals + 1);
    if (name === 'ssl' && value === 'true') add('sslmode', 'require');
    else if (value !== '') add(name, value);
  }
  return found;
}

function addServers(servers: string, add: (name: string, text: string) => void, where: string): void {
  if (servers === '') return;
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const server of servers.split(',')) {
    const [, ipv6, name, port = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(server) ?? [];
    const host = ipv6 ?? name;
    if (host === undefined) {
      throw new InvalidInputError(
        `${where}: a host is not written as name:port, address:port or [address]:port`,
      );
    }
    hosts.push(host);
    ports.push(port);
  }
  const joined = hosts.join(',');
  if (joined !== '') add('host', joined);
  // With several hosts the ports count as given even where they are left out, as in libpq.
  if (ports.join(',') !== '') add('port', ports.join(','));
}

function decode(text: string, where: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidInputError(`${where}: a "%" is not followed by two hexadecimal digits of UTF-8 text`, {
      hint: 'write % itself as %25',
    });
  }
}
