/**
 * Looks at what the server sends before the driver does. The driver trusts every byte: a length that makes no sense
 * has it wait for ever, and some contents have it loop or crash outside any promise.
 *
 * Source: PostgreSQL manual, "Message Formats".
 */

/** The longest sensible length, in bytes, of each kind of message that may come; no other kind may. */
const longest: ReadonlyMap<number, number> = new Map(
  Object.entries({
    '1': 4, // ParseComplete
    '2': 4, // BindComplete
    '3': 4, // CloseComplete
    A: 16_384, // NotificationResponse
    C: 256, // CommandComplete
    D: 2 ** 30, // DataRow
    E: 1 << 20, // ErrorResponse
    I: 4, // EmptyQueryResponse
    K: 12, // BackendKeyData
    N: 1 << 20, // NoticeResponse
    R: 65_536, // Authentication
    S: 65_536, // ParameterStatus
    T: 1 << 22, // RowDescription
    Z: 5, // ReadyForQuery
    n: 4, // NoData
    s: 4, // PortalSuspended
    t: 2 + 4 * 65_535 + 4, // ParameterDescription
    v: 65_536, // NegotiateProtocolVersion
  }).map(([letter, length]) => [letter.charCodeAt(0), length]),
);

const kind = {
  authentication: 'R'.charCodeAt(0),
  error: 'E'.charCodeAt(0),
  notice: 'N'.charCodeAt(0),
  versions: 'v'.charCodeAt(0),
  ready: 'Z'.charCodeAt(0),
  columns: 'T'.charCodeAt(0),
} as const;

/** What may come before the server has said anything about the login. */
const opening: readonly number[] = [kind.authentication, kind.error, kind.notice, kind.versions];

/** Kinds whose content is looked at; the others pass by their length. */
const read: readonly number[] = [kind.authentication, kind.error, kind.ready, kind.columns];

/** More rounds of hashing than any server asks for would only keep us busy. */
const mostIterations = 10_000_000;

/** What the server said when it ended the session. */
export interface LastWords {
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

/** Follows the messages of one connection across the pieces they arrive in. */
export class MessageReader {
  /** Why the server ended the session, as soon as it has said so. */
  lastWords: LastWords | undefined;
  readonly #onReady: () => void;
  #hasOpened = false;
  /** The start of a message whose end is still to come; empty between messages. */
  #head: Buffer = Buffer.alloc(0);
  /** How many bytes of a message that is not looked at are still to come. */
  #rest = 0;

  /** @param onReady called whenever the server has finished with a statement */
  constructor(onReady: () => void) {
    this.#onReady = onReady;
  }

  /** @returns what is wrong with the messages up to here; undefined when nothing is */
  receive(chunk: Buffer): string | undefined {
    let bytes = chunk;
    if (this.#head.length > 0) {
      bytes = Buffer.concat([this.#head, chunk]);
      this.#head = Buffer.alloc(0);
    }
    let at = Math.min(this.#rest, bytes.length);
    this.#rest -= at;
    while (at < bytes.length) {
      const letter = bytes[at] ?? 0;
      const limit = longest.get(letter);
      if (limit === undefined || (!this.#hasOpened && !opening.includes(letter))) {
        return 'what it sends is not the protocol of PostgreSQL';
      }
      if (bytes.length - at < 5) break;
      const length = bytes.readUInt32BE(at + 1);
      if (length < 4 || length > limit) return 'what it sends is not the protocol of PostgreSQL';
      this.#hasOpened = true;
      const end = at + 1 + length;
      if (read.includes(letter)) {
        if (end > bytes.length) break;
        const problem = this.#look(letter, bytes.subarray(at + 5, end));
        if (problem !== undefined) return problem;
      } else if (end > bytes.length) {
        this.#rest = end - bytes.length;
        return undefined;
      }
      at = end;
    }
    // A copy, since the driver may still use the buffer that this is a piece of.
    if (at < bytes.length) this.#head = Buffer.from(bytes.subarray(at));
    return undefined;
  }

  #look(letter: number, body: Buffer): string | undefined {
    switch (letter) {
      case kind.authentication:
        return problemOfLogin(body);
      case kind.error:
        this.lastWords = lastWordsIn(body) ?? this.lastWords;
        return undefined;
      case kind.columns:
        return hasWholeColumns(body) ? undefined : 'it describes a result that makes no sense';
      default:
        if (!'ITE'.includes(String.fromCharCode(body[0] ?? 0))) {
          return 'what it sends is not the protocol of PostgreSQL';
        }
        this.#onReady();
        return undefined;
    }
  }
}

/** The kinds of login that the driver knows, by number. */
const logins: ReadonlySet<number> = new Set([
  0, // accepted
  3, // password as it is
  5, // password hashed with MD5
  10, // SCRAM: what the server offers
  11, // SCRAM: its challenge
  12, // SCRAM: its proof
]);

function problemOfLogin(body: Buffer): string | undefined {
  if (body.length < 4) return 'what it sends is not the protocol of PostgreSQL';
  const number = body.readUInt32BE(0);
  if (!logins.has(number)) return 'it asks for a kind of login that is not supported, such as Kerberos';
  const text = body.toString('latin1', 4);
  if (number === 5 && body.length !== 8) return 'its question for the password makes no sense';
  if (number === 10 && !text.split('\0').includes('SCRAM-SHA-256')) {
    return 'it asks for a kind of login that is not supported';
  }
  if (number === 11) {
    const [, iterations] = /^r=[^,]+,s=[A-Za-z0-9+/]+=*,i=([1-9]\d{0,9})$/.exec(text) ?? [];
    if (iterations === undefined || Number(iterations) > mostIterations) {
      return 'its question for the password makes no sense';
    }
  }
  return undefined;
}

function hasWholeColumns(body: Buffer): boolean {
  if (body.length < 2) return false;
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left--) {
    const end = body.indexOf(0, at);
    if (end < 0) return false;
    at = end + 1 + 18;
  }
  return at === body.length;
}

/** The code and message of an error after which the server ends the session; undefined for any other. */
function lastWordsIn(body: Buffer): LastWords | undefined {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  if (!/^(FATAL|PANIC)$/.test(fields.get('V') ?? fields.get('S') ?? '')) return undefined;
  return { code: fields.get('C') ?? '', message: fields.get('M') ?? '' };
}
