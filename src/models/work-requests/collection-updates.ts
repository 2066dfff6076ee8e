/** Adding the artifacts of a work request to collections. Source: models.md 3.17.5. */
import { asc, eq, sql } from 'drizzle-orm';
import type { Action, UpdateCollectionWithArtifacts } from '../../data/event-reactions.ts';
import { expandName, expandVariables } from '../../data/expand-name.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { AssertionError, DebusineError, type ErrorCode } from '../../errors.ts';
import { type Artifact, artifacts } from '../../schema/artifacts.ts';
import type { Collection } from '../../schema/collections.ts';
import type { WorkRequest } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { managerFor } from '../collection-managers/index.ts';
import { lookupSingle } from '../lookups.ts';
import type { Outlets } from '../notifications.ts';
import { artifactConditions } from './artifact-filters.ts';
import { getWorkflowRoot } from './find.ts';

export interface CollectionUpdates {
  readonly actions: readonly Action[];
  /** Gets what goes wrong. */
  readonly log?: Outlets['log'];
}

/**
 * Adds the artifacts that the request made, and that an action's filters let through, to the action's collection, by
 * ascending id; an item of the same name gives way. An action, or an artifact, that something is wrong with is
 * reported and left out.
 *
 * Source: `WorkRequest.process_update_collection_with_artifacts`, decision D9.
 * @throws AssertionError for an action of another kind
 */
export async function processUpdateCollectionWithArtifacts(
  db: Db,
  request: WorkRequest,
  { actions, log = () => {} }: CollectionUpdates,
  at: Timestamp,
): Promise<void> {
  const updates = actions.map((action) => {
    if (action.action === 'update-collection-with-artifacts') return action;
    throw new AssertionError(`${quote(action.action)} is no action that updates a collection`);
  });
  if (updates.length === 0) return;
  const root = await getWorkflowRoot(db, request.id);
  for (const action of updates) {
    const report = (error: DebusineError): void =>
      log('error', `work request ${request.id}: cannot update collection ${action.collection}: ${error.message}`);
    await orReport(report, async () => {
      const { collection, found } = await transaction(db, async (tx) => ({
        collection: await findCollection(tx, request, action, root),
        found: await matchingArtifacts(tx, request, action),
      }));
      for (const artifact of found) {
        await orReport(report, () =>
          // A savepoint for each artifact: one that is refused takes nothing with it.
          transaction(db, (tx) => add(tx, { collection, artifact, request, action }, at)),
        );
      }
    });
  }
}

async function findCollection(
  db: Db,
  request: WorkRequest,
  action: UpdateCollectionWithArtifacts,
  root: WorkRequest | null,
): Promise<Collection> {
  const { collection } = await lookupSingle(db, action.collection, {
    workspaceId: request.workspaceId,
    ...(root === null ? {} : { workflowRootId: root.id }),
    expectType: 'collection',
  });
  if (collection === undefined) throw new AssertionError('the lookup of a collection gave none');
  return collection;
}

function matchingArtifacts(
  db: Db,
  request: WorkRequest,
  { artifact_filters }: UpdateCollectionWithArtifacts,
): Promise<readonly Artifact[]> {
  const conditions = artifactConditions(artifact_filters);
  return db
    .select()
    .from(artifacts)
    .where(
      conditions.length === 0
        ? eq(artifacts.createdByWorkRequestId, request.id)
        : sql`${artifacts.id} in (
            select a.id from db_artifact a
            where a.created_by_work_request_id = ${request.id}::bigint
              and ${sql.join([...conditions], sql` and `)}
          )`,
    )
    .orderBy(asc(artifacts.id));
}

interface Addition {
  readonly collection: Collection;
  readonly artifact: Artifact;
  readonly request: WorkRequest;
  readonly action: UpdateCollectionWithArtifacts;
}

async function add(
  db: Db,
  { collection, artifact, request, action }: Addition,
  at: Timestamp,
): Promise<void> {
  const variables = expandVariables(action.variables ?? {}, artifact.data);
  const name = action.name_template === null ? null : expandName(action.name_template, variables);
  await managerFor(collection).addArtifact(
    db,
    artifact,
    { userId: request.createdById, variables, name, replace: true },
    at,
  );
}

/** Refusals that have to do with what was asked for; the state of the database and defects are another matter. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid',
  'not_found',
  'exists',
  'in_use',
  'wrong_state',
]);

async function orReport(report: (error: DebusineError) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DebusineError) || !refusals.has(error.code)) throw error;
    report(error);
  }
}
