/** Adding the artifacts of a work request to collections. Source: models.md 3.17.5. */
import { asc, eq, sql } from 'drizzle-orm';
import type { Action, UpdateCollectionWithArtifacts } from '../../data/event-reactions.ts';
import { expandName, expandVariables } from '../../data/expand-name.ts';
import { describe, quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { AssertionError, DebusineError, type ErrorCode, LookupError } from '../../errors.ts';
import { type Artifact, artifacts } from '../../schema/artifacts.ts';
import { type Collection, collections } from '../../schema/collections.ts';
import type { WorkRequest } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { managerFor } from '../collection-managers/index.ts';
import { idList } from '../lists.ts';
import { lookupSingle } from '../lookups.ts';
import type { Outlets } from '../notifications.ts';
import { artifactConditions } from './artifact-filters.ts';
import { getWorkflowRoot } from './find.ts';

export interface CollectionUpdates {
  readonly actions: readonly Action[];
  /** Gets what goes wrong. */
  readonly log?: Outlets['log'] | undefined;
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
  await transaction(db, async (tx) => {
    const root = await getWorkflowRoot(tx, request.id);
    const plans: Plan[] = [];
    for (const action of updates) {
      const report = (error: DebusineError): void =>
        log(
          'error',
          `work request ${request.id}: updating collection ${describe(action.collection)}: ${error.message}`,
        );
      await orReport(report, async () => {
        plans.push({ action, report, ...(await prepare(tx, { request, action, root })) });
      });
    }
    await lockCollections(tx, plans);
    for (const { action, report, collection, found } of plans) {
      for (const artifact of found) {
        // A savepoint for each artifact: one that is refused takes nothing with it.
        await orReport(report, () =>
          transaction(tx, (nested) => add(nested, { collection, artifact, request, action }, at)),
        );
      }
    }
  });
}

interface Update {
  readonly request: WorkRequest;
  readonly action: UpdateCollectionWithArtifacts;
}

/** What an action is going to do. */
interface Plan {
  readonly action: UpdateCollectionWithArtifacts;
  readonly report: (error: DebusineError) => void;
  readonly collection: Collection;
  readonly found: readonly Artifact[];
}

function prepare(
  db: Db,
  update: Update & { readonly root: WorkRequest | null },
): Promise<Pick<Plan, 'collection' | 'found'>> {
  // What the filters compare is in part only looked at by the database, whose refusal must not end everything.
  return transaction(db, async (tx) => ({
    collection: await findCollection(tx, update),
    found: await matchingArtifacts(tx, update),
  }));
}

/**
 * Two requests that add items of the same names, each in its own order, would wait for each other. So they go one
 * after the other, and take their collections by ascending id.
 */
async function lockCollections(db: Db, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  await db
    .select({ id: collections.id })
    .from(collections)
    .where(sql`${collections.id} in ${idList(plans.map(({ collection }) => collection.id))}`)
    .orderBy(asc(collections.id))
    .for('no key update');
}

async function findCollection(
  db: Db,
  { request, action, root }: Update & { readonly root: WorkRequest | null },
): Promise<Collection> {
  const { collection } = await lookupSingle(db, action.collection, {
    workspaceId: request.workspaceId,
    workflowRootId: root?.id,
    expectType: 'collection',
  });
  // A lookup sees collections of public workspaces as well. They are there to be read.
  if (collection.workspaceId !== request.workspaceId) {
    throw new LookupError('not-found', 'it is in another workspace');
  }
  return collection;
}

function matchingArtifacts(db: Db, { request, action }: Update): Promise<readonly Artifact[]> {
  const conditions = artifactConditions(action.artifact_filters);
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

interface Addition extends Update {
  readonly collection: Collection;
  readonly artifact: Artifact;
}

async function add(
  db: Db,
  { collection, artifact, request, action }: Addition,
  at: Timestamp,
): Promise<void> {
  const variables = expandVariables(action.variables ?? {}, artifact.data);
  const name = action.name_template === null ? null : expandName(action.name_template, variables);
  const options = { userId: request.createdById, variables, name, replace: true };
  await managerFor(collection).addArtifact(db, artifact, options, at);
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
