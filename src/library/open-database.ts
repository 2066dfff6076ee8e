/** Opening a database for programs that use the models without the command line. */
import { sql } from 'drizzle-orm';
import { connect } from '../db/connection/connect.ts';
import { resolveConnection } from '../db/connection/resolve.ts';
import { parseUrl } from '../db/connection/url.ts';
import { type DatabaseOptions, type Db, openDatabase as open } from '../db/database.ts';
import { requireLevel } from '../db/level.ts';

/** An open database: one connection, so that its statements come one after the other. */
export interface Database {
  /** What the functions of the models are given. */
  readonly db: Db;
  /** Ends the connection at once; a transaction that is open is rolled back. May be called twice. */
  close(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface OpenOptions extends DatabaseOptions {
  /**
   * Where `PGPASSWORD`, `PGSSLMODE`, `HOME` (for `~/.pgpass`) and the other variables of libpq are looked up:
   * `process.env`, as a rule. Absent: only the URL counts.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What the server shows as our name; default `debusine-admin`. */
  readonly applicationName?: string | undefined;
  /** Gives up connecting. */
  readonly signal?: AbortSignal | undefined;
  /** Do not look at the level of the schema, as before `migrations.migrate`. */
  readonly anyLevel?: boolean | undefined;
}

/**
 * Connects to a database.
 * @param url as `DATABASE_URL`: `postgres://user:password@host:port/name?sslmode=…`, or `?host=/directory` for a socket
 * @throws InvalidInputError for a URL that makes no sense
 * @throws DatabaseError when the server cannot be reached or refuses the login, and unless `anyLevel` when the schema
 *   is not at the level that this release works with; it never names the password
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const { env = {}, applicationName = 'debusine-admin', signal, anyLevel = false, ...forDatabase } = options;
  const { parameters } = resolveConnection(parseUrl(url, 'the URL of the database'), env);
  const { sql: client, close } = await connect(parameters, {
    applicationName,
    ...(signal === undefined ? {} : { signal }),
  });
  const db = open(client, forDatabase);
  try {
    // Transactions set this for themselves; statements outside of them shall read intervals in the same form.
    await db.execute(sql`set intervalstyle = 'postgres'`);
    if (!anyLevel) await requireLevel(db);
  } catch (error) {
    await close();
    throw error;
  }
  return { db, close, [Symbol.asyncDispose]: close };
}
