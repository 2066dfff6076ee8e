/** When artifacts expire, by time alone. Source: models.md 3.9 and 3.23. */
import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { NotFoundError } from '../errors.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import { workspaces } from '../schema/workspaces.ts';
import { type Timestamp, timestampFromServer } from '../timestamp.ts';
import { idList } from './lists.ts';

// All fragments speak of an artifact `a` joined with its workspace `w`.

/** The artifact's own delay, else that of its workspace; never null. Zero means "never expires". */
export const effectiveDelay: SQL = sql`coalesce(a.expiration_delay, w.default_expiration_delay)`;

// The original can store delays of two million years, with which the server refuses to calculate; one such row
// would make every question about expiry fail. Beyond five thousand years the difference is of no use to anybody.
const manageableDelay = sql`greatest(least(${effectiveDelay}, interval '2000000 days'), interval '-2000000 days')`;

/** The instant of expiry; null for never. */
export const expiryInstant: SQL = sql`case when ${effectiveDelay} <> interval '0'
  then a.created_at + ${manageableDelay} end`;

/** Whether the artifact is expired: the delay is not zero and ends at or before the instant. Never null. */
export const hasExpired = (at: Timestamp): SQL =>
  sql`(${effectiveDelay} <> interval '0' and a.created_at <= ${at}::timestamptz - ${manageableDelay})`;

const a = alias(artifacts, 'a');
const w = alias(workspaces, 'w');

async function of<T>(db: Db, id: Id<'Artifact'>, value: SQL<T>): Promise<T> {
  const rows = await db.select({ value }).from(a).innerJoin(w, eq(w.id, a.workspaceId)).where(eq(a.id, id));
  return one(rows, `artifact ${id} not found`).value;
}

/**
 * How long the artifact is kept at least, as the database writes an interval; zero (`00:00:00`) means for ever.
 * @throws NotFoundError when there is no such artifact
 */
export function effectiveExpirationDelay(db: Db, id: Id<'Artifact'>): Promise<string> {
  return of(db, id, sql<string>`${effectiveDelay}`);
}

/**
 * When the artifact expires; null for never.
 * @throws NotFoundError when there is no such artifact
 */
export async function expireAt(db: Db, id: Id<'Artifact'>): Promise<Timestamp | null> {
  const text = await of(db, id, sql<string | null>`${expiryInstant}`);
  return text === null ? null : timestampFromServer(text);
}

/**
 * Whether the artifact is expired, `Artifact.expired` in the original; at the very instant of expiry it is.
 * @throws NotFoundError when there is no such artifact
 */
export function isExpired(db: Db, id: Id<'Artifact'>, at: Timestamp): Promise<boolean> {
  return of(db, id, sql<boolean>`${hasExpired(at)}`);
}

function where(db: Db, condition: SQL): Promise<Artifact[]> {
  return db
    .select(getTableColumns(a))
    .from(a)
    .innerJoin(w, eq(w.id, a.workspaceId))
    .where(condition)
    .orderBy(a.id);
}

/** All artifacts that are expired, `ArtifactManager.expired` in the original, by id. */
export function expired(db: Db, at: Timestamp): Promise<Artifact[]> {
  return where(db, hasExpired(at));
}

/** All other artifacts, `ArtifactManager.not_expired` in the original, by id. */
export function notExpired(db: Db, at: Timestamp): Promise<Artifact[]> {
  return where(db, sql`not ${hasExpired(at)}`);
}

/** What setExpiration did to one artifact; keys as `manage-artifact` shows them. */
export interface SetExpiration {
  readonly id: Id<'Artifact'>;
  readonly expiration_delay_seconds: number | null;
  readonly expire_at: Timestamp | null;
  /** Whether it is expired at the instant given. */
  readonly expired: boolean;
  readonly changed: boolean;
}

/**
 * Sets the own delay of artifacts, counted from the creation of each: all of them or none.
 *
 * Source: `manage-artifact set-expiration` in cli.md 8.7.
 * @param delay an interval as the database reads it, `00:00:00` for never, null to inherit from the workspace
 * @returns one for each artifact, by id
 * @throws NotFoundError for an artifact that does not exist
 */
export function setExpiration(
  db: Db,
  ids: readonly Id<'Artifact'>[],
  { delay, dryRun = false }: { readonly delay: string | null; readonly dryRun?: boolean },
  at: Timestamp,
): Promise<readonly SetExpiration[]> {
  return transaction(
    db,
    async (tx) => {
      // The race is with expiry: it looks at the delay again under this lock, so either it sees the new one, or the
      // artifact is gone and we say so.
      const locked = await tx
        .select({ id: artifacts.id })
        .from(artifacts)
        .where(sql`${artifacts.id} in ${idList(ids)}`)
        .orderBy(artifacts.id)
        .for('update');
      const found = new Set(locked.map(({ id }) => id));
      const missing = ids.find((id) => !found.has(id));
      if (missing !== undefined) {
        throw new NotFoundError(`artifact ${missing} not found`, { details: { artifact: missing } });
      }
      const changed = await tx
        .update(artifacts)
        .set({ expirationDelay: delay })
        .where(
          sql`${artifacts.id} in ${idList(ids)} and ${artifacts.expirationDelay} is distinct from ${delay}::interval`,
        )
        .returning({ id: artifacts.id });
      const changedIds = new Set<number>(changed.map(({ id }) => id));
      const rows = await tx
        .select({
          id: a.id,
          seconds: sql<string | null>`extract(epoch from a.expiration_delay)`,
          expireAt: sql<string | null>`${expiryInstant}`,
          expired: sql<boolean>`${hasExpired(at)}`,
        })
        .from(a)
        .innerJoin(w, eq(w.id, a.workspaceId))
        .where(sql`a.id in ${idList(ids)}`)
        .orderBy(a.id);
      return rows.map(({ id, seconds, expireAt: instant, expired: isOver }) => ({
        id,
        expiration_delay_seconds: seconds === null ? null : Number(seconds),
        expire_at: instant === null ? null : timestampFromServer(instant),
        expired: isOver,
        changed: changedIds.has(id),
      }));
    },
    { dryRun },
  );
}
