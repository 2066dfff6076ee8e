/** What is done when a work request is completed. Source: models.md 3.17.5; data-schemas.md 4.2. */
import { triggeredActions, type TriggeredActions } from '../../data/event-reactions.ts';
import type { Db } from '../../db/database.ts';
import { ValidationError } from '../../errors.ts';
import type { WorkRequest } from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { notifyCompletion, type Outlets } from '../notifications.ts';
import { processUpdateCollectionWithArtifacts } from './collection-updates.ts';
import { getTriggeredActions } from './properties.ts';

/**
 * Tells that the request is completed, then brings collections up to date, as its result demands. What goes wrong in
 * an action ends that action alone.
 *
 * Source: `WorkRequest.process_event_reactions`.
 * @param request as it is stored, completed
 * @param at when the items of collections are added
 */
export async function processEventReactions(
  db: Db,
  request: WorkRequest,
  outlets: Outlets,
  at: Timestamp,
): Promise<void> {
  const actions = due(request, outlets);
  await notifyCompletion(db, request, actions['send-notification'], outlets);
  await processUpdateCollectionWithArtifacts(
    db,
    request,
    {
      actions: actions['update-collection-with-artifacts'],
      log: outlets.log,
    },
    at,
  );
}

function due(request: WorkRequest, { log }: Outlets): TriggeredActions {
  try {
    return getTriggeredActions(request);
  } catch (error) {
    // The database takes any JSON for reactions, and the request is completed all the same.
    if (!(error instanceof ValidationError)) throw error;
    log?.('error', `work request ${request.id}: its event reactions are refused: ${error.message}`);
    return triggeredActions({ on_success: [], on_failure: [] }, request.result);
  }
}
