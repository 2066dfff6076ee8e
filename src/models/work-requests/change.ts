/** Writing the typed columns of a work request. Source: models.md 3.17.4, 3.17.5. */
import { eq } from 'drizzle-orm';
import { storedEventReactions } from '../../data/event-reactions.ts';
import { type GivenWorkflowData, storedWorkflowData } from '../../data/workflow-data.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { type WorkRequest, workRequests } from '../../schema/work-requests.ts';
import { workRequestsNotFound } from './find.ts';

/**
 * Replaces what is to happen when the request is done. Stored in full form: both lists, every action with all its
 * keys.
 *
 * Source: writing `WorkRequest.event_reactions` and saving.
 * @throws ValidationError on `event_reactions`
 * @throws NotFoundError when there is no such work request
 */
export async function setEventReactions(
  db: Db,
  id: Id<'WorkRequest'>,
  reactions: unknown,
): Promise<WorkRequest> {
  return save(db, id, { eventReactionsJson: storedEventReactions(reactions) });
}

/**
 * Replaces its place in a workflow. Only the keys that are given are stored; null stores `{}`.
 *
 * Source: writing `WorkRequest.workflow_data` and saving.
 * @throws ValidationError on `workflow_data`
 * @throws NotFoundError when there is no such work request
 */
export async function setWorkflowData(
  db: Db,
  id: Id<'WorkRequest'>,
  data: GivenWorkflowData | null,
): Promise<WorkRequest> {
  return save(db, id, { workflowDataJson: storedWorkflowData(data) });
}

async function save(
  db: Db,
  id: Id<'WorkRequest'>,
  changes: Partial<Pick<WorkRequest, 'eventReactionsJson' | 'workflowDataJson'>>,
): Promise<WorkRequest> {
  const [saved] = await db.update(workRequests).set(changes).where(eq(workRequests.id, id)).returning();
  if (saved === undefined) throw workRequestsNotFound([id]);
  return saved;
}
