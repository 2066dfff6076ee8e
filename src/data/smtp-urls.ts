/** Addresses of mail servers, as settings give them. */
import { InvalidInputError } from '../errors.ts';

/** A mail server and how to talk to it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /**
   * `always`: from the first byte; `required`: by STARTTLS, or no mail; `offered`: by STARTTLS when the server has it;
   * `none`: never.
   */
  readonly tls: 'always' | 'required' | 'offered' | 'none';
  readonly login?: { readonly user: string; readonly password: string } | undefined;
}

const hint = 'smtp://mail.example.org, smtps://user:password@mail.example.org:465, smtp://localhost?tls=none';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Reads `smtp://` or `smtps://`, with user and password if the server asks for them and `?tls=required` or `?tls=none`.
 * Without a port it is 465 for `smtps`, 587 with a user, else 25. A password never travels in the clear to another
 * machine, unless `tls=none` says so.
 * @throws InvalidInputError that does not show the text: it may hold a password
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const refuse = (problem: string): InvalidInputError =>
    new InvalidInputError(`the URL of the mail server ${problem}`, { hint });
  if (url === undefined || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) {
    throw refuse('is not an smtp or smtps URL');
  }
  if (url.hostname === '') throw refuse('names no host');
  if ((url.pathname !== '' && url.pathname !== '/') || url.hash !== '') throw refuse('has more than a host');
  const tls = url.searchParams.get('tls');
  const unknown = [...url.searchParams.keys()].find((key) => key !== 'tls');
  if (unknown !== undefined || (tls !== null && tls !== 'required' && tls !== 'none')) {
    throw refuse('has a parameter other than tls=required or tls=none');
  }
  const isSecure = url.protocol === 'smtps:';
  if (isSecure && tls === 'none') throw refuse('asks for TLS and against it');
  const login = url.username === '' ? undefined : loginOf(url, refuse);
  const usual = isSecure ? 465 : login === undefined ? 25 : 587;
  const needsTls = login !== undefined && !loopback.test(url.hostname);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? usual : Number(url.port),
    tls: isSecure ? 'always' : (tls ?? (needsTls ? 'required' : 'offered')),
    login,
  };
}

function loginOf(url: URL, refuse: (problem: string) => InvalidInputError) {
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    throw refuse('has a user or password with a "%" that is not written as %25');
  }
}

/** The server as messages name it: `smtp://user:***@host:25`. */
export function describeSmtpServer({ host, port, tls, login }: SmtpServer): string {
  const scheme = tls === 'always' ? 'smtps' : 'smtp';
  const user = login === undefined ? '' : `${encodeURIComponent(login.user)}:***@`;
  return `${scheme}://${user}${host.includes(':') ? `[${host}]` : host}:${port}`;
}
