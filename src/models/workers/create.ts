/** Registering workers. Source: models.md 3.20, cli.md 8.3 (create-worker). */
import { eq, sql } from 'drizzle-orm';
import type { JsonObject } from '../../data/json.ts';
import { quote } from '../../data/quote.ts';
import { generateTokenKey, hashTokenKey } from '../../data/token-keys.ts';
import { checkStaticMetadata } from '../../data/worker-metadata.ts';
import {
  isWorkerName,
  workerNameCandidate,
  workerNameLimit,
  workerNameSlug,
} from '../../data/worker-names.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ConflictError, ConstraintError, DataError, InvalidInputError } from '../../errors.ts';
import type { Token } from '../../schema/tokens.ts';
import { users } from '../../schema/users.ts';
import { type Worker, workers } from '../../schema/workers.ts';
import type { Timestamp } from '../../timestamp.ts';
import { checkComment, enable, lockOrCreateWithHash } from '../tokens.ts';

export interface Registration {
  readonly fqdn: string;
  readonly tokenId: Id<'Token'>;
  /** Instead of the name made from the host name; it gets no number when it is taken. */
  readonly name?: string | undefined;
  /** Default 1. */
  readonly concurrency?: number | undefined;
  readonly staticMetadata?: JsonObject | undefined;
}

/**
 * Registers an external worker, not connected. Its name is the slug of its host name, with `-2`, `-3`, … appended
 * while taken.
 *
 * Source: `WorkerManager.create_with_fqdn` in the mission document; the slug is that of models.md 3.20.
 * @throws DataError when the name is longer than 50 characters; it is not shortened
 * @throws InvalidInputError, ConflictError when a given name is refused or taken
 * @throws ConstraintError `db_worker_token_id_key` when another worker has that token
 */
export async function createWithFqdn(db: Db, given: Registration, at: Timestamp): Promise<Worker> {
  const { fqdn, name, tokenId, concurrency = 1, staticMetadata = {} } = given;
  if (name !== undefined && !isWorkerName(name)) {
    throw new InvalidInputError(`worker name ${quote(name)} is refused`, {
      hint: `1 to ${workerNameLimit} letters, digits, "-" and "_"`,
    });
  }
  const slug = name ?? workerNameSlug(fqdn);
  return transaction(db, async (tx) => {
    for (let attempt = 1; ; attempt += 1) {
      // When the bare name is taken, the numbers in use are asked for once instead of trying each of them.
      if (attempt === 2) attempt = await firstFreeNumber(tx, slug);
      const candidate = fitting(workerNameCandidate(slug, attempt));
      const row = {
        name: candidate,
        registeredAt: at,
        staticMetadata,
        dynamicMetadata: {},
        tokenId,
        concurrency,
        internal: false,
      };
      // Race-free: whoever inserts the name first has it, everybody else goes on to the next one. Only the name may
      // be in the way: a token that another worker has would be in the way for ever.
      const [created] = await tx
        .insert(workers)
        .values(row)
        .onConflictDoNothing({ target: workers.name })
        .returning();
      if (created !== undefined) return created;
      if (name !== undefined) {
        throw new ConflictError(`worker ${quote(name)} exists already`, {
          details: { kind: 'worker', name },
        });
      }
    }
  });
}

function fitting(name: string): string {
  if (name.length <= workerNameLimit) return name;
  throw new DataError(`worker name ${quote(name)} is longer than ${workerNameLimit} characters`, {
    hint: 'give a shorter one with --name',
  });
}

/** The lowest number from 2 on that no worker has after that slug. */
async function firstFreeNumber(db: Db, slug: string): Promise<number> {
  const [row] = await db.execute<{ number: number }>(sql`
    select min(n)::int as number
    from generate_series(2, 2 + (
      select count(*)::int from db_worker where starts_with(name, ${`${slug}-`}::text)
    )) n
    where not exists (select from db_worker where name = ${`${slug}-`}::text || n)`);
  return row?.number ?? 2;
}

/** The name the server's own worker has. */
const celeryName = 'celery';

/**
 * The server's own worker, made when it is not there. It has no token. Safe when called twice at once.
 *
 * Source: `WorkerManager.get_or_create_celery` in the mission document.
 * @throws ConstraintError `db_worker_name_key` when an external worker has its name
 */
export function getOrCreateCelery(db: Db, at: Timestamp): Promise<Worker> {
  const row = {
    name: celeryName,
    registeredAt: at,
    staticMetadata: {},
    dynamicMetadata: {},
    concurrency: 1,
    internal: true,
  };
  return transaction(db, async (tx) => {
    await tx.insert(workers).values(row).onConflictDoNothing({ target: workers.name });
    const worker = one(
      await tx.select().from(workers).where(eq(workers.name, celeryName)),
      `worker ${quote(celeryName)} not found`,
    );
    if (worker.internal) return worker;
    throw new ConstraintError(
      'unique',
      'db_worker_name_key',
      `the name ${quote(celeryName)} of the internal worker belongs to an external one`,
    );
  });
}

export interface NewWorker extends Omit<Registration, 'tokenId'> {
  /** The worker's own key; without it one is generated. */
  readonly key?: string | undefined;
  /** Whether its token is enabled at once. Default false, as for a worker that registers itself. */
  readonly enabled?: boolean | undefined;
  /** Comment of its token. */
  readonly comment?: string | undefined;
}

export interface CreatedWorker {
  readonly worker: Worker;
  /** The key when it was generated; it cannot be had again. */
  readonly key: string | undefined;
  readonly wasCreated: boolean;
}

/**
 * Registers a worker together with its token. A token with the given key that nobody has yet is used.
 *
 * Source: cli.md 8.3 (create-worker), stricter than createWithFqdn as a guard for people.
 * @param options `ifNotExists`: a worker that has the given key is what is wanted
 * @throws InvalidInputError for a host name or name that is refused, and for an empty key
 * @throws DataError for a name that is too long
 * @throws ValidationError for a comment or metadata that are refused
 * @throws ConflictError when the name is taken, or the key belongs to a user or another worker
 */
export async function create(
  db: Db,
  given: NewWorker,
  at: Timestamp,
  { ifNotExists = false }: { readonly ifNotExists?: boolean | undefined } = {},
): Promise<CreatedWorker> {
  const { fqdn, name, key, enabled = false, comment = '', concurrency = 1, staticMetadata = {} } = given;
  checkHostName(fqdn, name);
  checkComment(comment);
  checkStaticMetadata(staticMetadata);
  if (key === '') throw new InvalidInputError('the key is empty');
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new InvalidInputError(`concurrency must be a whole number of at least 1, not ${concurrency}`);
  }
  const generated = key === undefined ? generateTokenKey() : undefined;
  return transaction(db, async (tx) => {
    const hash = hashTokenKey(key ?? generated ?? '');
    // Locked, so that of two registrations with one key at once the later one finds it in use.
    const token = await lockOrCreateWithHash(tx, { comment, enabled, hash }, at);
    await refuseTokenOfUser(tx, token);
    const [owner] = await tx.select().from(workers).where(eq(workers.tokenId, token.id));
    if (owner !== undefined) {
      if (ifNotExists) return { worker: owner, key: undefined, wasCreated: false };
      throw new ConflictError(`the key belongs to worker ${quote(owner.name)}`, {
        details: { kind: 'worker', name: owner.name },
      });
    }
    if (enabled && !token.enabled) await enable(tx, token.id);
    const worker = await createWithFqdn(
      tx,
      { fqdn, name, tokenId: token.id, concurrency, staticMetadata },
      at,
    );
    return { worker, key: generated, wasCreated: true };
  });
}

const hostName = /^[\p{L}\p{N}_-]{1,63}(?:\.[\p{L}\p{N}_-]{1,63})*\.?$/u;

function checkHostName(fqdn: string, name: string | undefined): void {
  if (fqdn.length > 255 || !hostName.test(fqdn)) {
    throw new InvalidInputError(`${quote(fqdn)} is not a host name`, {
      hint: 'letters, digits, "-" and "_", in parts separated by dots',
    });
  }
  if (name === undefined && workerNameSlug(fqdn) === '') {
    throw new InvalidInputError(`host name ${quote(fqdn)} gives no worker name`, {
      hint: 'give one with --name',
    });
  }
}

/** @throws ConflictError when the token is that of a user */
async function refuseTokenOfUser(db: Db, { userId }: Token): Promise<void> {
  if (userId === null) return;
  const [user] = await db.select({ name: users.username }).from(users).where(eq(users.id, userId));
  const name = user?.name ?? String(userId);
  throw new ConflictError(`the key belongs to user ${quote(name)}`, { details: { kind: 'user', name } });
}
