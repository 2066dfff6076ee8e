/** What is to happen when a work request is done. Source: data-schemas.md 4.2, models.md 3.17.5. */
import type * as v from 'valibot';
import {
  lazily,
  list,
  mapping,
  mappingOf,
  object,
  type ObjectOutput,
  oneOf,
  optional,
  orNull,
  parseEntries,
  refuseKey,
  text,
} from './fields.ts';
import type { JsonObject } from './json.ts';
import { lookup } from './lookups.ts';
import { emailData } from './notification-data.ts';
import { missing, parse } from './problems.ts';
import { describe } from './quote.ts';

/** Names of the actions, in the order in which their lists are processed. */
export const actionNames = ['send-notification', 'update-collection-with-artifacts'] as const;
export type ActionName = (typeof actionNames)[number];

const sendNotification = () => ({
  action: oneOf(['send-notification']),
  channel: text(),
  data: orNull(emailData()),
});

const updateCollection = () => ({
  action: oneOf(['update-collection-with-artifacts']),
  collection: lookup(),
  name_template: orNull(text()),
  variables: orNull(mapping()),
  artifact_filters: mapping(),
});

/** Sends an e-mail by way of a channel. */
export type SendNotification = ObjectOutput<ReturnType<typeof sendNotification>>;

/** Adds the artifacts that the work request made to a collection. */
export type UpdateCollectionWithArtifacts = ObjectOutput<ReturnType<typeof updateCollection>>;

export type Action = SendNotification | UpdateCollectionWithArtifacts;

const action = lazily(() => {
  const entries = { notification: sendNotification(), update: updateCollection() };
  return mappingOf((input, addIssue, refused): Action => {
    const name = Object.hasOwn(input, 'action') ? input['action'] : undefined;
    if (name === 'send-notification') return parseEntries(entries.notification, input, addIssue);
    if (name === 'update-collection-with-artifacts') return parseEntries(entries.update, input, addIssue);
    const problem =
      name === undefined ? missing : `${describe(name)} is not one of ${actionNames.join(', ')}`;
    refuseKey(addIssue, input, 'action', problem);
    return refused;
  });
});

const actions = lazily(() => list(action()));

/** Schema of the whole column. */
export const eventReactionsSchema = lazily(() =>
  object({ on_success: optional(actions(), []), on_failure: optional(actions(), []) }),
);

/** Actions by event. */
export type EventReactions = v.InferOutput<ReturnType<typeof eventReactionsSchema>>;

/**
 * What the column holds; `{}` means two empty lists.
 * @throws ValidationError on `event_reactions` for anything that does not fit
 */
export function readEventReactions(stored: unknown): EventReactions {
  return parse(eventReactionsSchema(), stored, 'event_reactions');
}

/**
 * What to put into the column: both lists, and every action with all its keys.
 * @throws ValidationError on `event_reactions` for anything that does not fit
 */
export function storedEventReactions(reactions: unknown): JsonObject {
  const { on_success, on_failure } = readEventReactions(reactions);
  return { on_success: on_success.map(storedAction), on_failure: on_failure.map(storedAction) };
}

function storedAction(action: Action): JsonObject {
  if (action.action === 'send-notification')
    return { ...action, data: action.data === null ? null : { ...action.data } };
  return { ...action };
}

/** Actions that a result triggers, by name, each list in stored order. */
export interface TriggeredActions {
  readonly 'send-notification': readonly SendNotification[];
  readonly 'update-collection-with-artifacts': readonly UpdateCollectionWithArtifacts[];
}

/**
 * The actions that are due. Success triggers `on_success`, failure and error trigger `on_failure`, no result
 * triggers nothing. Source: models.md 3.17.5.
 */
export function triggeredActions(
  reactions: EventReactions,
  result: '' | 'success' | 'failure' | 'error',
): TriggeredActions {
  const due = result === '' ? [] : result === 'success' ? reactions.on_success : reactions.on_failure;
  return {
    'send-notification': due.filter((action) => action.action === 'send-notification'),
    'update-collection-with-artifacts': due.filter(
      (action) => action.action === 'update-collection-with-artifacts',
    ),
  };
}
