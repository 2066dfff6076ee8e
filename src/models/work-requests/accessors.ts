/** What belongs to a work request. Source: models.md 3.17. Each list is ordered by id. */
import { asc, eq } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { type Artifact, artifacts } from '../../schema/artifacts.ts';
import { type Collection, collections } from '../../schema/collections.ts';
import { type User, users } from '../../schema/users.ts';
import { type Worker, workers } from '../../schema/workers.ts';
import { type WorkRequest, workRequestDependencies, workRequests } from '../../schema/work-requests.ts';
import { type Workspace, workspaces } from '../../schema/workspaces.ts';
import { get } from './find.ts';

/** Requests that this one waits for. Source: `WorkRequest.dependencies`. */
export async function dependencies(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequest[]> {
  const rows = await db
    .select({ request: workRequests })
    .from(workRequestDependencies)
    .innerJoin(workRequests, eq(workRequests.id, workRequestDependencies.toWorkRequestId))
    .where(eq(workRequestDependencies.fromWorkRequestId, id))
    .orderBy(asc(workRequests.id));
  return rows.map(({ request }) => request);
}

/** Requests that wait for this one. Source: `WorkRequest.reverse_dependencies`. */
export async function reverseDependencies(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequest[]> {
  const rows = await db
    .select({ request: workRequests })
    .from(workRequestDependencies)
    .innerJoin(workRequests, eq(workRequests.id, workRequestDependencies.fromWorkRequestId))
    .where(eq(workRequestDependencies.toWorkRequestId, id))
    .orderBy(asc(workRequests.id));
  return rows.map(({ request }) => request);
}

/** Requests whose parent it is; not theirs in turn. Source: `WorkRequest.children`. */
export function children(db: Db, id: Id<'WorkRequest'>): Promise<WorkRequest[]> {
  return db.select().from(workRequests).where(eq(workRequests.parentId, id)).orderBy(asc(workRequests.id));
}

/** Artifacts it made. Source: `WorkRequest.artifact_set`. */
export function artifactSet(db: Db, id: Id<'WorkRequest'>): Promise<Artifact[]> {
  return db
    .select()
    .from(artifacts)
    .where(eq(artifacts.createdByWorkRequestId, id))
    .orderBy(asc(artifacts.id));
}

/** Who executes it, or null. Source: `WorkRequest.worker`. */
export async function worker(db: Db, { workerId }: WorkRequest): Promise<Worker | null> {
  if (workerId === null) return null;
  return one(await db.select().from(workers).where(eq(workers.id, workerId)), `worker ${workerId} not found`);
}

/** Where it is. Source: `WorkRequest.workspace`. */
export async function workspace(db: Db, { workspaceId }: WorkRequest): Promise<Workspace> {
  const rows = await db.select().from(workspaces).where(eq(workspaces.id, workspaceId));
  return one(rows, `workspace ${workspaceId} not found`);
}

/** Who asked for it. Source: `WorkRequest.created_by`. */
export async function createdBy(db: Db, { createdById }: WorkRequest): Promise<User> {
  return one(await db.select().from(users).where(eq(users.id, createdById)), `user ${createdById} not found`);
}

/** The workflow it is directly inside of, or null. Source: `WorkRequest.parent`. */
export async function parent(db: Db, { parentId }: WorkRequest): Promise<WorkRequest | null> {
  return parentId === null ? null : get(db, parentId);
}

/** The collection of a root workflow, else null. Source: `WorkRequest.internal_collection`. */
export async function internalCollection(
  db: Db,
  { internalCollectionId }: WorkRequest,
): Promise<Collection | null> {
  if (internalCollectionId === null) return null;
  const rows = await db.select().from(collections).where(eq(collections.id, internalCollectionId));
  return one(rows, `collection ${internalCollectionId} not found`);
}
