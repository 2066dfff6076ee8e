/** What belongs to a user. Source: models.md 3.1. Each list is ordered by id. */
import { asc, eq } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { type Artifact, artifacts } from '../../schema/artifacts.ts';
import { type CollectionItem, collectionItems } from '../../schema/collection-items.ts';
import { type Identity, identities as identityRows } from '../../schema/identities.ts';
import { type Token, tokens } from '../../schema/tokens.ts';
import { type WorkRequest, workRequests } from '../../schema/work-requests.ts';

/** Artifacts the user created. Source: `User.artifact_set`. */
export function artifactSet(db: Db, id: Id<'User'>): Promise<Artifact[]> {
  return db.select().from(artifacts).where(eq(artifacts.createdById, id)).orderBy(asc(artifacts.id));
}

/** Tokens of the user, enabled or not. Source: `User.token_set`. */
export function tokenSet(db: Db, id: Id<'User'>): Promise<Token[]> {
  return db.select().from(tokens).where(eq(tokens.userId, id)).orderBy(asc(tokens.id));
}

/** Work requests the user created. Source: `User.workrequest_set`. */
export function workRequestSet(db: Db, id: Id<'User'>): Promise<WorkRequest[]> {
  return db.select().from(workRequests).where(eq(workRequests.createdById, id)).orderBy(asc(workRequests.id));
}

/** Whom the user is known as at other authorities. Source: `User.identities`. */
export function identities(db: Db, id: Id<'User'>): Promise<Identity[]> {
  return db.select().from(identityRows).where(eq(identityRows.userId, id)).orderBy(asc(identityRows.id));
}

/** Items the user added to collections. Source: `User.user_created_collectionitem`. */
export function userCreatedCollectionItem(db: Db, id: Id<'User'>): Promise<CollectionItem[]> {
  return db
    .select()
    .from(collectionItems)
    .where(eq(collectionItems.createdByUserId, id))
    .orderBy(asc(collectionItems.id));
}

/** Items the user removed from collections. Source: `User.user_removed_collectionitem`. */
export function userRemovedCollectionItem(db: Db, id: Id<'User'>): Promise<CollectionItem[]> {
  return db
    .select()
    .from(collectionItems)
    .where(eq(collectionItems.removedByUserId, id))
    .orderBy(asc(collectionItems.id));
}

/** Always empty: the log of the framework's admin site is no table of this schema. Source: `User.logentry_set`, D16. */
export function logEntrySet(_db: Db, _id: Id<'User'>): Promise<readonly never[]> {
  return Promise.resolve([]);
}
