/** Finding what a lookup names. Source: data-schemas.md 7.1 and 7.2. */
import { and, asc, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { ExpectedType } from '../data/enumerations.ts';
import { type LookupStart, parseLookup, type SingleLookup } from '../data/lookups.ts';
import type { ItemFilter, LookupMember, TextMatcher } from '../data/multiple-lookups.ts';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { LookupError } from '../errors.ts';
import { type Artifact, artifacts } from '../schema/artifacts.ts';
import { type CollectionItem, collectionItems } from '../schema/collection-items.ts';
import { type Collection, collections } from '../schema/collections.ts';
import { workRequests } from '../schema/work-requests.ts';
import { workspaces } from '../schema/workspaces.ts';
import { managerFor } from './collection-managers/index.ts';
import { nameNotFound } from './names.ts';

/** An artifact, with the item that held it when the lookup went through a collection. */
export interface FoundArtifact {
  readonly type: 'artifact';
  readonly artifact: Artifact;
  readonly collection?: undefined;
  readonly item?: CollectionItem | undefined;
}

/** A collection, with the item that held it when the lookup went through another one. */
export interface FoundCollection {
  readonly type: 'collection';
  readonly artifact?: undefined;
  readonly collection: Collection;
  readonly item?: CollectionItem | undefined;
}

/** An item that holds neither. */
export interface FoundBareItem {
  readonly type: 'bare';
  readonly artifact?: undefined;
  readonly collection?: undefined;
  readonly item: CollectionItem;
}

/** What a lookup can give. */
export type LookupResult = FoundArtifact | FoundCollection | FoundBareItem;

/** In whose behalf something is looked up. */
export interface LookupOptions {
  /** What is neither in this workspace nor in a public one behaves as missing. Absent: everything is in sight. */
  readonly workspaceId?: Id<'Workspace'> | undefined;
  /** Root of the workflow, whose internal collection is meant by `internal@collections`. */
  readonly workflowRootId?: Id<'WorkRequest'> | null | undefined;
  /** What the result must be; `any` by default. */
  readonly expectType?: ExpectedType | undefined;
  /** Category of a collection that is given by its bare name. */
  readonly defaultCategory?: string | null | undefined;
}

type Workspace = Id<'Workspace'> | undefined;

function visible(workspaceId: Workspace): SQL | undefined {
  if (workspaceId === undefined) return undefined;
  return or(eq(workspaces.id, workspaceId), eq(workspaces.public, true));
}

const inSight = (workspaceId: Workspace): string =>
  workspaceId === undefined ? '' : ' in sight of the workspace';

async function findArtifact(db: Db, id: Id<'Artifact'>, workspaceId: Workspace): Promise<Artifact> {
  const [row] = await db
    .select({ artifact: artifacts })
    .from(artifacts)
    .innerJoin(workspaces, eq(workspaces.id, artifacts.workspaceId))
    .where(and(eq(artifacts.id, id), visible(workspaceId)));
  if (row !== undefined) return row.artifact;
  throw new LookupError('not-found', `there is no artifact ${id}${inSight(workspaceId)}`);
}

async function findCollection(
  db: Db,
  condition: SQL | undefined,
  workspaceId: Workspace,
  described: string,
): Promise<Collection> {
  const [row] = await db
    .select({ collection: collections })
    .from(collections)
    .innerJoin(workspaces, eq(workspaces.id, collections.workspaceId))
    .where(and(condition, visible(workspaceId)));
  if (row !== undefined) return row.collection;
  throw new LookupError('not-found', `there is no collection ${described}${inSight(workspaceId)}`);
}

async function internalCollection(
  db: Db,
  { workspaceId, workflowRootId }: LookupOptions,
): Promise<Collection> {
  if (workflowRootId === undefined || workflowRootId === null) {
    throw new LookupError('invalid-lookup', 'internal@collections has a meaning only inside a workflow');
  }
  const ofRoot = db
    .select({ id: workRequests.internalCollectionId })
    .from(workRequests)
    .where(eq(workRequests.id, workflowRootId));
  return findCollection(db, eq(collections.id, ofRoot), workspaceId, `of workflow ${workflowRootId}`);
}

async function findStart(db: Db, start: LookupStart, options: LookupOptions): Promise<LookupResult> {
  const { workspaceId } = options;
  switch (start.kind) {
    case 'artifact':
      // Ids come from text here; that they are ids of artifacts is what the lookup says.
      return { type: 'artifact', artifact: await findArtifact(db, start.id as Id<'Artifact'>, workspaceId) };
    case 'collection': {
      const condition = eq(collections.id, start.id as Id<'Collection'>);
      return {
        type: 'collection',
        collection: await findCollection(db, condition, workspaceId, String(start.id)),
      };
    }
    case 'internal-collection':
      return { type: 'collection', collection: await internalCollection(db, options) };
    case 'named-collection': {
      const { name, category } = start;
      const condition = and(eq(collections.name, name), eq(collections.category, category));
      return {
        type: 'collection',
        collection: await findCollection(db, condition, workspaceId, quote(`${name}@${category}`)),
      };
    }
  }
}

async function findNext(
  db: Db,
  from: LookupResult,
  query: string,
  { workspaceId }: LookupOptions,
): Promise<LookupResult> {
  if (from.type !== 'collection') {
    throw new LookupError(
      'invalid-lookup',
      `${quote(query)} asks for an item of something that is no collection`,
    );
  }
  const { collection } = from;
  const item = await managerFor(collection).lookup(db, query);
  if (item === null) {
    const place = `${collection.name}@${collection.category}`;
    throw new LookupError('not-found', `${place} has no active item ${quote(query)}`, {
      hint: `${quote(place)} was found, its items: debusine-admin show-collection ${place} --items`,
    });
  }
  if (item.artifactId !== null) {
    return { type: 'artifact', artifact: await findArtifact(db, item.artifactId, workspaceId), item };
  }
  if (item.collectionId !== null) {
    const condition = eq(collections.id, item.collectionId);
    const held = await findCollection(db, condition, workspaceId, String(item.collectionId));
    return { type: 'collection', collection: held, item };
  }
  return { type: 'bare', item };
}

/**
 * Finds what a lookup names.
 * @throws LookupError `not-found` if there is no such thing, or it is out of sight; `invalid-lookup` if the
 *   lookup is malformed, or what it finds is not of the expected type
 */
export async function lookupSingle(
  db: Db,
  lookup: SingleLookup,
  options: LookupOptions & { readonly expectType: 'artifact' },
): Promise<FoundArtifact>;
export async function lookupSingle(
  db: Db,
  lookup: SingleLookup,
  options: LookupOptions & { readonly expectType: 'collection' },
): Promise<FoundCollection>;
export async function lookupSingle(
  db: Db,
  lookup: SingleLookup,
  options: LookupOptions,
): Promise<LookupResult>;
export async function lookupSingle(
  db: Db,
  lookup: SingleLookup,
  options: LookupOptions,
): Promise<LookupResult> {
  const { expectType = 'any', defaultCategory } = options;
  const { start, queries } = parseLookup(lookup, { expected: expectType, defaultCategory });
  let found = await findStart(db, start, options);
  for (const query of queries) found = await findNext(db, found, query, options);
  if (expectType === 'any' || found.type === expectType) return found;
  const said = typeof lookup === 'number' ? String(lookup) : quote(lookup);
  throw new LookupError('invalid-lookup', `${said} is of type ${found.type}, not ${expectType}`);
}

/**
 * Finds everything that a multiple lookup names: the results of its members one after the other, those of a
 * dictionary lookup by item. One that matches nothing is fine. Source: data-schemas.md 7.3.
 * @throws LookupError as lookupSingle, for the first member that fails; `invalid-lookup` when a member asks for
 *   another kind of thing than is expected
 */
export async function lookupMultiple(
  db: Db,
  members: readonly LookupMember[],
  options: LookupOptions,
): Promise<readonly LookupResult[]> {
  const found: LookupResult[] = [];
  for (const member of members) {
    if (member.kind === 'single') found.push(await lookupSingle(db, member.lookup, options));
    else found.push(...(await findMatching(db, member.filter, options)));
  }
  return found;
}

const childTypeOf = { bare: 'b', artifact: 'a', collection: 'c' } as const;

async function findMatching(
  db: Db,
  { collection: where, childType, category, name, data }: ItemFilter,
  options: LookupOptions,
): Promise<readonly LookupResult[]> {
  const { expectType = 'any', workspaceId } = options;
  if (expectType !== 'any' && expectType !== childType) {
    throw new LookupError('invalid-lookup', `the lookup asks for child_type ${childType}, not ${expectType}`);
  }
  const { collection } = await lookupSingle(db, where, { ...options, expectType: 'collection' });
  const artifactPlace = alias(workspaces, 'artifact_workspace');
  const collectionPlace = alias(workspaces, 'collection_workspace');
  const rows = await db
    .select({ item: collectionItems, artifact: artifacts, collection: collections })
    .from(collectionItems)
    .leftJoin(artifacts, eq(artifacts.id, collectionItems.artifactId))
    .leftJoin(artifactPlace, eq(artifactPlace.id, artifacts.workspaceId))
    .leftJoin(collections, eq(collections.id, collectionItems.collectionId))
    .leftJoin(collectionPlace, eq(collectionPlace.id, collections.workspaceId))
    .where(
      and(
        eq(collectionItems.parentCollectionId, collection.id),
        isNull(collectionItems.removedAt),
        childType === 'any' ? undefined : eq(collectionItems.childType, childTypeOf[childType]),
        category === null ? undefined : eq(collectionItems.category, category),
        name === null ? undefined : matches(sql`${collectionItems.name}`, name),
        ...data.map(({ key, matcher }) => matches(sql`${collectionItems.data} ->> ${key}::text`, matcher)),
        workspaceId === undefined
          ? undefined
          : sql`coalesce(${artifactPlace.public} or ${artifactPlace.id} = ${workspaceId}::bigint,
              ${collectionPlace.public} or ${collectionPlace.id} = ${workspaceId}::bigint, true)`,
      ),
    )
    .orderBy(asc(collectionItems.id));
  return rows.map(({ item, artifact, collection: held }) => {
    if (artifact !== null) return { type: 'artifact', artifact, item };
    return held === null ? { type: 'bare', item } : { type: 'collection', collection: held, item };
  });
}

function matches(text: SQL, { kind, value }: TextMatcher): SQL {
  switch (kind) {
    case 'exact':
      return sql`${text} = ${value}::text`;
    case 'contains':
      return sql`strpos(${text}, ${value}::text) > 0`;
    case 'startswith':
      return sql`starts_with(${text}, ${value}::text)`;
    case 'endswith':
      return sql`right(${text}, length(${value}::text)) = ${value}::text`;
  }
}

/**
 * The collection that a person names: `NAME@CATEGORY`, `12@collections`, a number, or a lookup that ends in a
 * collection, wherever it is. Source: cli.md 7.1.
 * @throws LookupError as lookupSingle; NotFoundError for a name or number that does not exist
 */
export async function namedCollection(db: Db, text: string): Promise<Collection> {
  return (await named(db, text, 'collection')).collection;
}

/**
 * The artifact that a person names: a number, `123@artifacts`, or a lookup that ends in an artifact.
 * @throws as namedCollection
 */
export async function namedArtifact(db: Db, text: string): Promise<Artifact> {
  return (await named(db, text, 'artifact')).artifact;
}

async function named(db: Db, text: string, expectType: 'collection'): Promise<FoundCollection>;
async function named(db: Db, text: string, expectType: 'artifact'): Promise<FoundArtifact>;
async function named(db: Db, text: string, expectType: 'collection' | 'artifact'): Promise<LookupResult> {
  const lookup = /^[0-9]+$/.test(text) ? Number(text) : text;
  try {
    return await lookupSingle(db, lookup, { expectType });
  } catch (error) {
    const isWhole = typeof lookup === 'string' && !lookup.includes('/');
    if (!(error instanceof LookupError) || error.kind !== 'not-found' || !isWhole) throw error;
    throw expectType === 'collection' ? nameNotFound('collection', text) : error;
  }
}
