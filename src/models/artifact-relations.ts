/** Which artifact needs which. Source: models.md 3.10, cli.md 8.7. */
import { eq, sql } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { InvalidTransitionError, NotFoundError, ValidationError } from '../errors.ts';
import {
  type ArtifactRelation,
  artifactRelations,
  type RelationType,
  relationTypes,
} from '../schema/artifact-relations.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import { idList } from './lists.ts';

export { type ArtifactRelation, type RelationType, relationTypes } from '../schema/artifact-relations.ts';

/** The types by the names the original uses for them. */
export const Relations = {
  EXTENDS: 'extends',
  RELATES_TO: 'relates-to',
  BUILT_USING: 'built-using',
} as const satisfies Record<string, RelationType>;

/** Whether this is one of the types. */
export function isRelationType(text: string): text is RelationType {
  return Object.hasOwn(relationTypes, text);
}

/** Label of a relation's type; a type that is not known, which the database does not prevent, is its own label. */
export function typeDisplay({ type }: { readonly type: string }): string {
  return isRelationType(type) ? relationTypes[type] : type;
}

/** @throws ValidationError on `type` for a type that is not known */
export function clean({ type }: { readonly type: string }): void {
  if (isRelationType(type)) return;
  throw new ValidationError(
    { type: [`relation type ${quote(type)} is not known`] },
    { hint: `known are ${Object.keys(relationTypes).join(', ')}` },
  );
}

/** @throws NotFoundError when there is no such relation */
export async function get(db: Db, id: Id<'ArtifactRelation'>): Promise<ArtifactRelation> {
  const rows = await db.select().from(artifactRelations).where(eq(artifactRelations.id, id));
  return one(rows, `artifact relation ${id} not found`);
}

/** All relations by id. */
export function all(db: Db): Promise<ArtifactRelation[]> {
  return db.select().from(artifactRelations).orderBy(artifactRelations.id);
}

/** The artifact that needs the other one. */
export async function artifact(db: Db, relation: ArtifactRelation): Promise<Artifact> {
  const rows = await db.select().from(artifacts).where(eq(artifacts.id, relation.artifactId));
  return one(rows, `artifact ${relation.artifactId} not found`);
}

/** The artifact that is needed. */
export async function target(db: Db, relation: ArtifactRelation): Promise<Artifact> {
  const rows = await db.select().from(artifacts).where(eq(artifacts.id, relation.targetId));
  return one(rows, `artifact ${relation.targetId} not found`);
}

/**
 * Makes one relation. An artifact may be related to itself; whether the type is known is not looked at.
 * @throws ConstraintError when the same relation exists; when one of the artifacts does not, at the commit
 */
export function create(
  db: Db,
  given: {
    readonly artifactId: Id<'Artifact'>;
    readonly targetId: Id<'Artifact'>;
    readonly type: RelationType;
  },
): Promise<ArtifactRelation> {
  return transaction(db, async (tx) =>
    inserted(await tx.insert(artifactRelations).values(given).returning()),
  );
}

/** Deletes one relation; nothing refers to it. @returns false when it was gone already */
async function remove(db: Db, id: Id<'ArtifactRelation'>): Promise<boolean> {
  const gone = await db
    .delete(artifactRelations)
    .where(eq(artifactRelations.id, id))
    .returning({ id: artifactRelations.id });
  return gone.length > 0;
}
export { remove as delete };

/** One artifact, what it needs, and in which way. */
export interface RelationSet {
  readonly artifactId: Id<'Artifact'>;
  readonly type: RelationType;
  readonly targetIds: readonly Id<'Artifact'>[];
}

export interface Related {
  /** By target, each target once. */
  readonly relations: readonly { readonly relation: ArtifactRelation; readonly wasCreated: boolean }[];
  /** Targets that need the artifact in turn, directly or through others: they are kept together or go together. */
  readonly circular: readonly Id<'Artifact'>[];
}

/**
 * Says that an artifact needs others: all relations or none. One that exists already is fine.
 *
 * Source: `relate-artifacts` in cli.md 8.7.
 * @throws NotFoundError for artifacts that do not exist; InvalidTransitionError when the artifact is among its targets
 */
export async function relate(
  db: Db,
  { artifactId, type, targetIds }: RelationSet,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Related> {
  if (targetIds.includes(artifactId)) {
    throw new InvalidTransitionError(`artifact ${artifactId} cannot be related to itself`, {
      details: { artifact: artifactId },
    });
  }
  return transaction(
    db,
    async (tx) => {
      await lockArtifacts(tx, [artifactId, ...targetIds]);
      const made = await tx.execute<{ id: string }>(sql`
        insert into ${artifactRelations} (artifact_id, target_id, type)
        select ${artifactId}::bigint, a.id, ${type}::text
        from ${artifacts} a
        where a.id in ${idList(targetIds)}
        order by a.id
        on conflict (artifact_id, target_id, type) do nothing
        returning id`);
      const madeIds = new Set(made.map(({ id }) => Number(id)));
      const rows = await tx
        .select()
        .from(artifactRelations)
        .where(matching({ artifactId, type, targetIds }))
        .orderBy(artifactRelations.targetId);
      return {
        relations: rows.map((relation) => ({ relation, wasCreated: madeIds.has(relation.id) })),
        circular: await leadingBack(tx, artifactId, targetIds),
      };
    },
    { dryRun },
  );
}

/**
 * Takes relations away: all or none.
 *
 * Source: `unrelate-artifacts` in cli.md 8.7.
 * @returns those that went, by target
 * @throws NotFoundError for an artifact that does not exist, and unless `ifExists` for a relation that does not
 */
export function unrelate(
  db: Db,
  { artifactId, type, targetIds }: RelationSet,
  { ifExists = false, dryRun = false }: { readonly ifExists?: boolean; readonly dryRun?: boolean } = {},
): Promise<readonly ArtifactRelation[]> {
  return transaction(
    db,
    async (tx) => {
      await lockArtifacts(tx, [artifactId, ...targetIds]);
      const gone = await tx
        .delete(artifactRelations)
        .where(matching({ artifactId, type, targetIds }))
        .returning();
      const found = new Set(gone.map(({ targetId }) => targetId));
      const [missing] = targetIds.filter((id) => !found.has(id));
      if (missing !== undefined && !ifExists) {
        throw new NotFoundError(`artifact ${artifactId} has no relation ${type} to artifact ${missing}`, {
          details: { artifact: artifactId, type, target: missing },
        });
      }
      return gone.toSorted((a, b) => a.targetId - b.targetId);
    },
    { dryRun },
  );
}

const matching = ({ artifactId, type, targetIds }: RelationSet) =>
  sql`artifact_id = ${artifactId}::bigint and type = ${type}::text and target_id in ${idList(targetIds)}`;

/**
 * The race is with expiry, which locks the artifacts it deletes: one of the two waits. Without this lock a relation
 * to an artifact that goes meanwhile would fail at the commit with the name of a foreign key.
 */
async function lockArtifacts(tx: Db, ids: readonly Id<'Artifact'>[]): Promise<void> {
  const rows = await tx
    .select({ id: artifacts.id })
    .from(artifacts)
    .where(sql`${artifacts.id} in ${idList(ids)}`)
    .orderBy(artifacts.id)
    .for('key share');
  const found = new Set(rows.map(({ id }) => id));
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined) {
    throw new NotFoundError(`artifact ${missing} not found`, { details: { artifact: missing } });
  }
}

/** Which of the targets point back at the artifact, directly or through others. */
async function leadingBack(
  tx: Db,
  artifactId: Id<'Artifact'>,
  targetIds: readonly Id<'Artifact'>[],
): Promise<readonly Id<'Artifact'>[]> {
  const rows = await tx
    .select({ id: artifacts.id })
    .from(artifacts)
    .where(
      sql`${artifacts.id} in ${idList(targetIds)} and ${artifacts.id} in (
        with recursive needing as (
          select ${artifactId}::bigint as id
          union
          select r.artifact_id from ${artifactRelations} r join needing n on n.id = r.target_id
        )
        select id from needing
      )`,
    )
    .orderBy(artifacts.id);
  return rows.map(({ id }) => id);
}
