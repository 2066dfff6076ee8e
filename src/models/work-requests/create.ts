/** Asking for a task to be run. Source: models.md 3.17, 3.17.3; cli.md 8.10 (create-work-request). */
import { readEventReactions, storedEventReactions } from '../../data/event-reactions.ts';
import type { JsonObject } from '../../data/json.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { inserted } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ValidationError } from '../../errors.ts';
import {
  type Result,
  type Status,
  type TaskType,
  type UnblockStrategy,
  type WorkRequest,
  workRequests,
} from '../../schema/work-requests.ts';
import type { Timestamp } from '../../timestamp.ts';
import { existingChannelNames } from '../notifications.ts';
import { clean } from './properties.ts';

export interface NewWorkRequest {
  readonly taskName: string;
  readonly workspaceId: Id<'Workspace'>;
  readonly createdById: Id<'User'>;
  /** Default `Worker`. */
  readonly taskType?: TaskType;
  /** Parameters of the task; default `{}`. */
  readonly taskData?: JsonObject;
  /** Default `pending`. */
  readonly status?: Status;
  readonly result?: Result;
  /** Default `deps`. */
  readonly unblockStrategy?: UnblockStrategy;
  /** Set by template and orchestrator; default 0. */
  readonly priorityBase?: number;
  /** Set by administrators; default 0. */
  readonly priorityAdjustment?: number;
  readonly parentId?: Id<'WorkRequest'> | null;
  readonly workerId?: Id<'Worker'> | null;
  readonly internalCollectionId?: Id<'Collection'> | null;
  /** As it is stored; default `{}`. */
  readonly workflowDataJson?: JsonObject;
  /** As it is stored; default `{}`. */
  readonly eventReactionsJson?: JsonObject;
}

/**
 * Inserts a work request with the defaults of the original. Nothing is validated.
 *
 * Source: `WorkRequest.objects.create`.
 * @param at becomes `created_at`
 * @throws ConstraintError at the commit when something that it refers to does not exist
 * @throws DataError for a task name longer than 100 characters or a priority that is no 32-bit integer
 */
export function create(db: Db, given: NewWorkRequest, at: Timestamp): Promise<WorkRequest> {
  const row = {
    taskType: 'Worker' as const,
    taskData: {},
    status: 'pending' as const,
    result: '' as const,
    unblockStrategy: 'deps' as const,
    priorityBase: 0,
    priorityAdjustment: 0,
    workflowDataJson: {},
    eventReactionsJson: {},
    ...given,
    createdAt: at,
  };
  return transaction(db, async (tx) => inserted(await tx.insert(workRequests).values(row).returning()));
}

/** What a person asks for. */
export interface AskedWorkRequest extends Pick<
  NewWorkRequest,
  'taskName' | 'taskType' | 'taskData' | 'workspaceId' | 'createdById' | 'priorityAdjustment'
> {
  /** Of unknown origin; stored in full form. */
  readonly eventReactions?: unknown;
  /** Blocked instead of pending, until somebody unblocks it by hand. */
  readonly blocked?: boolean;
}

/**
 * Validates everything and inserts the request.
 *
 * Source: `create-work-request` in cli.md 8.10.
 * @throws ValidationError on `task_name`, `task_data` or `event_reactions`; the latter also when a notification
 *   channel does not exist
 */
export async function createChecked(db: Db, asked: AskedWorkRequest, at: Timestamp): Promise<WorkRequest> {
  const { eventReactions = {}, blocked = false, taskType = 'Worker', taskData = {}, ...rest } = asked;
  clean({ taskType, taskName: rest.taskName, taskData });
  const eventReactionsJson = storedEventReactions(eventReactions);
  return transaction(db, async (tx) => {
    await checkChannels(tx, eventReactionsJson);
    const status = blocked ? 'blocked' : 'pending';
    return create(tx, { ...rest, taskType, taskData, eventReactionsJson, status }, at);
  });
}

async function checkChannels(db: Db, reactions: JsonObject): Promise<void> {
  const { on_success, on_failure } = readEventReactions(reactions);
  const named = [...on_success, ...on_failure].flatMap((action) =>
    action.action === 'send-notification' ? [action.channel] : [],
  );
  if (named.length === 0) return;
  const known = await existingChannelNames(db, named);
  const missing = [...new Set(named)].filter((name) => !known.has(name));
  if (missing.length === 0) return;
  throw new ValidationError(
    { event_reactions: missing.map((name) => `notification channel ${quote(name)} does not exist`) },
    { hint: 'see debusine-admin list-notification-channels' },
  );
}
