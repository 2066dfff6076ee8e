/** Putting an artifact into a collection. Source: models.md 3.16, data-schemas.md 6. */
import { and, asc, eq } from 'drizzle-orm';
import {
  type AddedArtifact,
  checkAccepts,
  planItem,
  type PlannedItem,
} from '../../data/collection-additions.ts';
import type { CollectionCategory } from '../../data/collection-queries.ts';
import type { JsonObject } from '../../data/json.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { transaction } from '../../db/transaction.ts';
import { ConstraintError, DataError, ItemAdditionError } from '../../errors.ts';
import type { Artifact } from '../../schema/artifacts.ts';
import { collectionItemMatchConstraints } from '../../schema/collection-item-match-constraints.ts';
import { type CollectionItem, collectionItems } from '../../schema/collection-items.ts';
import type { Collection } from '../../schema/collections.ts';
import { files } from '../../schema/files.ts';
import { filesInArtifacts } from '../../schema/files-in-artifacts.ts';
import type { Timestamp } from '../../timestamp.ts';
import * as collectionItemRows from '../collection-items.ts';
import { analysedSource } from './analysed-source.ts';
import { removeItems } from './remove-items.ts';

/** How something is added. */
export interface AdditionOptions {
  /** Who adds. */
  readonly userId: Id<'User'>;
  /** What name and data are computed from besides the artifact; null for nothing. */
  readonly variables?: JsonObject | null | undefined;
  /** The name asked for; collections that compute names ignore it. */
  readonly name?: string | null | undefined;
  /** Whether an active artifact item of the same name makes room; false by default. */
  readonly replace?: boolean | undefined;
}

type NamedFile = AddedArtifact['files'][number];

/** Only suites record files; the others are spared the reading. */
async function filesOf(db: Db, category: CollectionCategory, id: Id<'Artifact'>): Promise<NamedFile[]> {
  if (category !== 'debian:suite') return [];
  const rows = await db
    .select({ path: filesInArtifacts.path, sha256: files.sha256 })
    .from(filesInArtifacts)
    .innerJoin(files, eq(files.id, filesInArtifacts.fileId))
    .where(eq(filesInArtifacts.artifactId, id))
    .orderBy(asc(filesInArtifacts.path));
  return rows.map(({ path, sha256 }) => ({ path, sha256: sha256.toString('hex') }));
}

/** Every item of the artifact that has the name goes, and with it all other items of that artifact. */
async function makeRoom(
  db: Db,
  collection: Collection,
  name: string,
  userId: Id<'User'>,
  at: Timestamp,
): Promise<void> {
  const [occupied] = await db
    .select({ artifactId: collectionItems.artifactId })
    .from(collectionItems)
    .where(
      and(
        eq(collectionItems.parentCollectionId, collection.id),
        eq(collectionItems.name, name),
        eq(collectionItems.childType, 'a'),
        collectionItemRows.isActive,
      ),
    );
  const artifactId = occupied?.artifactId ?? null;
  if (artifactId === null) return;
  await removeItems(db, collection, eq(collectionItems.artifactId, artifactId), { userId }, at);
}

async function insert(
  db: Db,
  collection: Collection,
  artifact: Artifact,
  plan: PlannedItem,
  userId: Id<'User'>,
  at: Timestamp,
): Promise<CollectionItem> {
  const { name, data, matchConstraints } = plan;
  const given = { parentCollectionId: collection.id, name, data, createdByUserId: userId };
  const item = await collectionItemRows.createFromArtifact(db, artifact, given, at);
  if (matchConstraints.length > 0) {
    const owner = { collectionId: collection.id, collectionItemId: item.id };
    await db
      .insert(collectionItemMatchConstraints)
      .values(matchConstraints.map((constraint) => ({ ...constraint, ...owner })));
  }
  return item;
}

/** What the database refuses, as a refusal of the collection; anything else unchanged. */
function refusal(error: unknown, collection: Collection, name: string): unknown {
  if (!(error instanceof ConstraintError) && !(error instanceof DataError)) return error;
  const place = `${quote(name)} cannot be added to ${collection.name}@${collection.category}`;
  const info = {
    code: error.code === 'exists' ? 'exists' : 'invalid',
    details: { ...error.details, name },
    cause: error,
  } as const;
  if (!(error instanceof ConstraintError)) return new ItemAdditionError(`${place}: ${error.message}`, info);
  if (error.constraint === 'db_collectionitem_unique_active_name') {
    return new ItemAdditionError(`${place}: there is an active item of that name`, info);
  }
  if (error.constraint === 'db_collectionitemmatchconstraint_match_value') {
    return new ItemAdditionError(
      `${place}: it has, or had, a file of the same name with other contents`,
      info,
    );
  }
  return new ItemAdditionError(`${place}: ${error.message}`, info);
}

/**
 * Adds the artifact as an active item. A refusal leaves nothing behind, not even the removal that was to make
 * room, and the caller's transaction goes on.
 * @throws ItemAdditionError if the collection does not take it, something needed is not given, or the database
 *   refuses the item (a name in use, a file with other contents than before, a name too long)
 */
export async function addArtifact(
  db: Db,
  collection: Collection,
  category: CollectionCategory,
  artifact: Artifact,
  { userId, variables = null, name = null, replace = false }: AdditionOptions,
  at: Timestamp,
): Promise<CollectionItem> {
  checkAccepts(category, artifact.category);
  const isAnalysis = category === 'debian:suite-lintian';
  const added = {
    category: artifact.category,
    data: artifact.data,
    files: await filesOf(db, category, artifact.id),
  };
  const source = isAnalysis ? await analysedSource(db, artifact.id) : null;
  const plan = planItem(category, added, { variables, name }, source);
  try {
    // Two sessions that replace the same item: the second one waits for the first at the item's row, finds it
    // removed already, and is refused by the unique index on active names.
    return await transaction(db, async (tx) => {
      if (replace) await makeRoom(tx, collection, plan.name, userId, at);
      return insert(tx, collection, artifact, plan, userId, at);
    });
  } catch (error) {
    throw refusal(error, collection, plan.name);
  }
}
